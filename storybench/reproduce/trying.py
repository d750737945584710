"""One training of a study with one seed: learn, draw, score, and swap its sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storybench import registry
from storybench.errors import MissingError
from storybench.evaluate import Subject, evaluate_prepared, load_behind, prepare_for
from storybench.files import read_json, write_json
from storybench.generate import generate
from storybench.metrics.evidence import Options
from storybench.protocols import catalogue
from storybench.report import folder as reports
from storybench.reproduce.folder import Folder
from storybench.studies import Study
from storybench.types import Evaluation, Progress

PROTOCOL, EXTRACTOR, SPLIT = "sb-v1", "twin", "test"
LOOK = "look.json"


@dataclass(frozen=True, eq=False)
class Try:
    """What came of it: its scores with what they rest on, and the pictures ready to be looked at.

    `cost` has the trainer's `steps`, `loss` and `seconds`. `faults` are what the doctor found and
    was overruled in.
    """

    evaluation: Evaluation
    subject: Subject
    cost: Mapping[str, Any]
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Trying:
    """A study being carried out: where from, where to, and whom to tell."""

    study: Study
    folder: Folder
    init: Path | None
    on_progress: Progress | None

    def one(self, name: str, seed: int) -> Try:
        """Carry out a training with a seed, as far as it is not done.

        Raises:
            StorybenchError: as training, drawing and scoring do.
        """
        training = self.study.trainings[name]
        shards, run = self.folder.shards(training.world), self.folder.run(name, seed)
        trainer: registry.Trainer = registry.load("trainers", self.study.trainer)
        cost = trainer.train(
            shards,
            run,
            preset=training.preset,
            options={"init": self.init, **training.options, "seed": seed},
            on_progress=self.on_progress,
        )
        preds = self.folder.preds(name, seed)
        generate(
            str(run),
            shards,
            preds,
            split=SPLIT,
            seed=seed,
            options=self.study.drawing,
            on_progress=self.on_progress,
        )
        return self._scored(name, seed, cost)

    def look(self, name: str, seed: int) -> Mapping[str, Any]:
        """What swapping the sources of a training does, on the stories that are scored.

        Raises:
            StorybenchError: as the analysis does.
        """
        place = self.folder.look(name, seed) / LOOK
        if not place.is_file():
            analysis: registry.Analysis = registry.load("analyses", self.study.looks)
            found = analysis(
                self.folder.run(name, seed),
                self.folder.shards(self.study.trainings[name].world),
                split=SPLIT,
                on_progress=self.on_progress,
            )
            place.parent.mkdir(parents=True, exist_ok=True)
            write_json(place, dict(found))
        return read_json(place)

    def _scored(self, name: str, seed: int, cost: Mapping[str, Any]) -> Try:
        """The scores; those of the same pictures are read back."""
        rules = catalogue.get(PROTOCOL)
        subject = prepare_for(
            rules,
            self.folder.preds(name, seed),
            self.folder.shards(self.study.trainings[name].world),
            split=SPLIT,
            force=True,
            remember=True,
            on_progress=self.on_progress,
        )
        faults = tuple(sorted({fault.kind for fault in subject.diagnosis.faults}))
        out = self.folder.report(name, seed)
        known = _known(out, subject.predictions.digest)
        if known is not None:
            return Try(known, subject, cost, faults)
        found = evaluate_prepared(
            subject,
            rules,
            load_behind(rules, EXTRACTOR),
            options=Options(classifier=self.folder.classifier),
            on_progress=self.on_progress,
        )
        notes = [problem.message for problem in subject.diagnosis.problems]
        reports.write(
            found, out, predictions=subject.predictions, stories=subject.stories, notes=notes
        )
        return Try(found, subject, cost, faults)


def _known(out: Path, digest: str) -> Evaluation | None:
    """The scores that lie there, if they are of these pictures."""
    try:
        found = reports.read(out)
    except MissingError:
        return None
    return found if found.report.predictions_digest == digest else None
