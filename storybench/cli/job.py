"""What `storybench eval` was asked for, and what it says before it scores."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from storybench.cli import console

if TYPE_CHECKING:
    from storybench.metrics.evidence import Options
    from storybench.predictions.doctor.diagnosis import Diagnosis
    from storybench.predictions.layouts import Recognition

SHOWN = 3
"""Notes of one kind that are printed."""

UNKNOWN = "model unknown"
"""A note that `storybench eval` says in its own words."""


@dataclass(frozen=True)
class Job:
    """What was asked for on the command line; `metrics` are those beside the protocol's."""

    predictions: Path
    data: Path
    split: str
    protocol: str
    extractor: str | None
    weights: Path | None
    options: Options
    answers: Mapping[str, object]
    metrics: tuple[str, ...]
    force: bool
    workers: int
    out: Path | None
    remember: bool = True

    def like(self, path: Path, *, asked: Collection[str] = ()) -> Job:
        """The same predictions and files, run as another report says it was.

        What is asked for now stands before what the report says; `asked` are the names of those
        that were, of "split" and "protocol", which have defaults.
        """
        from storybench.report.like import like
        from storybench.report.record import read_report

        repeat = like(read_report(path))
        given = {name: value for name, value in self.answers.items() if value is not None}
        return dataclasses.replace(
            self,
            split=self.split if "split" in asked else repeat.split,
            protocol=self.protocol if "protocol" in asked else repeat.protocol,
            extractor=self.extractor or repeat.extractor,
            metrics=self.metrics or repeat.metrics,
            answers={**repeat.answers, **given},
            remember=False,
        )

    def folder(self) -> Path:
        """Where results go: what was asked for, or that of the protocol in `PREDS.report/`."""
        from storybench.report.place import home_of

        return self.out or home_of(self.predictions) / self.protocol


def say_recognised(found: Recognition) -> None:
    """Whose layout it is, why, and how complete; on stderr, where the scores are not."""
    layout = found.layout
    console.hint(f"Recognised {layout.producer} ({layout.called}): {layout.meaning}")
    for sentence in (*found.why, *found.counts):
        console.hint(f"  because: {sentence}")
    if found.can_be_scored:
        console.hint(
            f"  complete: {found.n_stories:,} of {found.n_stories_expected:,} stories, "
            f"{found.n_targets_found:,} of {found.n_targets_expected:,} targets"
        )
    if found.extra:
        console.hint(f"  belongs to nothing here: {len(found.extra):,} files ({found.extra[0]} …)")
    if found.left_out:
        console.hint(f"  left out on purpose: {len(found.left_out):,} ({found.left_out[0]} …)")
    for sentence in found.notes:
        console.warn(sentence)


def say_notes(diagnosis: Diagnosis) -> None:
    """The doctor's verdict, what it noticed, and with --force what it would have refused."""
    from storybench.evaluate.record import examination
    from storybench.report.beside import doctor_says

    if diagnosis.alignment is not None:
        console.hint(doctor_says(examination(diagnosis)))
    shown: dict[str, int] = {}
    for problem in diagnosis.problems:
        shown[problem.kind] = n = shown.get(problem.kind, 0) + 1
        if problem.kind != UNKNOWN and n <= SHOWN:
            console.warn(problem.message)
    n_more = sum(n - SHOWN for n in shown.values() if n > SHOWN)
    if n_more:
        console.hint(f"  … and {n_more:,} more of these kinds; `storybench doctor` has pictures.")
