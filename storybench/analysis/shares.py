"""Shares of some slots and some characters, each with its interval over episodes.

The sums are those of `metrics.confusion`, the draws of episodes those of every score, so a table
over all slots says what `storybench eval` says, and the intervals follow the one rule of
`stats.share.of_draws`. Where few episodes have what is counted, the interval knows only of those:
it is as wide as they are few, and there is none below three.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.metrics import confusion
from storybench.metrics.confusion import Counts, Decisions, Numbers
from storybench.metrics.evidence import Slots
from storybench.stats import bootstrap, share

NO_NUMBER = "–"

Number = Callable[[Counts], Numbers]


@dataclass(frozen=True)
class Share:
    """A number from 0 to 1, None where there is nothing that it could be a share of.

    `interval` holds 95 %; None where fewer than three episodes have a say. Where all draws of
    episodes agree, which is no sign of certainty, `exact` has a score interval and the others none.
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

    def shares(
        self, rows: NDArray[np.intp], characters: Sequence[int], *, beside: Counter | None = None
    ) -> Shares:
        """Of some slots, over some characters; no numbers where there are no slots.

        `beside` counts the real frames of the same slots: where no draw of `exact` differs, theirs
        tell how many slots count as one, as in `Tally.design_effect`.
        """
        if not len(rows):
            return NOTHING
        counted = self._counted(rows, characters)
        found = {name: _told(*counted, *_NUMBERS[name]) for name in _NUMBERS}
        like = found["exact"]
        if beside is not None:
            like = _told(*beside._counted(rows, characters), *_NUMBERS["exact"])
        return Shares(
            precision=found["precision"].share(),
            recall=found["recall"].share(),
            f1=found["f1"].share() if counted[0].present.any() else Share(None),
            exact=found["exact"].share(like=like),
        )

    def _counted(self, rows: NDArray[np.intp], characters: Sequence[int]) -> tuple[Counts, Counts]:
        """The sums of each group, and of each draw."""
        assert self.slots.labels is not None
        columns = np.array(characters, np.intp)
        counts = confusion.count(
            self.decided[rows][:, columns],
            self.slots.labels[rows][:, columns],
            rows=self.slots.groups[rows],
            story=self.slots.story[rows],
            n_rows=self.slots.n_groups,
        )
        return counts, counts.drawn(self.draws)


@dataclass(frozen=True, eq=False)
class _Told:
    """A number, None where there is none, and its values in the draws that have one.

    `n` counts what it is a share of, in so many groups.
    """

    value: float | None
    draws: Numbers
    n: int
    n_groups: int

    def share(self, *, like: _Told | None = None) -> Share:
        """With its interval; for a share of slots, `like` is that of the real frames."""
        if self.value is None:
            return Share(None)
        effect = None if like is None else self._design_effect(like)
        found = share.of_draws(
            self.value, self.draws, n=self.n, n_groups=self.n_groups, design_effect=effect
        )
        return Share(self.value, None if found is None else (found.low, found.high))

    def _design_effect(self, like: _Told) -> float | None:
        if like.value is None or not bootstrap.agree(self.draws):
            return None
        return share.design_effect_of(like.value, like.draws, n=like.n, n_groups=like.n_groups)


def _told(counts: Counts, drawn: Counts, number: Number, below: Number) -> _Told:
    of, in_draws = below(counts), below(drawn)
    has_value = of.sum() > 0
    return _Told(
        value=float(number(counts.total)) if has_value else None,
        draws=number(drawn)[in_draws > 0],
        n=int(of.sum()),
        n_groups=int((of > 0).sum()),
    )
