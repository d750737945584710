"""What the doctor says of a folder of predictions: faults that forbid scoring, and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from storybench.errors import PredictionError, VerificationError
from storybench.predictions.container import Container

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
]
NoteKind = Literal["model unknown", "lossy pictures", "mixed sizes", "repeated pictures"]

SHOWN = 10


@dataclass(frozen=True)
class Fault:
    """One thing that forbids scoring; `story_id` is None where it concerns the whole folder."""

    kind: FaultKind
    message: str
    story_id: str | None = None


@dataclass(frozen=True)
class Note:
    """One thing that has to be known beside the score, and stops nothing."""

    kind: NoteKind
    message: str


Problem = Fault | Note


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor found in a folder.

    `n_stories` and `n_frames` count what was expected; `containers` counts the readable pictures
    by container.
    """

    directory: Path
    n_stories: int
    n_frames: int
    problems: tuple[Problem, ...]
    containers: Mapping[Container, int]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The problems that forbid scoring."""
        return tuple(problem for problem in self.problems if isinstance(problem, Fault))

    @property
    def notes(self) -> tuple[Note, ...]:
        """The problems that only have to be known."""
        return tuple(problem for problem in self.problems if isinstance(problem, Note))

    def require(self) -> None:
        """Do nothing if the set can be scored.

        Raises:
            VerificationError: the only fault is that pictures differ from those of the manifest.
            PredictionError: there are others; names the first ten and counts the rest.
        """
        kinds = {fault.kind for fault in self.faults}
        if kinds == {"changed"}:
            raise VerificationError(self._complaint())
        if kinds:
            raise PredictionError(self._complaint())

    def _complaint(self) -> str:
        faults = self.faults
        tally = Counter(fault.kind for fault in faults)
        lines = [
            f"Expected {self.n_frames:,} pictures of {self.n_stories:,} stories in "
            f"{self.directory}, found {', '.join(f'{n:,} x {kind}' for kind, n in tally.items())}:",
            *(f"  {fault.message}" for fault in faults[:SHOWN]),
        ]
        if len(faults) > SHOWN:
            lines.append(f"  … and {len(faults) - SHOWN:,} more.")
        return "\n".join(lines)
