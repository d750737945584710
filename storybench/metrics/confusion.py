"""From decisions about characters to F1 scores and accuracies, by way of sums that add up.

Every number of the character family is a function of a few sums over slots: hits, predictions and
labels of each character, exact slots, right decisions. Sums are kept per cluster (or story), so a
bootstrap draw of clusters is a product of matrices. The averages are those of scikit-learn's
`precision_recall_fscore_support` with zero division as 0; `labels=` has no counterpart here, since
a published evaluation that passed it scored two characters of seven without saying so
(ubc-vision/Make-A-Story@593ee04:eval_char_classifier.py:555).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]
Decisions = NDArray[np.bool_]
"""Who is in each of n pictures: (n, c)."""

Average = Literal["micro", "macro", "weighted", "samples"]
ROWS: tuple[Average, ...] = get_args(Average)
"""The averages of scikit-learn's `classification_report`."""

PAIR = 2


@dataclass(frozen=True, eq=False)
class Counts:
    """Sums over slots, with a row (…,) for each cluster, story or draw that was summed over.

    Of each character, (…, c): `hits` (predicted and there), `predicted`, `present` (the support).
    Of the slots, (…,): how many, how many `exact` (the predicted set is the label set), `right`
    decisions, `slot_precision`, `slot_recall` and `slot_f1` (sums of each slot's own), `empty`
    (without any label) and `empty_exact`. `stories`, and those `whole`: exact in every slot.
    """

    hits: Numbers
    predicted: Numbers
    present: Numbers
    slots: Numbers
    exact: Numbers
    right: Numbers
    slot_precision: Numbers
    slot_recall: Numbers
    slot_f1: Numbers
    empty: Numbers
    empty_exact: Numbers
    stories: Numbers
    whole: Numbers

    @property
    def total(self) -> Counts:
        """The sums of all rows together."""
        return self._each(lambda sums: sums.sum(axis=0))

    def drawn(self, weights: NDArray[np.integer]) -> Counts:
        """The sums of each draw, given how often (B, K) it holds each of K rows."""
        return self._each(lambda sums: weights @ sums)

    def _each(self, change: Callable[[Numbers], Numbers]) -> Counts:
        return Counts(**{one.name: change(getattr(self, one.name)) for one in fields(self)})


def decide(logits: ArrayLike) -> Decisions:
    """Who is predicted: where sigmoid(z) > 0.5, which is z > 0.

    >>> decide([[-0.1, 0.0, 0.1]]).tolist()
    [[False, False, True]]
    """
    return np.asarray(logits) > 0


def count(
    decided: Decisions,
    labels: Decisions,
    *,
    rows: NDArray[np.intp],
    story: NDArray[np.intp],
    n_rows: int,
) -> Counts:
    """The sums of n slots, each added to one of `n_rows` rows.

    Args:
        decided: who is predicted, (n, c).
        labels: who is there, (n, c).
        rows: the row of each slot, (n,); slots of one story have one row.
        story: the story of each slot, numbered 0, 1, 2…, (n,).
        n_rows: how many rows.
    """
    hits = decided & labels
    of_slot = [np.asarray(each.sum(axis=1)) for each in (hits, decided, labels)]
    exact = np.asarray((decided == labels).all(axis=1))
    empty = np.asarray(~labels.any(axis=1))
    n_stories = int(story.max(initial=-1)) + 1
    row_of = np.zeros(n_stories, np.intp)
    row_of[story] = rows
    missed = np.bincount(story, ~exact, minlength=n_stories)
    shown = np.bincount(story, minlength=n_stories) > 0

    def summed(values: NDArray[np.generic], of: NDArray[np.intp] = rows) -> Numbers:
        cells = values.reshape(len(values), -1)
        places = of[:, None] * cells.shape[1] + np.arange(cells.shape[1])
        sums = np.bincount(places.ravel(), cells.ravel(), minlength=n_rows * cells.shape[1])
        return sums.reshape(n_rows, *values.shape[1:]).astype(np.float64)

    return Counts(
        hits=summed(hits),
        predicted=summed(decided),
        present=summed(labels),
        slots=summed(np.ones(len(labels))),
        exact=summed(exact),
        right=summed((decided == labels).sum(axis=1)),
        slot_precision=summed(ratio(of_slot[0], of_slot[1])),
        slot_recall=summed(ratio(of_slot[0], of_slot[2])),
        slot_f1=summed(_f_score(*of_slot)),
        empty=summed(empty),
        empty_exact=summed(empty & exact),
        stories=summed(shown, row_of),
        whole=summed(shown & (missed == 0), row_of),
    )


def precision(counts: Counts) -> Numbers:
    """Of each character, (…, c): the share of its predictions that are right."""
    return ratio(counts.hits, counts.predicted)


def recall(counts: Counts) -> Numbers:
    """Of each character, (…, c): the share of its labels that are predicted."""
    return ratio(counts.hits, counts.present)


