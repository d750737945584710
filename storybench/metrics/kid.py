"""KID: the full unbiased squared MMD between generated and real frames, with a cubic kernel.

    k(x, y) = (x.y / d + 1)^3
    KID = sum_{i != j} k(g_i, g_j) / (n (n - 1)) + the same of r - 2 sum_{i, j} k(g_i, r_j) / n^2

Bińkowski et al. (2018). Libraries average over subsets that they draw; here every pair counts once,
so there is no draw, and the number equals theirs with one subset of everything. Unlike a Fréchet
distance it is unbiased at any number of frames, so it stands where there are few.

Every distinct picture enters once, with the number of its slots as its weight. One pass stores the
kernel sums of every pair of clusters; a replicate without a cluster is then a subtraction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.metrics import record
from storybench.metrics.evidence import Evidence
from storybench.metrics.extractor import distance_id
from storybench.metrics.metric import Estimate

Array = NDArray[np.float64]

TILE = 1024
"""Pictures a side of a square of kernel values: 8 MB of them, and two tiles of features."""

SHOWN_TIMES = 1000
"""KID is stored as it is and shown a thousand times as large, as everywhere."""


class KID:
    """KID; `kd` through any network but the published one."""

    def estimate(self, evidence: Evidence) -> tuple[Estimate, ...]:
        """The distance, and its value without each group where there are three or more.

        Raises:
            InputError: there are fewer than two slots, or a feature is not a finite number.
        """
        record.require(evidence)
        sums = pair_sums(evidence)
        left_out = record.groups_left_out(evidence)
        return (
            Estimate(
                metric=distance_id("kid", evidence.extractor, frames=evidence.frames),
                value=mmd(sums),
                replicates=tuple(mmd(sums.without(group)) for group in left_out),
                n=evidence.slots.n,
                direction="lower",
                settings={
                    **record.record(evidence),
                    "flags": record.flags(evidence),
                    "kernel": {"type": "polynomial", "degree": 3, "gamma": "1/d", "coef0": 1},
                    "estimator": "unbiased-all-pairs",
                    "shown_times": SHOWN_TIMES,
                },
            ),
        )


@dataclass(frozen=True, eq=False)
class PairSums:
    """Kernel sums over the pairs of slots of two groups, (k, k) each, and the slots of each (k,).

    `generated` and `reference` leave out the pairs of a slot with itself, not those of two slots
    with equal pictures.
    """

    generated: Array
    reference: Array
    between: Array
    n: NDArray[np.intp]

    def without(self, group: int) -> PairSums:
        """The sums of the slots that are not in a group."""
        rest = np.delete(np.arange(len(self.n)), group)
        square = np.ix_(rest, rest)
        return PairSums(
            self.generated[square], self.reference[square], self.between[square], self.n[rest]
        )


def mmd(sums: PairSums) -> float:
    """The unbiased squared MMD of the slots of all groups; it may be below zero."""
    n = int(sums.n.sum())
    within = (sums.generated.sum() + sums.reference.sum()) / (n * (n - 1))
    return float(within - 2 * sums.between.sum() / n**2)


def pair_sums(evidence: Evidence) -> PairSums:
    """One pass over all pairs of distinct pictures, in tiles."""
    generated, reference = (evidence.features(side) for side in ("generated", "reference"))
    groups = evidence.slots.groups
    weights = tuple(
        record.counts_by_group(table, groups).astype(np.float64) for table in (generated, reference)
    )
    return PairSums(
        generated=_within(generated.rows, weights[0]),
        reference=_within(reference.rows, weights[1]),
        between=_between(generated.rows, weights[0], reference.rows, weights[1]),
        n=np.bincount(groups),
    )


def _between(
    first: NDArray[np.floating], first_weights: Array, second: NDArray[np.floating],
    second_weights: Array,
) -> Array:  # fmt: skip
    total = np.zeros((first_weights.shape[1], second_weights.shape[1]))
    for rows in _tiles(len(first)):
        for columns in _tiles(len(second)):
            values = _kernel(first[rows], second[columns])
            total += first_weights[rows].T @ values @ second_weights[columns]
    return total


def _within(features: NDArray[np.floating], weights: Array) -> Array:
    """Sums of one side: tiles above the diagonal stand for their mirror images."""
    total = np.zeros((weights.shape[1], weights.shape[1]))
    for rows in _tiles(len(features)):
        values = _kernel(features[rows], features[rows])
        total += weights[rows].T @ values @ weights[rows]
        total -= np.diag(np.diagonal(values) @ weights[rows])
        for columns in _tiles(len(features), start=rows.stop):
            values = _kernel(features[rows], features[columns])
            part = weights[rows].T @ values @ weights[columns]
            total += part + part.T
    return total


def _kernel(first: NDArray[np.floating], second: NDArray[np.floating]) -> Array:
    """Values (n, m) of the kernel, in float64."""
    values = first.astype(np.float64) @ second.astype(np.float64).T
    values /= first.shape[1]
    values += 1
    values *= values * values
    return values


def _tiles(n: int, *, start: int = 0) -> Iterator[slice]:
    return (slice(at, at + TILE) for at in range(start, n, TILE))
