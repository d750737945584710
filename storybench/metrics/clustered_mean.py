"""Means of frames or stories, and the same in every bootstrap draw of clusters.

A mean, or a ratio of two means, follows from its sums in each cluster, so 2,000 draws are one
product of matrices. Protocol: section P.4 of the specification of metrics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from storybench.metrics.evidence import Slots
from storybench.stats import bootstrap
from storybench.stats.jackknife import FEWEST_GROUPS


@dataclass(frozen=True)
class ClusteredMean:
    """A mean, and the mean of each bootstrap draw; no draws below three clusters."""

    value: float
    replicates: tuple[float, ...]


def clustered_mean(values: ArrayLike, groups: NDArray[np.intp]) -> ClusteredMean:
    """The mean of values (n,) whose clusters are numbered by `groups` (n,).

    >>> clustered_mean([1, 2, 6], np.array([0, 0, 1]))
    ClusteredMean(value=3.0, replicates=())
    """
    numbers = np.asarray(values, np.float64)
    return clustered_ratio(numbers, np.ones_like(numbers), groups)


def clustered_ratio(
    numerators: ArrayLike, denominators: ArrayLike, groups: NDArray[np.intp]
) -> ClusteredMean:
    """Sum over sum of values (n,), in all and in every draw of clusters.

    NaN where the denominators sum to 0, of the whole or of a draw.
    """
    n_groups = int(groups.max(initial=-1)) + 1
    sums = np.stack(
        [
            np.bincount(groups, np.asarray(values, np.float64), minlength=n_groups)
            for values in (numerators, denominators)
        ]
    )  # (2, K)
    value = float(_ratio(*sums.sum(axis=1)))
    if n_groups < FEWEST_GROUPS:
        return ClusteredMean(value, ())
    drawn = sums @ bootstrap.weights(n_groups).T  # (2, B)
    return ClusteredMean(value, tuple(_ratio(*drawn).tolist()))


def story_groups(slots: Slots) -> NDArray[np.intp]:
    """The group of each story, (s,)."""
    groups = np.zeros(len(slots.stories), np.intp)
    groups[slots.story] = slots.groups
    return groups


def story_means(values: ArrayLike, slots: Slots) -> tuple[float, ...]:
    """The mean of each story over its slots (n,); NaN for one without slots."""
    n_stories = len(slots.stories)
    sums = np.bincount(slots.story, np.asarray(values, np.float64), minlength=n_stories)
    counts = np.bincount(slots.story, minlength=n_stories)
    return tuple(_ratio(sums, counts).tolist())


def _ratio(numerator: ArrayLike, denominator: ArrayLike) -> NDArray[np.float64]:
    above, below = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)
