"""Which characters do predictions get right? By how often training showed them, and by the crowd.

The slots, the real frames, the classifier's decisions and the draws of episodes are those of the
protocol `sb-v1`, so the row over everything is what `storybench eval` reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from storybench.analysis.judge import DOUBTS, Fitting, fitting
from storybench.analysis.rows import (
    CharacterRow,
    CrowdRow,
    RarityRow,
    Sides,
    by_crowd,
    by_rarity,
    of_characters,
)
from storybench.analysis.seen import FREQUENT, RARE, Seen, seen
from storybench.analysis.shares import Counter, Shares
from storybench.errors import InputError
from storybench.evaluate.scoring import gather
from storybench.evaluate.subject import Subject
from storybench.evaluate.truth import require_drawn, truth_shown
from storybench.metrics.characters import decisions
from storybench.metrics.classifier.loading import load
from storybench.metrics.evidence import Options, Slots
from storybench.protocols import catalogue
from storybench.shards.reader import Stories
from storybench.types import Progress

PROTOCOL = "sb-v1"


@dataclass(frozen=True)
class CharacterAnalysis:
    """What was found, and of what.

    `classifier` says what it is and was fitted on, `n_fitted_episodes` how many of the scored
    episodes have names of those. `doctor` are the faults that were scored by force.
    """

    dataset: str
    split: str
    data_digest: str
    predictions_digest: str
    model: Mapping[str, Any]
    protocol: str
    classifier: Mapping[str, Any]
    n_fitted_episodes: int
    doctor: tuple[str, ...]
    train: Seen
    n_stories: int
    n_frames: int
    n_episodes: int
    predicted: Shares
    real: Shares
    characters: tuple[CharacterRow, ...]
    rarities: tuple[RarityRow, ...]
    crowds: tuple[CrowdRow, ...]

    def notes(self) -> tuple[str, ...]:
        """What has to be known beside the numbers, a sentence each."""
        doubtful = {
            doubt: [row.name for row in self.characters if row.doubt == doubt] for doubt in DOUBTS
        }
        found = [
            f"No word about the model from the scores of {', '.join(doubtful[doubt])}: {why}."
            for doubt, why in DOUBTS.items()
            if doubtful[doubt]
        ]
        if doubtful["never learnt"]:
            found.append(
                "Fit the classifier on data that shows everyone: of a toy release with someone "
                "held out, on an ordinary one of another seed."
            )
        if self.n_fitted_episodes:
            found.append(
                f"The classifier was fitted on episodes with the names of {self.n_fitted_episodes} "
                f"of the {self.n_episodes} scored ones. If they are the same (toy worlds of other "
                "seeds have namesakes), its ceiling is too high."
            )
        if all(row.learnt is None for row in self.characters):
            found.append("The classifier's file does not say which characters it was fitted on.")
        return tuple(found)

    def record(self) -> dict[str, Any]:
        """Everything as JSON values, with the cuts and the notes."""
        return {
            **asdict(self),
            "cuts": {"rare": RARE, "frequent": FREQUENT},
            "notes": list(self.notes()),
        }


def analyse(
    subject: Subject,
    classifier: Path,
    *,
    train_split: str = "train",
    on_progress: Progress | None = None,
) -> CharacterAnalysis:
    """Score the characters of a prepared set.

    Args:
        subject: predictions and the stories they are of, as `evaluate.prepare_for` gives them.
        classifier: a file of `storybench classifier fit`, or an official checkpoint.
        train_split: the split whose frames say how often a character was seen.
        on_progress: called after each picture.

    Raises:
        MissingError: no classifier there.
        InputError: no labels, no such split, another classifier's characters, or none of whom it
            can be believed.
        PredictionError: the pictures are largely the real frames.
    """
    stories = subject.stories
    _require_labels(stories)
    judge = load(classifier)
    fitted = fitting(classifier, judge, stories.spec.characters)
    shown = seen(Stories(stories.directory, train_split))
    rules = catalogue.get(PROTOCOL)
    match, evidence = gather(
        subject, rules, judge.extractor, options=Options(classifier), on_progress=on_progress
    )
    _require_labels(stories, evidence.slots)
    require_drawn(match, truth_shown(match, evidence), subject.predictions.directory)
    sides = Sides(
        predicted=Counter.of(evidence.slots, decisions(evidence, "generated", judge)),
        real=Counter.of(evidence.slots, decisions(evidence, "reference", judge)),
    )
    n_fitted = judge.n_trained_on(evidence.slots.clusters)
    return _tables(subject, sides, shown, fitted, n_fitted)


def _tables(
    subject: Subject, sides: Sides, shown: Seen, fitted: Fitting, n_fitted: int
) -> CharacterAnalysis:
    slots, stories = sides.slots, subject.stories
    characters = of_characters(sides, shown, fitted.frames)
    if all(row.doubt is not None for row in characters):
        raise InputError(
            "Expected a classifier that knows a character of the scored frames, found none of "
            f"{', '.join(slots.characters)} that it recognises on real ones. See `storybench "
            "classifier card`, and fit another."
        )
    everywhere, everyone = np.arange(slots.n), list(range(len(slots.characters)))
    predicted, real = sides.both(everywhere, everyone)
    return CharacterAnalysis(
        dataset=stories.spec.name,
        split=str(stories.split),
        data_digest=stories.digest,
        predictions_digest=subject.predictions.digest,
        model=dict(subject.predictions.model),
        protocol=PROTOCOL,
        classifier=fitted.record,
        n_fitted_episodes=n_fitted,
        doctor=tuple(sorted({fault.kind for fault in subject.diagnosis.faults})),
        train=shown,
        n_stories=len(slots.stories),
        n_frames=slots.n,
        n_episodes=len(set(slots.clusters)),
        predicted=predicted,
        real=real,
        characters=characters,
        rarities=by_rarity(sides, characters),
        crowds=by_crowd(sides),
    )


def _require_labels(stories: Stories, slots: Slots | None = None) -> None:
    if not stories.spec.characters or (slots is not None and slots.labels is None):
        raise InputError(
            f"Expected frames that are all labelled with characters, found others in {stories!r}. "
            "PororoSV, FlintstonesSV and one's own data with a cast have labels."
        )
