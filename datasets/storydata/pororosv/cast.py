"""The characters of a twin: a release drawn by the toy world says in `twin.json` whom it shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from storybench.errors import RawDataError
from storybench.files import read_json
from storydata.kit.raw import RawFile
from storydata.pororosv.release import Release

FACTS = "twin.json"
UNFINISHED = ".twin-unfinished.json"


class Member(BaseModel):
    """One character; what else is said of it is not read."""

    model_config = ConfigDict(extra="ignore", strict=True)

    name: Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9][\w .-]*$")]


class Facts(BaseModel):
    """What of `twin.json` a build reads: the cast, in the order of the labels."""

    model_config = ConfigDict(extra="ignore", strict=True)

    cast: Annotated[list[Member], Field(min_length=1, max_length=100)]


@dataclass(frozen=True)
class Cast:
    """The characters in the order of the labels, and the file that says so."""

    names: tuple[str, ...]
    file: RawFile


def read_cast(raw: Path, release: Release) -> Cast | None:
    """The characters of a twin, None if the release is no twin's.

    Raises:
        RawDataError: the twin was stopped before it was finished, or its `twin.json` names no cast.
    """
    folders = (raw, release.folder, release.folder.parent)
    if any((folder / UNFINISHED).is_file() for folder in folders):
        raise RawDataError(
            f"Expected a finished twin in {raw}, found one that was stopped. Run the same "
            "`storybench twin` again: it goes on where it was."
        )
    path = next((folder / FACTS for folder in folders if (folder / FACTS).is_file()), None)
    if path is None:
        return None
    try:
        facts = Facts.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "its top level"
        raise RawDataError(
            f"Expected {path.name} to name the cast of the twin, found at {place}: "
            f"{first['msg']}. Write the twin again."
        ) from error
    return Cast(tuple(member.name for member in facts.cast), RawFile(FACTS, path))
