"""Which pictures lie within the balls of the other side, with everyone and without each group.

A side is a cloud of distinct pictures in the space of features. Around each is a ball that reaches
to its k-th nearest neighbour of the same side; together the balls stand for what the side can look
like. One pass over the distances of each pair of sides, some rows at a time, answers for the whole
and for every group that is left out of *both* sides: balls then grow to the next neighbour that is
still there.

Sources: Kynkäänniemi et al. (2019) for precision and recall, Naeem et al. (2020) for density and
coverage. A ball holds its edge, as in the former; rounding decides nothing (`SLACK`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

BLOCK = 512
"""Rows of distances in memory at a time."""

MOST_NEIGHBOURS = 5

SLACK, ROUNDING = 1e-9, 1e-12
"""A picture is in a ball whose squared radius it exceeds by that part of it, and of the spread."""


@dataclass(frozen=True, eq=False)
class Cloud:
    """The distinct pictures of a side: features (u, d), and the group that each leaves with (u,).

    Groups are numbered 0 to `n_groups` - 1; a picture numbered `n_groups` never leaves.
    """

    rows: NDArray[np.floating]
    leaves_with: NDArray[np.intp]
    n_groups: int

    def radii(self, k: int, *, without: int) -> Array:
        """Squared distance (u,) to the k-th nearest other picture, -1 for those that left.

        `without` a group, or without none where it is `n_groups`. 0 where there are not k others:
        so few pictures stand for nothing but themselves.
        """
        there = np.arange(self.n_groups + 1) != (without if without < self.n_groups else -1)
        near = self._near[:, there].reshape(len(self.rows), -1)
        found = np.partition(near, k - 1, axis=1)[:, k - 1]
        found[~np.isfinite(found)] = 0
        return np.where(self.is_there(without), found, -1.0)

    def is_there(self, without: int) -> Mask:
        """Which pictures (u,) are left."""
        return (self.leaves_with != without) | (self.leaves_with == self.n_groups)

    @cached_property
    def _near(self) -> Array:
        """Squared distances (u, groups, 5) to the nearest others of each group; inf where none."""
        order = np.argsort(self.leaves_with, kind="stable")
        place = np.argsort(order, kind="stable")
        edges = np.searchsorted(self.leaves_with[order], np.arange(self.n_groups + 2))
        near = np.full((len(order), self.n_groups + 1, MOST_NEIGHBOURS), np.inf)
        for block, squares in _squared_distances(self.rows, self.rows[order]):
            squares[np.arange(len(squares)), place[block]] = np.inf
            for group, (low, high) in enumerate(pairwise(edges)):
                found = min(MOST_NEIGHBOURS, high - low)
                if found:
                    part = np.partition(squares[:, low:high], found - 1, axis=1)
                    near[block, group, :found] = part[:, :found]
        return near


@dataclass(frozen=True, eq=False)
class Membership:
    """Who is within whose balls; the last row is of everyone, row g is without group g.

    `precise` (groups + 1, u): whether a generated picture is in the ball of a real one; `density`
    in how many; `recalled` (groups + 1, v): whether a real picture is in the ball of a generated
    one; `covered`: whether a generated one is in its ball.
    """

    precise: Mask
    density: NDArray[np.intp]
    recalled: Mask
    covered: Mask


def membership(generated: Cloud, reference: Cloud, *, k: int, k_density: int) -> Membership:
    """Precision and recall with balls to the k-th neighbour, density and coverage to another."""
    rounds = range(generated.n_groups + 1)
    tiny = ROUNDING * (_spread(generated.rows) + _spread(reference.rows))

    def reach(cloud: Cloud, neighbours: int) -> Array:
        radii = np.stack([cloud.radii(neighbours, without=out) for out in rounds])
        return np.where(radii < 0, -1.0, radii * (1 + SLACK) + tiny)

    real, made, real_dense = reach(reference, k), reach(generated, k), reach(reference, k_density)
    n_made, n_real = len(generated.rows), len(reference.rows)
    found = Membership(
        precise=np.zeros((len(rounds), n_made), bool),
        density=np.zeros((len(rounds), n_made), np.intp),
        recalled=np.zeros((len(rounds), n_real), bool),
        covered=np.zeros((len(rounds), n_real), bool),
    )
    for block, squares in _squared_distances(generated.rows, reference.rows):
        for out in rounds:
            within = squares <= real_dense[out]  # (block, v)
            found.precise[out, block] = (squares <= real[out]).any(axis=1)
            found.density[out, block] = within.sum(axis=1)
            found.recalled[out] |= (squares <= made[out, block, None]).any(axis=0)
            found.covered[out] |= within[generated.is_there(out)[block]].any(axis=0)
    return found


def _squared_distances(
    first: NDArray[np.floating], second: NDArray[np.floating]
) -> Iterator[tuple[slice, Array]]:
    """Blocks of rows of `first` with their squared distances (block, v) to all of `second`."""
    offset = second.mean(axis=0, dtype=np.float64)
    columns = second - offset
    lengths = np.square(columns).sum(axis=1)
    for at in range(0, len(first), BLOCK):
        rows = first[at : at + BLOCK] - offset
        squares = rows @ columns.T
        squares *= -2
        squares += np.square(rows).sum(axis=1)[:, None]
        squares += lengths
        yield slice(at, at + len(rows)), np.maximum(squares, 0, out=squares)


def _spread(rows: NDArray[np.floating]) -> float:
    """The mean squared distance to the mean."""
    return float(rows.var(axis=0, dtype=np.float64).sum())
