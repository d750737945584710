"""A release that the toy world drew: how it is told from a real one, and whom it shows.

Every twin leaves `twin.json` in its raw folder, or `.twin-unfinished.json` while it is being drawn.
Such a release is never built under a real name or with the real characters, wherever the file lies:
beside the release, in it, or in the archive that somebody made of both.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from storybench.errors import InputError, RawDataError
from storybench.schema import validated_json
from storydata.kit.raw import RawFile
from storydata.kit.untrusted.archives import open_archive

FACTS = "twin.json"
UNFINISHED = ".twin-unfinished.json"
LICENCE = "CC0-1.0: procedural pictures and captions of storybench's toy world."
SUFFIX = "-twin"
"""What is added to the name of the dataset."""


class _Character(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    name: Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9][\w .-]*$")]


class _Facts(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    cast: Annotated[list[_Character], Field(min_length=1, max_length=100)]


_FACTS = TypeAdapter(_Facts)


def find_facts(folders: Iterable[Path], archive: Path | None = None) -> RawFile | None:
    """What a twin says of itself: the file in one of the folders or in the archive.

    None if the release is no twin's.

    Raises:
        RawDataError: the twin was stopped before it was finished, or the archive is broken.
    """
    found = [
        RawFile(name, str(folder / name)) for folder in folders for name in (FACTS, UNFINISHED)
    ]
    found = [file for file in found if file.path.is_file()]
    if archive is not None:
        members = {PurePosixPath(member).name: member for member in open_archive(archive).names}
        found += [
            RawFile(name, str(archive), members[name])
            for name in (FACTS, UNFINISHED)
            if name in members
        ]
    if any(file.name == UNFINISHED for file in found):
        raise RawDataError(
            f"Expected a finished twin, found {UNFINISHED} of one that was stopped. Run the same "
            "`storybench twin` again: it goes on where it was."
        )
    return found[0] if found else None


def cast_of(file: RawFile) -> tuple[str, ...]:
    """The characters of a twin, in the order of its labels.

    Raises:
        RawDataError: it names no cast, or a character twice.
    """
    try:
        facts = validated_json(_FACTS, file.read_bytes(), name=f"{file.name} of a twin")
    except InputError as error:
        raise RawDataError(f"{error} Write the twin again.") from error
    names = tuple(character.name for character in facts.cast)
    if len(set(names)) != len(names):
        raise RawDataError(
            f"Expected every character once in {file.name}, found {', '.join(names)}."
        )
    return names
