"""Shares of some slots and some characters, each with its interval over episodes.

The sums are those of `metrics.confusion`, the draws of episodes those of every score, so a table
over all slots says what `storybench eval` says. Where few episodes have what is counted, the
interval knows only of those: it is as wide as they are few, and there is none below three.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from storybench.metrics import confusion
from storybench.metrics.confusion import Counts, Decisions, Numbers
from storybench.metrics.evidence import Slots
from storybench.stats import bootstrap
from storybench.stats.jackknife import FEWEST_GROUPS

BOUNDS = (0.0, 1.0)
NO_NUMBER = "–"

Number = Callable[[Counts], Numbers]


@dataclass(frozen=True)
class Share:
    """A number from 0 to 1, None where there is nothing that it could be a share of.

    `interval` holds 95 %; None where fewer than three episodes have a say, or where all draws of
    episodes agree, which is no sign of certainty.
    """

    value: float | None
    interval: tuple[float, float] | None = None

    @property
    def percent(self) -> str:
        """The number in per cent, without the sign.

        >>> Share(0.4567).percent, Share(None).percent
        ('45.7', '–')
        """
        return NO_NUMBER if self.value is None else f"{100 * self.value:.1f}"

    @property
    def interval_percent(self) -> str:
        """The interval in per cent.

        >>> Share(0.5, (0.25, 0.75)).interval_percent, Share(0.5).interval_percent
        ('25.0 … 75.0', '–')
        """
        if self.interval is None:
            return NO_NUMBER
        return f"{100 * self.interval[0]:.1f} … {100 * self.interval[1]:.1f}"


@dataclass(frozen=True)
class Shares:
    """What the slots of a row come to, over the characters of the row.

    Precision, recall and F1 count every character of every slot (micro); without a label there is
    neither recall nor F1. `exact` is the share of
    slots in which just the labelled ones of these characters are predicted.
    """

    precision: Share
    recall: Share
    f1: Share
    exact: Share


NOTHING = Shares(*[Share(None)] * 4)

_NUMBERS: dict[str, tuple[Number, Number]] = {
    "precision": (confusion.micro_precision, lambda counts: counts.predicted.sum(axis=-1)),
    "recall": (confusion.micro_recall, lambda counts: counts.present.sum(axis=-1)),
    "f1": (confusion.f_micro, lambda counts: (counts.predicted + counts.present).sum(axis=-1)),
    "exact": (confusion.frame_accuracy, lambda counts: counts.slots),
}
"""Each number, and what it is a share of: where that is 0, there is no number."""


@dataclass(frozen=True, eq=False)
class Counter:
    """Who is predicted in each of n slots, (n, c), and the draws of their clusters."""

    slots: Slots
    decided: Decisions
    draws: NDArray[np.int64]

    @classmethod
    def of(cls, slots: Slots, decided: Decisions) -> Counter:
        """Draw the clusters of all slots, as for every score of them."""
        return cls(slots, decided, bootstrap.weights(max(1, slots.n_groups)))

    def shares(self, rows: NDArray[np.intp], characters: Sequence[int]) -> Shares:
        """Of some slots, over some characters; no numbers where there are no slots."""
        if not len(rows):
            return NOTHING
        assert self.slots.labels is not None
        columns = np.array(characters, np.intp)
        counts = confusion.count(
            self.decided[rows][:, columns],
            self.slots.labels[rows][:, columns],
            rows=self.slots.groups[rows],
            story=self.slots.story[rows],
            n_rows=self.slots.n_groups,
        )
        drawn = counts.drawn(self.draws)
        found = Shares(
            **{one.name: _share(counts, drawn, *_NUMBERS[one.name]) for one in fields(Shares)}
        )
        return found if counts.present.any() else replace(found, f1=Share(None))


def _share(counts: Counts, drawn: Counts, number: Number, below: Number) -> Share:
    if not below(counts.total) > 0:
        return Share(None)
    value = float(number(counts.total))
    n_groups = int((below(counts) > 0).sum())
    replicates = np.where(below(drawn) > 0, number(drawn), np.nan)
    told = replicates[~np.isnan(replicates)]
    if n_groups < FEWEST_GROUPS or len(np.unique(told)) < 2:
        return Share(value)
    found = bootstrap.interval(value, told.tolist(), n_groups=n_groups, bounds=BOUNDS)
    return Share(value, None if found is None else (found.low, found.high))
