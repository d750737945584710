"""A Fréchet distance between two tables, and the same without each group of slots on both sides.

With n > d a replicate takes the statistics of a group (n, mean, scatter) from those of the whole;
only these two are in memory at a time, whatever the number of groups. With fewer rows it takes a
part of the product of the rows, which is made once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from storybench.metrics import frechet
from storybench.metrics.features import FeatureTable
from storybench.metrics.frechet import Distance, FewRows, Moments

Without = Callable[[NDArray[np.bool_]], Distance]
"""The distance without the slots of a mask (n,)."""


def leave_out(
    generated: FeatureTable,
    reference: FeatureTable,
    groups: NDArray[np.intp],
    *,
    left_out: Iterable[int],
) -> tuple[Distance, tuple[float, ...]]:
    """The distance over all slots, and its value without each of the groups `left_out`.

    `groups` (n,) numbers the group of each slot.
    """
    sides = (generated, reference)
    without = _few(*sides) if _is_few(*sides) else _many(*sides)
    whole = without(np.zeros(len(groups), bool))
    return whole, tuple(without(groups == group).value for group in left_out)


def _is_few(generated: FeatureTable, reference: FeatureTable) -> bool:
    """Whether there are no more slots than dimensions, or no more distinct rows on both sides."""
    n, d = len(generated.slots), generated.rows.shape[1]
    return n <= d or max(generated.n_unique, reference.n_unique) <= d


def _few(*sides: FeatureTable) -> Without:
    rows = FewRows(*(table.rows for table in sides))
    return lambda out: rows.distance(*(table.counts(~out) for table in sides))


def _many(*sides: FeatureTable) -> Without:
    everything = np.ones(len(sides[0].slots), bool)
    whole = tuple(_moments(table, everything) for table in sides)
    few = cache(lambda: _few(*sides))

    def without(out: NDArray[np.bool_]) -> Distance:
        n_left = int(np.count_nonzero(~out))
        if n_left <= sides[0].rows.shape[1]:
            return few()(out)
        if not out.any():
            return frechet.distance(*whole)
        parts = (_moments(table, out) for table in sides)
        return frechet.distance(*map(frechet.remove, whole, parts))

    return without


def _moments(table: FeatureTable, kept: NDArray[np.bool_]) -> Moments:
    """Statistics of the slots that are kept; each distinct picture is one row, with its count."""
    counts = table.counts(kept)
    there = counts > 0
    if there.all():
        return frechet.moments(table.rows, counts)
    return frechet.moments(table.rows[there], counts[there])
