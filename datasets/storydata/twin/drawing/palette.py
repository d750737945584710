"""Colours of the twin: one storybook palette and the lights that fall on it.

Every drawing names its colours as they look at noon; a `Light` grades them (multiplies by a tint
and mixes in a little haze), so that one meadow serves four times of day. Colours are sRGB,
0..255.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""

INK: Colour = (62, 48, 62)
CREAM: Colour = (255, 246, 226)
WHITE: Colour = (255, 255, 255)
BLUSH: Colour = (240, 122, 118)
GOLD: Colour = (250, 196, 74)
RED: Colour = (221, 84, 74)
BLUE: Colour = (84, 132, 204)
TEAL: Colour = (72, 160, 158)
WOOD: Colour = (170, 116, 78)
BARK: Colour = (128, 90, 70)
STONE: Colour = (158, 156, 168)
GRASS: Colour = (132, 188, 96)
LEAF: Colour = (94, 160, 92)
PINE: Colour = (62, 122, 104)
SAND: Colour = (244, 218, 166)
SNOW: Colour = (240, 246, 253)
WATER: Colour = (96, 176, 208)


@dataclass(frozen=True)
class Light:
    """A time of day: the sky behind everything and what it does to every colour in front of it.

    `tint` multiplies each channel (1.0 leaves it), `haze` is what distance fades into. `phrase` is
    how a caption says it, and `sun` where the sun or moon stands, as fractions of the sky.
    """

    name: str
    phrase: str
    sky: tuple[Colour, Colour]
    tint: tuple[float, float, float]
    haze: Colour
    sun: tuple[float, float]
    sun_colour: Colour
    is_dark: bool = False

    @property
    def shadow(self) -> int:
        """Strength of a figure's shadow on the ground, 0..255."""
        return 130 if self.is_dark else 110

    def on_figures(self) -> Light:
        """The same light at half strength: characters keep the colours they are known by."""
        red, green, blue = ((1 + 1.2 * tint) / 2.2 for tint in self.tint)
        return replace(self, tint=(red, green, blue))

    def grade(self, colour: Colour, distance: float = 0.0) -> Colour:
        """The colour under this light, faded by `distance` (0 near, 1 at the horizon)."""
        red, green, blue = (
            min(255, round(value * tint)) for value, tint in zip(colour, self.tint, strict=True)
        )
        return mix((red, green, blue), self.haze, 0.6 * distance)


MORNING = Light(
    "morning",
    "in the morning",
    ((140, 196, 232), (255, 236, 208)),
    (1.0, 0.98, 0.93),
    (250, 232, 212),
    (0.2, 0.42),
    (255, 244, 200),
)
NOON = Light(
    "noon",
    "on a sunny day",
    ((104, 178, 232), (212, 238, 246)),
    (1.0, 1.0, 1.0),
    (206, 232, 240),
    (0.8, 0.8),
    (255, 246, 204),
)
SUNSET = Light(
    "sunset",
    "at sunset",
    ((118, 112, 178), (255, 186, 128)),
    (1.0, 0.86, 0.76),
    (250, 176, 140),
    (0.7, 0.22),
    (255, 216, 150),
)
NIGHT = Light(
    "night",
    "at night",
    ((26, 32, 78), (84, 100, 158)),
    (0.56, 0.62, 0.84),
    (72, 88, 146),
    (0.24, 0.74),
    (252, 246, 222),
    is_dark=True,
)
LIGHTS: dict[str, Light] = {light.name: light for light in (MORNING, NOON, SUNSET, NIGHT)}
"""Every light by name."""


def indoors(light: Light) -> Light:
    """The same time of day inside a house: softer, and lamplit after dark."""
    tints = {"morning": (1.0, 0.98, 0.95), "sunset": (1.0, 0.9, 0.82), "night": (0.9, 0.78, 0.7)}
    return replace(light, tint=tints.get(light.name, (1.0, 1.0, 0.99)), haze=(150, 120, 110))


@lru_cache(maxsize=4096)
def mix(first: Colour, second: Colour, amount: float) -> Colour:
    """Linear mix: `amount` 0 is the first colour, 1 the second.

    >>> mix((0, 0, 0), (100, 200, 50), 0.5)
    (50, 100, 25)
    """
    red, green, blue = (round(a + (b - a) * amount) for a, b in zip(first, second, strict=True))
    return red, green, blue


def lighter(colour: Colour, amount: float = 0.2) -> Colour:
    """The colour mixed with warm white."""
    return mix(colour, CREAM, amount)


def darker(colour: Colour, amount: float = 0.2) -> Colour:
    """The colour mixed with ink: never with black, which looks dirty."""
    return mix(colour, INK, amount)
