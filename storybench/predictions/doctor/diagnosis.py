"""What the doctor says of a set of predictions: everything it found, and a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from storybench.errors import PredictionError, VerificationError
from storybench.predictions.container import Container
from storybench.predictions.doctor.typed import Typed
from storybench.predictions.problem import SEEN_IN_THE_PICTURES, Fault, Note, Problem

if TYPE_CHECKING:
    from storybench.predictions.doctor.alignment import Alignment

SHOWN = 10
NOTHING = Typed()


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor found in a set.

    Attributes:
        directory: where the set lies.
        n_stories: stories that were expected.
        n_frames: pictures that were expected.
        problems: faults and notes, in the order they were found.
        containers: the readable pictures by container, those in arrays left out.
        alignment: whether the pictures belong to their stories; None where no real frames were
            given to compare with, the set is too small, or its pictures are mosaics.
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

    def require(self, typed: Typed = NOTHING) -> None:
        """Do nothing if the set can be scored.

        Args:
            typed: what was typed to look at it, for the commands that repair it.

        Raises:
            VerificationError: the only fault is that pictures differ from those of the manifest.
            PredictionError: there are others; names the first ten and counts the rest.
        """
        self._require(self.faults, typed)

    def require_whole(self, typed: Typed = NOTHING) -> None:
        """Do nothing if a number can be computed at all: what `--force` still asks for.

        Raises:
            VerificationError: as `require`.
            PredictionError: a picture is missing, damaged, or none that can be scored.
        """
        self._require([one for one in self.faults if one.kind not in SEEN_IN_THE_PICTURES], typed)

    def filled_in(self, text: str, typed: Typed) -> str:
        """Advice as the user would type it: see `Typed.filled_in`."""
        return typed.filled_in(text, self.directory)

    def _require(self, faults: Sequence[Fault], typed: Typed) -> None:
        kinds = {fault.kind for fault in faults}
        if kinds == {"changed"}:
            raise VerificationError(self._complaint(faults, typed))
        if kinds:
            raise PredictionError(self._complaint(faults, typed))

    def _complaint(self, faults: Sequence[Fault], typed: Typed) -> str:
        tally = Counter(fault.kind for fault in faults)
        lines = [
            f"Expected {self.n_frames:,} pictures of {self.n_stories:,} stories in "
            f"{self.directory}, found {', '.join(f'{n:,} x {kind}' for kind, n in tally.items())}:",
            *(f"  {fault.message}{self._advice(fault, typed)}" for fault in faults[:SHOWN]),
        ]
        if len(faults) > SHOWN:
            lines.append(f"  … and {len(faults) - SHOWN:,} more.")
        return "\n".join(lines)

    def _advice(self, fault: Fault, typed: Typed) -> str:
        return f" {self.filled_in(fault.fix, typed)}" if fault.fix else ""
