"""Where the release lies in a raw folder, and whose it is: the real one or the toy world's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storybench.errors import MissingError
from storydata.flintstonessv import spec
from storydata.kit.homes import homes
from storydata.kit.raw import RawFile, walk
from storydata.kit.twins import cast_of, find_facts

MARKS = (
    spec.ANNOTATIONS_FILE,
    spec.SPLIT_FILE,
    spec.FOLLOWINGS_FILE,
    *spec.FRAME_FOLDERS.values(),
    *(f"{name}.zip" for name in spec.FRAME_FOLDERS.values()),
)
"""Any of these makes a folder this release, the first that is there the more surely."""


@dataclass(frozen=True)
class Release:
    """The folder that holds the release, and its characters in label order.

    `facts` is what the toy world says of a release that it drew, None of a real one.
    """

    folder: Path
    characters: tuple[str, ...]
    facts: RawFile | None = None

    @property
    def is_twin(self) -> bool:
        """Whether the toy world drew it."""
        return self.facts is not None

    def files(self) -> Iterator[RawFile]:
        """Every file in its folder, and the toy world's beside it."""
        yield from walk(self.folder)
        if self.facts is not None and self.facts.path.parent != self.folder:
            yield self.facts

    def path(self, name: str) -> Path:
        """Where one of its files lies, or would lie."""
        return self.folder / name


def find_folder(raw: Path) -> tuple[Path, str] | None:
    """The folder of the release and the file or folder that it is known by; None if there is none.

    Raises:
        MissingError: there is no raw folder.
        InputError: it is a file.
    """
    places = [
        (MARKS.index(mark), folder, mark)
        for folder in homes(raw, spec.FOLDER)
        for mark in MARKS
        if (folder / mark).exists()
    ]
    best = min(places, key=lambda place: place[0], default=None)
    return best and best[1:]


def open_release(raw: Path) -> Release:
    """The release in a raw folder.

    Raises:
        MissingError: there is none; says what was looked for.
        InputError: the raw folder is a file.
        RawDataError: it was drawn by the toy world, and stopped or does not say who plays in it.
    """
    found = find_folder(raw)
    if found is None:
        raise MissingError(
            f"Expected {spec.ANNOTATIONS_FILE}, {spec.SPLIT_FILE} and the arrays in "
            f"{spec.FRAME_FOLDERS['sampled']} (a folder or a zip) in {raw}, in its folder "
            f"{spec.FOLDER} or in its only folder, found none of them. Unpack the release there."
        )
    folder, _ = found
    facts = find_facts((folder, raw))
    if facts is not None:
        return Release(folder, cast_of(facts), facts)
    return Release(folder, spec.CHARACTERS)
