"""Casts: who lives in the toy world, and which of them play in a release.

Within a cast every character differs from every other in silhouette *and* in colour; a test
measures both.
"""

from __future__ import annotations

from dataclasses import dataclass

from storybench.errors import InputError
from storydata.twin.drawing.character import Character
from storydata.twin.drawing.palette import CREAM, GOLD, RED, TEAL, WHITE


@dataclass(frozen=True)
class Cast:
    """The characters of one release, in label order."""

    name: str
    characters: tuple[Character, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names in label order."""
        return tuple(character.name for character in self.characters)

    @property
    def facts(self) -> list[dict[str, str]]:
        """What `twin.json` says of each character, in label order."""
        return [
            {"name": one.name, "species": one.species, "colour": one.colour_name}
            for one in self.characters
        ]

    def __getitem__(self, name: str) -> Character:
        for character in self.characters:
            if character.name == name:
                return character
        raise KeyError(f"Expected one of the cast {', '.join(self.names)}; found {name!r}.")

    def called(self, name: str) -> str:
        """The name of one of the cast, whatever its capitals.

        Raises:
            InputError: no one of the cast is called so.
        """
        for known in self.names:
            if known.casefold() == name.strip().casefold():
                return known
        raise InputError(
            f"Expected one of the cast {', '.join(self.names)} to hold out, found {name!r}."
        )

    def without(self, name: str | None) -> Cast:
        """The same cast without one of them; all of it where no one is named."""
        return Cast(self.name, tuple(one for one in self.characters if one.name != name))

    def multi_hot(self, visible: tuple[str, ...]) -> tuple[int, ...]:
        """1 for each visible character, in label order."""
        return tuple(int(name in visible) for name in self.names)


HE = ("he", "him", "his")
SHE = ("she", "her", "her")
IT = ("it", "it", "its")

DIDEMO_CAST = Cast(
    "didemo",
    (
        Character(
            "Pim", "frog", "green", HE, (128, 190, 92), (226, 238, 178), "round", "bumps", "wide",
            "none", "bow", RED, 0.36,
        ),
        Character(
            "Dot", "rabbit", "pink", SHE, (244, 164, 178), (255, 230, 226), "pear", "long", "none",
            "puff", "overalls", (108, 146, 214), 0.42,
        ),
        Character(
            "Bruno", "bear", "brown", HE, (152, 104, 74), (222, 184, 142), "broad", "round",
            "snout", "none", "scarf", (236, 196, 84), 0.5,
        ),
        Character(
            "Lulu", "duck", "yellow", SHE, (252, 214, 84), (255, 242, 186), "small", "none", "beak",
            "feathers", "cap", TEAL, 0.33,
        ),
        Character(
            "Otto", "elephant", "blue", HE, (132, 156, 206), (196, 210, 236), "broad", "fan",
            "trunk", "tuft", "none", RED, 0.47,
        ),
        Character(
            "Kip", "fox", "orange", HE, (232, 126, 58), CREAM, "pear", "pointed", "snout", "bushy",
            "collar", (88, 142, 120), 0.42, "mask",
        ),
        Character(
            "Nox", "cat", "black", SHE, (74, 68, 92), (128, 120, 146), "tall", "pointed",
            "whiskers", "curl", "collar", GOLD, 0.46,
        ),
        Character(
            "Bolt", "robot", "red", IT, (214, 70, 78), WHITE, "box", "antenna", "plate", "none",
            "none", RED, 0.42,
        ),
    ),
)  # fmt: skip
"""Eight characters of our own: DiDeMo has home videos, no fixed cast."""

PORORO_CAST = Cast(
    "pororo",
    (
        *DIDEMO_CAST.characters,
        Character(
            "Zuzu", "dragon", "purple", SHE, (148, 104, 200), (240, 214, 150), "round", "horns",
            "snout", "bushy", "none", RED, 0.44, "spots",
        ),
    ),
)  # fmt: skip
"""The same eight and a dragon: nine, as the cartoon has."""

FLINTSTONES_CAST = Cast(
    "flintstones",
    (
        Character(
            "Hazel", "squirrel", "red", SHE, (190, 88, 62), (250, 222, 190), "pear", "pointed",
            "none", "bushy", "bow", (108, 146, 214), 0.41,
        ),
        Character(
            "Rufus", "monkey", "tan", HE, (214, 170, 112), (250, 234, 204), "broad", "fan", "snout",
            "curl", "collar", RED, 0.46, "spots",
        ),
        Character(
            "Pippa", "pig", "pink", SHE, (246, 170, 172), (255, 222, 216), "round", "pointed",
            "snout", "curl", "overalls", TEAL, 0.4,
        ),
        Character(
            "Gus", "goose", "white", HE, (246, 242, 232), (255, 252, 244), "tall", "none", "beak",
            "feathers", "scarf", (92, 150, 96), 0.47,
        ),
        Character(
            "Moss", "dinosaur", "green", IT, (112, 178, 122), (232, 238, 176), "box", "horns",
            "wide", "tuft", "none", RED, 0.5, "spots",
        ),
        Character(
            "Biscuit", "mouse", "grey", SHE, (150, 146, 156), (226, 220, 226), "small", "round",
            "whiskers", "curl", "none", RED, 0.3,
        ),
        Character(
            "Mr Tusk", "elephant", "blue", HE, (92, 124, 188), (176, 198, 232), "broad", "fan",
            "trunk", "tuft", "cap", GOLD, 0.5,
        ),
    ),
)  # fmt: skip
"""Seven others; one goes by two words, as the cartoon's Mr Slate does."""
