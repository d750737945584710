"""Ranks as ranges: a row is ahead of another only when their 95 % intervals do not overlap.

Two systems whose intervals overlap are not told apart, so each gets a range of ranks instead of a
number, and rows with the same range are tied. (Overlap is stricter than a paired test: what it
separates is separated, what it ties a paired comparison may still separate.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Interval = tuple[float, float]
Direction = Literal["lower", "higher"]


@dataclass(frozen=True, order=True)
class RankRange:
    """The best and the worst rank that the intervals allow, both counted from 1.

    >>> str(RankRange(1, 1)), str(RankRange(2, 4))
    ('1', '2–4')
    """

    best: int
    worst: int

    def __str__(self) -> str:
        return str(self.best) if self.best == self.worst else f"{self.best}–{self.worst}"


def rank_ranges(intervals: Sequence[Interval], direction: Direction) -> tuple[RankRange, ...]:
    """One range per interval, in the given order.

    >>> [str(rank) for rank in rank_ranges([(1, 2), (1.5, 3), (4, 5)], "lower")]
    ['1–2', '1–2', '3']
    """
    signed = intervals if direction == "lower" else [(-high, -low) for low, high in intervals]
    return tuple(
        RankRange(
            best=1 + sum(other[1] < low for other in signed),
            worst=len(signed) - sum(other[0] > high for other in signed),
        )
        for low, high in signed
    )
