"""The nearest of many pictures in the space of features, some of them at a time.

Features are compared by direction: the distance is that of the unit vectors, `sqrt(2 - 2 cos)`,
between 0 (the same direction) and 2 (opposite ones). Products of blocks in float32 say which is
nearest, float64 how far it is, so an equal picture is at distance 0 and not at the rounding of 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.metrics.extractor import Features
from storybench.metrics.unit_rows import unit_rows

QUERIES = 1024
BASE = 4096


@dataclass(frozen=True, eq=False)
class Nearest:
    """For each query the distance (n,) to its nearest picture, and the row (n,) of that picture."""

    distances: NDArray[np.float64]
    rows: NDArray[np.intp]


def nearest(queries: Features, base: Features) -> Nearest:
    """The nearest row of `base` (m, d) to each row of `queries` (n, d); the first of equal ones.

    Memory beyond the features themselves doesn't grow with n or m.

    >>> found = nearest(np.float32([[1, 0], [0, 3]]), np.float32([[5, 5], [0, 1]]))
    >>> found.rows.tolist(), found.distances.round(3).tolist()
    ([0, 1], [0.765, 0.0])
    """
    assert len(base), "the nearest of nothing"
    rows = np.concatenate(
        [_rows(queries[at : at + QUERIES], base) for at in range(0, len(queries), QUERIES)]
        or [np.zeros(0, np.intp)]
    )
    return Nearest(distances(queries, base, rows), rows)


def distances(first: Features, second: Features, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """The distance of each row of `first` (n, d) to the row of `second` numbered by `rows` (n,)."""
    parts = [
        np.linalg.norm(
            unit_rows(first[at : at + QUERIES]) - unit_rows(second[rows[at : at + QUERIES]]),
            axis=1,
        )
        for at in range(0, len(first), QUERIES)
    ]
    return np.concatenate(parts or [np.zeros(0)])


def _rows(queries: Features, base: Features) -> NDArray[np.intp]:
    """The nearest row of `base` to each of a block of queries."""
    unit = _unit(queries)
    best, found = np.full(len(queries), -np.inf), np.zeros(len(queries), np.intp)
    for at in range(0, len(base), BASE):
        cosines = unit @ _unit(base[at : at + BASE]).T  # (queries, block)
        row = cosines.argmax(axis=1)
        cosine = cosines[np.arange(len(queries)), row]
        is_nearer = cosine > best
        best[is_nearer], found[is_nearer] = cosine[is_nearer], row[is_nearer] + at
    return found


def _unit(features: Features) -> Features:
    return unit_rows(features).astype(np.float32)