def f_scores(counts: Counts) -> Numbers:
    """Of each character, (…, c)."""
    return _f_score(counts.hits, counts.predicted, counts.present)


def f_micro(counts: Counts) -> Numbers:
    """Over all slots and characters at once: what StoryGPT-V and the training code print."""
    return _f_score(
        *(sums.sum(axis=-1) for sums in (counts.hits, counts.predicted, counts.present))
    )


def f_macro(counts: Counts) -> Numbers:
    """The mean over the characters, those without a label counting as 0."""
    return f_scores(counts).mean(axis=-1)


def f_weighted(counts: Counts) -> Numbers:
    """The mean over the characters, weighted by their labels."""
    return _weighted(f_scores(counts), counts)


def f_weighted_pair(counts: Counts) -> Numbers:
    """The same over the first two characters alone.

    What `labels=np.unique(labels)` makes of it: 0 and 1 are the values of the labels, and become
    the places of two characters (ubc-vision/Make-A-Story@593ee04:eval_char_classifier.py:555).
    """
    weights = counts.present[..., :PAIR]
    return ratio((f_scores(counts)[..., :PAIR] * weights).sum(axis=-1), weights.sum(axis=-1))


def f_samples(counts: Counts) -> Numbers:
    """The mean of the slots' own F1; a slot with no label and no prediction counts as 0."""
    return ratio(counts.slot_f1, counts.slots)


def micro_precision(counts: Counts) -> Numbers:
    """The share of all predictions that are right."""
    return ratio(counts.hits.sum(axis=-1), counts.predicted.sum(axis=-1))


def micro_recall(counts: Counts) -> Numbers:
    """The share of all labels that are predicted."""
    return ratio(counts.hits.sum(axis=-1), counts.present.sum(axis=-1))


def frame_accuracy(counts: Counts) -> Numbers:
    """The share of slots whose predicted set is the label set."""
    return ratio(counts.exact, counts.slots)


def character_accuracy(counts: Counts) -> Numbers:
    """The share of right decisions, over slots and characters."""
    return ratio(counts.right, counts.slots * counts.hits.shape[-1])


def story_accuracy(counts: Counts) -> Numbers:
    """The share of stories that are exact in every slot."""
    return ratio(counts.whole, counts.stories)


def averaged(counts: Counts, average: Average) -> tuple[Numbers, Numbers, Numbers]:
    """Precision, recall and F1 as a row of scikit-learn's `classification_report` has them."""
    if average == "micro":
        return micro_precision(counts), micro_recall(counts), f_micro(counts)
    if average == "samples":
        of_slots = (counts.slot_precision, counts.slot_recall, counts.slot_f1)
        precisions, recalls, scores = (ratio(sums, counts.slots) for sums in of_slots)
        return precisions, recalls, scores
    mean = _weighted if average == "weighted" else _plain
    return (
        mean(precision(counts), counts),
        mean(recall(counts), counts),
        mean(f_scores(counts), counts),
    )


FAMILY: Mapping[str, Callable[[Counts], Numbers]] = MappingProxyType(
    {
        "charf1": f_micro,
        "charf1_macro": f_macro,
        "charf1_weighted": f_weighted,
        "charf1_samples": f_samples,
        "char_precision": micro_precision,
        "char_recall": micro_recall,
        "frame_acc": frame_accuracy,
        "char_acc": character_accuracy,
        "story_acc": story_accuracy,
    }
)
"""The numbers of the character family by the first part of their ids, the headline first."""

PUBLISHED: Mapping[str, Callable[[Counts], Numbers]] = MappingProxyType(
    {"charf1_weighted_pair": f_weighted_pair}
)
"""Numbers that only the protocols of some papers have."""

AVERAGES: Mapping[str, str] = MappingProxyType(
    {
        "micro": "charf1",
        "macro": "charf1_macro",
        "weighted": "charf1_weighted",
        "samples": "charf1_samples",
        "weighted-pair": "charf1_weighted_pair",
    }
)
"""The averages that protocols name, and the number that each is."""


def ratio(above: ArrayLike, below: ArrayLike) -> Numbers:
    """Above over below, 0 where below is 0.

    >>> ratio([1, 0], [2, 0]).tolist()
    [0.5, 0.0]
    """
    top, bottom = np.asarray(above, np.float64), np.asarray(below, np.float64)
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom != 0)


def _weighted(of_characters: Numbers, counts: Counts) -> Numbers:
    return ratio((of_characters * counts.present).sum(axis=-1), counts.present.sum(axis=-1))


def _plain(of_characters: Numbers, counts: Counts) -> Numbers:
    return of_characters.mean(axis=-1)


def _f_score(hits: ArrayLike, predicted: ArrayLike, present: ArrayLike) -> Numbers:
    """2 hits / (predictions + labels), which is the harmonic mean of precision and recall."""
    return ratio(2 * np.asarray(hits, np.float64), np.asarray(predicted) + np.asarray(present))
