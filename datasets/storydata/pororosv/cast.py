"""The characters of a twin: a release drawn by the toy world says in `twin.json` whom it shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from storydata.kit.raw import RawFile
from storydata.kit.twins import cast_of, find_facts
from storydata.pororosv.release import Release


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
    file = find_facts((raw, release.folder, release.folder.parent), release.archive)
    return None if file is None else Cast(cast_of(file), file)
