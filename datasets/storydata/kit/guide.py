"""Which file of a raw folder is what: files counted by the entries of a data dictionary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from storybench.types import FileGuide
from storydata.kit.raw import RawFile

UNEXPLAINED = ""
"""The pattern under which files are counted that no entry explains."""


def entry_of(name: str, guide: Sequence[FileGuide]) -> FileGuide | None:
    """The first entry that a file falls under, None if there is none."""
    return next((entry for entry in guide if entry.matches(name)), None)


def counted(files: Iterable[RawFile], guide: Sequence[FileGuide]) -> dict[str, int]:
    """How many files fall under each pattern, in the order of the guide; the unexplained last."""
    entries = (entry_of(file.name, guide) for file in files)
    found = Counter(entry.pattern if entry else UNEXPLAINED for entry in entries)
    patterns = (*(entry.pattern for entry in guide), UNEXPLAINED)
    return {pattern: found[pattern] for pattern in patterns if found[pattern]}
