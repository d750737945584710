"""How far a classifier can be believed about each character.

One that never saw a character cannot recognise it, whatever a model drew; one that fails on real
frames says nothing about generated ones. Its file tells the first, the ceiling the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from storybench.analysis.shares import Share
from storybench.metrics.classifier import document
from storybench.metrics.classifier.classifier import Classifier
from storybench.metrics.classifier.loading import SUFFIX

USELESS = 0.5
"""A number of the classifier on real frames below which it says nothing about others."""

Doubt = Literal["not in the split", "never learnt", "not recognised"]

DOUBTS: dict[Doubt, str] = {
    "not in the split": "no scored frame is labelled so",
    "never learnt": "the classifier was fitted on no such frame",
    "not recognised": f"the classifier scores under {USELESS:.0%} on real frames",
}
"""Why a row says nothing about the model."""


@dataclass(frozen=True)
class Fitting:
    """What a classifier was fitted on: frames with each character, in the order of a dataset.

    `frames` is None where its file does not say. `record` are JSON values.
    """

    frames: tuple[int, ...] | None
    record: dict[str, Any]


def fitting(path: Path, classifier: Classifier, characters: Sequence[str]) -> Fitting:
    """Read from its file what a classifier was fitted on.

    Raises:
        InputError: it knows other characters than the dataset.
    """
    columns = classifier.columns(characters)
    if path.suffix != SUFFIX:
        return Fitting(None, dict(classifier.describe()))
    _, described = document.read(path)
    support = described.data.train_support
    return Fitting(tuple(support[column] for column in columns), dict(classifier.describe()))


def doubt(real: Share, *, frames: int, learnt: int | None) -> Doubt | None:
    """Why nothing follows for a model from a row, None if something does.

    Args:
        real: the number of the classifier on the real frames of the row.
        frames: how many scored frames the row has.
        learnt: frames of its kind that the classifier was fitted on; None where that is not known.

    >>> doubt(Share(0.9), frames=5, learnt=None), doubt(Share(0.4), frames=5, learnt=90)
    (None, 'not recognised')
    """
    if not frames:
        return "not in the split"
    if learnt == 0:
        return "never learnt"
    if real.value is None or real.value < USELESS:
        return "not recognised"
    return None
