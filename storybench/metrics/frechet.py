"""The Fréchet distance between two Gaussians fitted to features, exact and in float64.

    FD = |mu1 - mu2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2)

No matrix square root is computed. The last trace is the sum of square roots of the eigenvalues of
S1 S2, which are those of the symmetric A^T S2 A for any A A^T = S1; with a Cholesky factor for A it
costs a small part of `scipy.linalg.sqrtm` (`tests/bench/test_frechet.py` says how small). With no
more rows than dimensions neither covariance has a Cholesky factor, and the trace is the nuclear
norm of the product of the centred rows, which needs no covariance at all.

Statistics are (n, mean, scatter) with the scatter taken about the mean, so nothing cancels; they
merge and un-merge by the formulas of Chan, Golub and LeVeque (1983). Equal rows may be given once
with a count.
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, reduce
from typing import Literal

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import ThreadpoolController

Array = NDArray[np.float64]
Method = Literal["nuclear-norm", "cholesky-eigvalsh", "eigh-svdvals"]

POTRF, SYGST = scipy.linalg.get_lapack_funcs(("potrf", "sygst"), dtype=np.float64)
NEGATIVE_EIGENVALUE = 1e-8
NEGATIVE_DISTANCE = 1e-6
BLOCK = 4096
"""Rows that are in memory as float64 at a time."""


@dataclass(frozen=True, eq=False)
class Moments:
    """How many rows, their mean (d,), and their scatter (d, d): sum of (x - mean)(x - mean)^T."""

    n: int
    mean: Array
    scatter: Array

    @property
    def covariance(self) -> Array:
        """Unbiased covariance (d, d)."""
        return self.scatter / (self.n - 1)


@dataclass(frozen=True)
class Distance:
    """A Fréchet distance, the way it was computed, and how far from singular that was.

    `smallest_eigenvalue` is that of A^T S2 A before clipping, None where none was computed.
    `rank_deficient` says that a covariance could not have full rank.
    """

    value: float
    method: Method
    rank_deficient: bool
    smallest_eigenvalue: float | None = None


def moments(rows: ArrayLike, counts: ArrayLike | None = None) -> Moments:
    """Statistics of the rows (n, d), each taken `counts` (n,) times, once if not given.

    >>> m = moments([[0.0, 1.0], [2.0, 1.0]], [3, 1])
    >>> m.n, m.mean.tolist(), m.scatter.tolist()
    (4, [0.5, 1.0], [[3.0, 0.0], [0.0, 0.0]])
    """
    rows, weights = np.asarray(rows), _weights(rows, counts)
    blocks = (slice(at, at + BLOCK) for at in range(0, len(rows), BLOCK))
    return reduce(merge, (_moments(rows[block], weights[block]) for block in blocks))


def merge(first: Moments, second: Moments) -> Moments:
    """Statistics of both sets of rows together."""
    n = first.n + second.n
    step = second.mean - first.mean
    between = np.outer(step, step) * (first.n * second.n / n)
    return Moments(
        n=n,
        mean=first.mean + step * (second.n / n),
        scatter=first.scatter + second.scatter + between,
    )


def remove(whole: Moments, part: Moments) -> Moments:
    """Statistics of the rows of `whole` that are not in `part`: the inverse of `merge`."""
    n = whole.n - part.n
    if n < 1:
        raise ValueError(f"Expected fewer than {whole.n} rows to remove, found {part.n}.")
    mean = whole.mean + (whole.mean - part.mean) * (part.n / n)
    step = part.mean - mean
    between = np.outer(step, step) * (n * part.n / whole.n)
    return Moments(n=n, mean=mean, scatter=whole.scatter - part.scatter - between)


def distance(first: Moments, second: Moments) -> Distance:
    """The distance from statistics, exact to 12 digits at full rank.

    Factors the first side if it is positive definite, else the second; when neither is, takes the
    nuclear norm of the product of both square roots.
    """
    scale = math.sqrt((first.n - 1) * (second.n - 1))
    congruent = _congruent(first.scatter, second.scatter)
    if congruent is None:
        roots = (_root(first.scatter), _root(second.scatter))
        method, smallest, trace = "eigh-svdvals", None, _nuclear_norm(roots[0].T @ roots[1])
    else:
        method, (smallest, trace) = "cholesky-eigvalsh", _root_trace(congruent)
        smallest /= scale**2
    variances = sum(float(np.trace(side.scatter)) / (side.n - 1) for side in (first, second))
    return Distance(
        value=_assemble(first.mean - second.mean, variances, trace / scale),
        method=method,
        rank_deficient=min(first.n, second.n) <= len(first.mean),
        smallest_eigenvalue=smallest,
    )


class FewRows:
    """Distances between rows (n, d) and (m, d), and between parts of them, without a covariance.

    For sides with no more rows than dimensions, where it is exact at any rank. A distance costs the
    singular values of an (n, m) matrix; the product of the rows is made once for all of them.
    """

    def __init__(self, first: ArrayLike, second: ArrayLike) -> None:
        offset = np.asarray(first, np.float64).mean(axis=0)
        self._sides = tuple(np.asarray(rows, np.float64) - offset for rows in (first, second))
        self._squares = tuple(np.square(rows).sum(axis=1) for rows in self._sides)
        self._product = self._sides[0] @ self._sides[1].T

    def distance(
        self, first_counts: ArrayLike | None = None, second_counts: ArrayLike | None = None
    ) -> Distance:
        """The distance where each row counts that many times, once if not given.

        Rows that count 0 times are not there. Raises `ValueError` with fewer than two on a side.
        """
        first, second = self._sides
        weights = (_weights(first, first_counts), _weights(second, second_counts))
        sizes = [round(side.sum()) for side in weights]
        if min(sizes) < 2:
            raise ValueError(f"Expected at least 2 rows on each side, found {min(sizes)}.")
        means = [side @ rows / n for side, rows, n in zip(weights, self._sides, sizes, strict=True)]
        variances = sum(
            (side @ squares - n * (mean @ mean)) / (n - 1)
            for side, squares, mean, n in zip(weights, self._squares, means, sizes, strict=True)
        )
        there = tuple(np.flatnonzero(side) for side in weights)
        product = self._product[np.ix_(*there)]
        product -= (first[there[0]] @ means[1])[:, None]
        product -= second[there[1]] @ means[0] - means[0] @ means[1]
        product *= np.sqrt(weights[0][there[0]])[:, None]
        product *= np.sqrt(weights[1][there[1]])
        trace = _nuclear_norm(product) / math.sqrt((sizes[0] - 1) * (sizes[1] - 1))
        return Distance(
            value=_assemble(means[0] - means[1], float(variances), trace),
            method="nuclear-norm",
            rank_deficient=min(sizes) <= first.shape[1],
        )


def distance_of_few(
    first: ArrayLike,
    second: ArrayLike,
    *,
    first_counts: ArrayLike | None = None,
    second_counts: ArrayLike | None = None,
) -> Distance:
    """The distance from rows (n, d) and (m, d) when one side has no more rows than dimensions."""
    return FewRows(first, second).distance(first_counts, second_counts)


def _weights(rows: ArrayLike, counts: ArrayLike | None) -> Array:
    return np.ones(len(np.asarray(rows))) if counts is None else np.asarray(counts, np.float64)


def _moments(rows: NDArray[np.floating], weights: Array) -> Moments:
    rows = rows.astype(np.float64)
    n = round(weights.sum())
    mean = weights @ rows / n
    rows -= mean
    rows *= np.sqrt(weights)[:, None]
    return Moments(n=n, mean=mean, scatter=rows.T @ rows)


def _congruent(first: Array, second: Array) -> Array | None:
    """L^T other L for the Cholesky factor L of whichever has one (lower triangle only).

    Both are symmetric, so the transposed view spares LAPACK a change of layout.
    """
    for factored, other in ((first, second), (second, first)):
        lower, failed = POTRF(factored.T, lower=1, clean=0)
        if not failed:
            return SYGST(other.T, lower, itype=2, lower=1)[0]
    return None


def _root_trace(congruent: Array) -> tuple[float, float]:
    """The smallest eigenvalue, and the sum of square roots of all; overwrites its argument."""
    with _one_thread():
        eigenvalues = scipy.linalg.eigvalsh(congruent, lower=True, overwrite_a=True)
    smallest, largest = float(eigenvalues[0]), float(eigenvalues[-1])
    assert smallest >= -NEGATIVE_EIGENVALUE * max(largest, np.finfo(float).tiny)
    return smallest, float(np.sqrt(np.clip(eigenvalues, 0, None)).sum())


def _one_thread() -> AbstractContextManager[object]:
    """One thread for LAPACK within.

    Its reduction to a tridiagonal matrix has its threads wait for each other at every column: they
    gain little on an idle machine, and lose several times over beside other work.
    """
    return _controller().limit(limits=1, user_api="blas")


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def _root(scatter: Array) -> Array:
    """R (d, r) with R R^T = scatter, without the directions that have no variance."""
    values, vectors = scipy.linalg.eigh(scatter)
    kept = values > len(values) * np.finfo(float).eps * max(values[-1], 0.0)
    return vectors[:, kept] * np.sqrt(values[kept])


def _nuclear_norm(product: Array) -> float:
    """The sum of the singular values."""
    return float(np.linalg.svd(product, compute_uv=False).sum())


def _assemble(step: Array, variances: float, trace: float) -> float:
    value = float(step @ step) + variances - 2 * trace
    assert value >= -NEGATIVE_DISTANCE * max(1.0, variances)
    return max(value, 0.0)
