"""One thing that the doctor found: a fault, which forbids scoring, or a note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

SeenKind = Literal[
    "misaligned",
    "source included",
    "truth shown",
    "overwritten",
    "frames mixed up",
    "channels swapped",
    "wrong range",
    "mixed planes",
    "mosaics",
    "labels permuted",
    "wrong references",
]
"""Faults of sets that are whole: a number can be computed, and would mean something else."""

SetKind = Literal[
    "other run",
    "nothing found",
    "unknown story",
    "missing story",
    "missing frame",
    "double frame",
    "extra file",
    "undecodable",
    "wrong size",
    "changed",
]
FaultKind = SetKind | SeenKind
NoteKind = Literal[
    "model unknown",
    "lossy pictures",
    "files beside the stories",
    "mixed sizes",
    "repeated pictures",
    "copies of the source",
    "copies of training pictures",
    "contrast stretched",
    "subtitles",
    "blank pictures",
    "alignment unknown",
    "other captions",
]
Slot = tuple[str, int]
"""A story's id and the frame of it, 1…T."""

SEEN_IN_THE_PICTURES: frozenset[FaultKind] = frozenset(get_args(SeenKind))


@dataclass(frozen=True)
class Fault:
    """One thing that forbids scoring.

    Attributes:
        kind: what it is.
        message: what was expected and found.
        story_id: whose it is, None where it concerns the whole set.
        rule: the bug's number in the list of those that are known to happen ("A07"), or "".
        evidence: the numbers behind it, by name.
        fix: the command or the act that repairs it, or "".
        slots: where to see it, a few.
    """

    kind: FaultKind
    message: str
    story_id: str | None = None
    rule: str = ""
    evidence: Mapping[str, float] = field(default_factory=dict, hash=False)
    fix: str = ""
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True)
class Note:
    """One thing that has to be known beside the score, and stops nothing; fields as of `Fault`."""

    kind: NoteKind
    message: str
    rule: str = ""
    evidence: Mapping[str, float] = field(default_factory=dict, hash=False)
    fix: str = ""
    slots: tuple[Slot, ...] = ()


Problem = Fault | Note
