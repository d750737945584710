"""What the doctor says of a set of predictions: everything it found, and a verdict."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from storybench.errors import PredictionError, VerificationError
from storybench.predictions.container import Container
from storybench.predictions.problem import SEEN_IN_THE_PICTURES, Fault, Note, Problem

if TYPE_CHECKING:
    from storybench.predictions.doctor.alignment import Alignment

SHOWN = 10


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
