"""Where the release lies in a raw folder, and whose it is: the real one or the toy world's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from storybench.errors import InputError, MissingError, RawDataError
from storybench.files import read_json
from storybench.schema import validated
from storydata.flintstonessv import spec
from storydata.kit.homes import homes

MARKS = (
    spec.ANNOTATIONS_FILE,
    spec.SPLIT_FILE,
    spec.FOLLOWINGS_FILE,
    *spec.FRAME_FOLDERS.values(),
    *(f"{name}.zip" for name in spec.FRAME_FOLDERS.values()),
)
"""Any of these makes a folder this release, the first that is there the more surely."""


class _Character(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    name: str = Field(min_length=1, max_length=80)


class _TwinFacts(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    cast: list[_Character] = Field(min_length=1)


_TWIN = TypeAdapter(_TwinFacts)


@dataclass(frozen=True)
class Release:
    """The folder that holds the release, and its characters in label order."""

    folder: Path
    characters: tuple[str, ...]
    is_twin: bool

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
        RawDataError: it was drawn by the toy world and does not say who plays in it.
    """
    found = find_folder(raw)
    if found is None:
        raise MissingError(
            f"Expected {spec.ANNOTATIONS_FILE}, {spec.SPLIT_FILE} and the arrays in "
            f"{spec.FRAME_FOLDERS['sampled']} (a folder or a zip) in {raw}, in its folder "
            f"{spec.FOLDER} or in its only folder, found none of them. Unpack the release there."
        )
    folder, _ = found
    for place in (folder, raw):
        if (place / spec.TWIN_FILE).is_file():
            return Release(folder, _cast(place / spec.TWIN_FILE), is_twin=True)
    return Release(folder, spec.CHARACTERS, is_twin=False)


def _cast(path: Path) -> tuple[str, ...]:
    try:
        facts = validated(_TWIN, read_json(path), name=spec.TWIN_FILE)
    except InputError as error:
        raise RawDataError(str(error)) from error
    names = tuple(one.name for one in facts.cast)
    if len(set(names)) != len(names):
        raise RawDataError(f"Expected every character once in {path}, found {', '.join(names)}.")
    return names
