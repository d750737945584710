"""What the doctor says of a set of predictions: faults that forbid scoring, notes, a verdict."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Literal

from storybench.errors import PredictionError, VerificationError
from storybench.predictions.container import Container

if TYPE_CHECKING:
    from storybench.predictions.doctor.alignment import Alignment

FaultKind = Literal[
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
NoteKind = Literal[
    "model unknown",
    "lossy pictures",
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

SHOWN = 10
SEEN_IN_THE_PICTURES: frozenset[FaultKind] = frozenset(
    (
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
    )
)
"""Faults of sets that are whole: a number can be computed, and would mean something else."""


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


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor found in a set.

    Attributes:
        directory: where the set lies.
        n_stories: stories that were expected.
        n_frames: pictures that were expected.
        problems: faults and notes, in the order they were found.
        containers: the readable pictures by container.
        alignment: whether the pictures belong to their stories; None where no real frames were
            given to compare with, or the set is too small.
    """

    directory: Path
    n_stories: int
    n_frames: int
    problems: tuple[Problem, ...]
    containers: Mapping[Container, int]
    alignment: Alignment | None = None

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The problems that forbid scoring."""
        return tuple(problem for problem in self.problems if isinstance(problem, Fault))

    @property
    def notes(self) -> tuple[Note, ...]:
        """The problems that only have to be known."""
        return tuple(problem for problem in self.problems if isinstance(problem, Note))

    def require(self, data: Path | None = None) -> None:
        """Do nothing if the set can be scored.

        Args:
            data: the shards that it was compared with, for the commands that repair it.

        Raises:
            VerificationError: the only fault is that pictures differ from those of the manifest.
            PredictionError: there are others; names the first ten and counts the rest.
        """
        self._require(self.faults, data)

    def require_whole(self, data: Path | None = None) -> None:
        """Do nothing if a number can be computed at all: what `--force` still asks for.

        Raises:
            VerificationError: as `require`.
            PredictionError: a picture is missing, damaged, or none that can be scored.
        """
        self._require([one for one in self.faults if one.kind not in SEEN_IN_THE_PICTURES], data)

    def filled_in(self, text: str, data: Path | None) -> str:
        """Advice with PREDS, FIXED and, if they are known, SHARDS as the user would type them."""
        fixed = self.directory.with_name(f"{self.directory.name}.fixed")
        places = {"PREDS": self.directory, "FIXED": fixed, "SHARDS": data or "SHARDS"}
        return re.sub("|".join(places), lambda found: quote(str(places[found[0]])), text)

    def _require(self, faults: Sequence[Fault], data: Path | None) -> None:
        kinds = {fault.kind for fault in faults}
        if kinds == {"changed"}:
            raise VerificationError(self._complaint(faults, data))
        if kinds:
            raise PredictionError(self._complaint(faults, data))

    def _complaint(self, faults: Sequence[Fault], data: Path | None) -> str:
        tally = Counter(fault.kind for fault in faults)
        lines = [
            f"Expected {self.n_frames:,} pictures of {self.n_stories:,} stories in "
            f"{self.directory}, found {', '.join(f'{n:,} x {kind}' for kind, n in tally.items())}:",
            *(f"  {fault.message}{self._advice(fault, data)}" for fault in faults[:SHOWN]),
        ]
        if len(faults) > SHOWN:
            lines.append(f"  … and {len(faults) - SHOWN:,} more.")
        return "\n".join(lines)

    def _advice(self, fault: Fault, data: Path | None) -> str:
        return f" {self.filled_in(fault.fix, data)}" if fault.fix else ""
