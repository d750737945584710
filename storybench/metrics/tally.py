"""Who was predicted and who is there, counted per cluster: what the numbers of characters stand on.

Counts add up, so a bootstrap draw over clusters is a weighted sum of them and nothing is predicted
again. `shuffled` is the floor: the same numbers when stories get each other's labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.metrics import confusion
from storybench.metrics.confusion import FAMILY, PUBLISHED, Counts, Decisions, Numbers
from storybench.metrics.evidence import Slots
from storybench.stats import bootstrap, share
from storybench.stats.jackknife import FEWEST_GROUPS, Interval

NUMBERS = {**FAMILY, **PUBLISHED}
ACCURACIES = ("frame_acc", "char_acc", "story_acc")
"""Those that are shares of things counted; the others are ratios."""

BOUNDS = (0.0, 1.0)
SHUFFLES = 200
FLOOR_QUANTILE = 0.99
"""A number that this share of the shuffles does not exceed says nothing about its own stories."""


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts of decisions per group, per story, and in each bootstrap draw (None: few groups)."""

    groups: Counts
    stories: Counts
    draws: Counts | None

    @classmethod
    def of(cls, decided: Decisions, slots: Slots) -> Tally:
        """Count what was decided of n slots, (n, c), against their labels.

        Raises:
            InputError: the slots have no labels.
        """
        labels = _labels(slots)
        groups = confusion.count(
            decided, labels, rows=slots.groups, story=slots.story, n_rows=slots.n_groups
        )
        stories = confusion.count(
            decided, labels, rows=slots.story, story=slots.story, n_rows=len(slots.stories)
        )
        if slots.n_groups < FEWEST_GROUPS:
            return cls(groups, stories, None)
        return cls(groups, stories, groups.drawn(bootstrap.weights(slots.n_groups)))

    def value(self, name: str) -> float:
        """A number of the family over all slots."""
        return float(NUMBERS[name](self.groups.total))

    def replicates(self, name: str) -> tuple[float, ...]:
        """The same in each bootstrap draw; none where there are few groups."""
        return () if self.draws is None else tuple(NUMBERS[name](self.draws).tolist())

    @property
    def n(self) -> int:
        """Slots that were counted."""
        return int(self.groups.slots.sum())

    @property
    def n_groups(self) -> int:
        """Groups of clusters that they are in."""
        return len(self.groups.slots)

    def interval(self, name: str) -> Interval | None:
        """Its 95 % interval over clusters, as `stats.share.of_draws` says."""
        return share.of_draws(
            self.value(name),
            self.replicates(name),
            n=self.n,
            n_groups=self.n_groups,
            bounds=BOUNDS,
            design_effect=self.design_effect(name),
        )

    def design_effect(self, name: str, *, beside: Tally | None = None) -> float | None:
        """How many slots count as one, for an accuracy whose draws all agree; else None.

        The error of the same accuracy of `beside` tells, the real frames of the same slots;
        infinite where nothing does.
        """
        draws = self.replicates(name)
        if name not in ACCURACIES or not bootstrap.agree(draws):
            return None
        of = beside or self
        return share.design_effect_of(
            of.value(name), of.replicates(name), n=self.n, n_groups=self.n_groups
        )

    def per_story(self, name: str) -> tuple[float, ...] | None:
        """Each story's own value; NaN where it has none, None where no story has one."""
        if name in ("charf1_macro", "charf1_weighted", *PUBLISHED):
            return None
        counts = self.stories
        needed = {
            "charf1": (counts.predicted + counts.present).sum(axis=-1),
            "char_precision": counts.predicted.sum(axis=-1),
            "char_recall": counts.present.sum(axis=-1),
        }.get(name, counts.slots)
        return tuple(np.where(needed > 0, NUMBERS[name](counts), np.nan).tolist())

    def report(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Precision, recall and F1 of every average, as scikit-learn's report; with intervals."""
        table = {}
        for average in confusion.ROWS:
            values = confusion.averaged(self.groups.total, average)
            drawn = None if self.draws is None else confusion.averaged(self.draws, average)
            table[average] = {
                name: self._with_interval(float(values[at]), () if drawn is None else drawn[at])
                for at, name in enumerate(("precision", "recall", "f1"))
            }
        return table

    def _with_interval(self, value: float, drawn: Sequence[float] | Numbers) -> dict[str, Any]:
        found = share.of_draws(value, drawn, n=self.n, n_groups=self.n_groups, bounds=BOUNDS)
        return {"value": value, "interval": None if found is None else [found.low, found.high]}

    def f_draws(self) -> Numbers | None:
        """F1 of each character in each bootstrap draw (B, c); None where there are few groups.

        NaN in draws without the character, labelled or predicted: they say nothing of it.
        """
        if self.draws is None:
            return None
        is_drawn = self.draws.predicted + self.draws.present > 0
        return np.where(is_drawn, confusion.f_scores(self.draws), np.nan)

    def per_character(self, characters: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        """Precision, recall, F1 with its interval, support and predictions of each character.

        The interval knows of the groups alone that have the character, labelled or predicted.
        """
        total = self.groups.total
        n_groups = (self.groups.predicted + self.groups.present > 0).sum(axis=0)
        drawn = self.f_draws()
        table = {}
        for c, name in enumerate(characters):
            value = float(confusion.f_scores(total)[c])
            found = share.of_draws(
                value,
                () if drawn is None else drawn[:, c],
                n=self.n,
                n_groups=int(n_groups[c]),
                bounds=BOUNDS,
            )
            table[name] = {
                "precision": float(confusion.precision(total)[c]),
                "recall": float(confusion.recall(total)[c]),
                "f1": value,
                "interval": None if found is None else [found.low, found.high],
                "support": int(total.present[c]),
                "predicted": int(total.predicted[c]),
            }
        return table


def shuffled(
    decided: Decisions, slots: Slots, *, shuffles: int = SHUFFLES, seed: int = 0
) -> dict[str, dict[str, float]]:
    """The floor of each number: mean and 99th percentile when stories get each other's labels.

    Labels move story by story, frame k to frame k, among stories of equally many frames. Empty
    where there are fewer than two stories.
    """
    if len(slots.stories) < 2:
        return {}
    labels = _labels(slots)
    values = {name: np.empty(shuffles) for name in NUMBERS}
    rng = np.random.default_rng(seed)
    zeros = np.zeros(slots.n, np.intp)
    for draw in range(shuffles):
        dealt = labels[_dealt(slots, rng)]
        counts = confusion.count(decided, dealt, rows=zeros, story=slots.story, n_rows=1).total
        for name, number in NUMBERS.items():
            values[name][draw] = number(counts)
    return {
        name: {
            "mean": float(drawn.mean()),
            "highest": float(np.quantile(drawn, FLOOR_QUANTILE)),
            "shuffles": shuffles,
        }
        for name, drawn in values.items()
    }


def _dealt(slots: Slots, rng: np.random.Generator) -> NDArray[np.intp]:
    """For each slot the slot whose label it gets."""
    dealt = np.arange(slots.n)
    for blocks in _blocks(slots):
        dealt[blocks] = blocks[rng.permutation(len(blocks))]
    return dealt


def _blocks(slots: Slots) -> Iterator[NDArray[np.intp]]:
    """The slots of stories that have equally many, (stories, t); slots are sorted by (story, k)."""
    lengths = np.bincount(slots.story, minlength=len(slots.stories))
    starts = np.cumsum(lengths) - lengths
    for length in np.unique(lengths[lengths > 0]):
        yield starts[lengths == length][:, None] + np.arange(length)


def _labels(slots: Slots) -> Decisions:
    if slots.labels is None:
        raise InputError("Expected slots with character labels, found none.")
    return slots.labels
