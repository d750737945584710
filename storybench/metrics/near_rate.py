"""How many pictures are as near as the nearest of the real ones, in all and in every draw.

What is near is said by a quantile of the real distances, and with other episodes that would be
another: each bootstrap draw takes both the pictures and the quantile from the episodes it holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.metrics.clustered_mean import ClusteredMean, clustered_mean
from storybench.stats import bootstrap, share
from storybench.stats.jackknife import FEWEST_GROUPS

DRAWS_AT_ONCE = 128

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]


def near_rate(
    made: Numbers, real: Numbers, groups: NDArray[np.intp], *, ordinary: float
) -> ClusteredMean:
    """The share of distances `made` (n,) within the quantile `ordinary` of distances `real` (n,).

    `groups` (n,) numbers the cluster of each pair; no draws below three clusters.

    >>> near_rate(np.array([0.0, 2.0]), np.array([1.0, 3.0]), np.zeros(2, int), ordinary=0.25)
    ClusteredMean(value=0.5, replicates=())
    """
    value = float(np.mean(made <= np.quantile(real, ordinary)))
    n_groups = int(groups.max(initial=-1)) + 1
    if n_groups < FEWEST_GROUPS:
        return ClusteredMean(value, ())
    sides = _Sorted.of(made, groups), _Sorted.of(real, groups)
    weights = bootstrap.weights(n_groups)
    blocks = (weights[at : at + DRAWS_AT_ONCE] for at in range(0, len(weights), DRAWS_AT_ONCE))
    rates = np.concatenate([_rates(block, *sides, ordinary=ordinary) for block in blocks])
    return ClusteredMean(value, tuple(rates.tolist()))


def design_effect_of(is_near: NDArray[np.bool_], groups: NDArray[np.intp]) -> float:
    """How many slots (n,) count as one for a rate, since those of a cluster are alike; at least 1.

    >>> design_effect_of(np.arange(40) < 8, np.arange(40) // 8) > 8
    True
    """
    mean = clustered_mean(is_near, groups)
    n_groups = int(groups.max(initial=-1)) + 1
    return share.design_effect_of(mean.value, mean.replicates, n=len(groups), n_groups=n_groups)


@dataclass(frozen=True, eq=False)
class _Sorted:
    """Distances (n,) from the least on, and the cluster (n,) of each."""

    values: Numbers
    groups: NDArray[np.intp]

    @classmethod
    def of(cls, values: Numbers, groups: NDArray[np.intp]) -> _Sorted:
        order = np.argsort(values, kind="stable")
        return cls(values[order], groups[order])

    def counted(self, weights: Counts) -> Counts:
        """How many there are up to each, (b, n), where draw b holds group g weights[b, g] times."""
        return weights[:, self.groups].cumsum(axis=1)


def _rates(weights: Counts, made: _Sorted, real: _Sorted, *, ordinary: float) -> Numbers:
    """The rate of each draw, (b,)."""
    thresholds = _quantiles(weights, real, ordinary)
    counts = np.pad(made.counted(weights), ((0, 0), (1, 0)))
    within = np.searchsorted(made.values, thresholds, side="right")
    return counts[np.arange(len(counts)), within] / counts[:, -1]


def _quantiles(weights: Counts, of: _Sorted, ordinary: float) -> Numbers:
    """`np.quantile` of each draw, (b,), which holds a value as often as its cluster."""
    counts = of.counted(weights)
    place = ordinary * (counts[:, -1] - 1)
    first = np.floor(place).astype(np.int64)
    low, high = (
        of.values[(counts <= at[:, None]).sum(axis=1)]
        for at in (first, np.minimum(first + 1, counts[:, -1] - 1))
    )
    return low + (place - first) * (high - low)
