"""The Fréchet distance between two Gaussians fitted to features, exact and in float64.

    FD = |mu1 - mu2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2)

No matrix square root is computed. The last trace is the sum of square roots of the eigenvalues of
S1 S2, which are those of the symmetric A^T S2 A for any A A^T = S1; with a Cholesky factor for A it
costs one twenty-fourth of `scipy.linalg.sqrtm` at d = 2048. With fewer rows than dimensions neither
covariance has a Cholesky factor, and the trace is the nuclear norm of the product of the centred
rows, which needs no covariance at all.

Statistics are (n, mean, scatter) with the scatter taken about the mean, so nothing cancels; they
merge and un-merge by the formulas of Chan, Golub and LeVeque (1983). Equal rows may be given once
with a count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Method = Literal["nuclear-norm", "cholesky-eigvalsh", "eigh-svdvals"]

POTRF, SYGST = scipy.linalg.get_lapack_funcs(("potrf", "sygst"), dtype=np.float64)
NEGATIVE_EIGENVALUE = 1e-8
NEGATIVE_DISTANCE = 1e-6


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
    rows, weights = _rows_and_counts(rows, counts)
    n = int(weights.sum())
    mean = weights @ rows / n
    centred = _centred(rows, weights, mean)
    return Moments(n=n, mean=mean, scatter=centred.T @ centred)


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
    covariances = (first.covariance, second.covariance)
    congruent = _congruent(*covariances)
    if congruent is None:
        method, smallest, trace = "eigh-svdvals", None, _nuclear_norm(*map(_root, covariances))
    else:
        method, (smallest, trace) = "cholesky-eigvalsh", _root_trace(congruent)
    variances = float(sum(np.trace(covariance) for covariance in covariances))
    return Distance(
        value=_assemble(first.mean - second.mean, variances, trace),
        method=method,
        rank_deficient=min(first.n, second.n) <= len(first.mean),
        smallest_eigenvalue=smallest,
    )


def distance_of_few(
    first: ArrayLike,
    second: ArrayLike,
    *,
    first_counts: ArrayLike | None = None,
    second_counts: ArrayLike | None = None,
) -> Distance:
    """The distance from rows (n, d) and (m, d) when one side has no more rows than dimensions.

    Exact at any rank; costs a singular value decomposition of an (n, m) matrix.
    """
    sides = (_rows_and_counts(first, first_counts), _rows_and_counts(second, second_counts))
    sizes = [int(weights.sum()) for _, weights in sides]
    means = [weights @ rows / weights.sum() for rows, weights in sides]
    centred = [
        _centred(rows, weights, mean) / np.sqrt(n - 1)
        for (rows, weights), mean, n in zip(sides, means, sizes, strict=True)
    ]
    trace = _nuclear_norm(centred[0].T, centred[1].T)
    variances = float(sum(np.square(rows).sum() for rows in centred))
    return Distance(
        value=_assemble(means[0] - means[1], variances, trace),
        method="nuclear-norm",
        rank_deficient=min(sizes) <= len(means[0]),
    )


def _rows_and_counts(rows: ArrayLike, counts: ArrayLike | None) -> tuple[Array, Array]:
    rows = np.asarray(rows, np.float64)
    weights = np.ones(len(rows)) if counts is None else np.asarray(counts, np.float64)
    return rows, weights


def _centred(rows: Array, weights: Array, mean: Array) -> Array:
    return (rows - mean) * np.sqrt(weights)[:, None]


def _congruent(first: Array, second: Array) -> Array | None:
    """L^T other L for the Cholesky factor L of whichever has one (lower triangle only)."""
    for factored, other in ((first, second), (second, first)):
        lower, failed = POTRF(factored, lower=1, clean=1)
        if not failed:
            return SYGST(other, lower, itype=2, lower=1)[0]
    return None


def _root_trace(congruent: Array) -> tuple[float, float]:
    """The smallest eigenvalue, and the sum of square roots of all."""
    eigenvalues = scipy.linalg.eigvalsh(congruent, lower=True)
    smallest, largest = float(eigenvalues[0]), float(eigenvalues[-1])
    assert smallest >= -NEGATIVE_EIGENVALUE * max(largest, np.finfo(float).tiny)
    return smallest, float(np.sqrt(np.clip(eigenvalues, 0, None)).sum())


def _root(covariance: Array) -> Array:
    """R (d, r) with R R^T = covariance, without the directions that have no variance."""
    values, vectors = scipy.linalg.eigh(covariance)
    kept = values > len(values) * np.finfo(float).eps * max(values[-1], 0.0)
    return vectors[:, kept] * np.sqrt(values[kept])


def _nuclear_norm(first: Array, second: Array) -> float:
    """Trace of (S1 S2)^(1/2) for S1 = first first^T and S2 = second second^T, both (d, any)."""
    product = first.T @ second
    return float(np.linalg.svd(product, compute_uv=False).sum())


def _assemble(step: Array, variances: float, trace: float) -> float:
    value = float(step @ step) + variances - 2 * trace
    assert value >= -NEGATIVE_DISTANCE * max(1.0, variances)
    return max(value, 0.0)
