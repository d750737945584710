"""How well predictions fit the stories they are claimed for, under any hypothesis.

A picture is 24 numbers: its thumbnail, 8 x 8, on the principal axes of the real frames, each axis
in its own standard deviations, for real and generated pictures apart, so that blur, contrast and
shifted colours do not matter. Under a hypothesis each generated number is explained by that of
the real frame and that of the source,

    p_c = a_c r_c + b_c s_c + e_c,

two coefficients an axis, by least squares: a copy of the source has b = 1, a good model a > 0. What
a slot gains over no explanation, in nats, is its likelihood ratio under normal errors. All
hypotheses have the same number of coefficients, so their gains can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.doctor.material import Glances, Numbers
from storybench.predictions.doctor.pictures import FLAT

AXES = 24
FIT_ON = 2_500
CLIP = 4.0
LEAST_ERROR = 3e-3
"""Share of an axis' variance that always stays unexplained: no copy is better than this."""

RIDGE = 1e-3

Array = NDArray[np.float64]
Small = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Codes:
    """Pictures as numbers: drawn (n, t, d), real (m, t + 1, d), source first."""

    drawn: Small
    real: Small
    there: NDArray[np.bool_]


def codes(drawn: Glances, real: Glances) -> Codes:
    """The codes of predictions and of the real frames of their stories; blank ones are out."""
    given = _rows(real.thumbs)
    flat = given.reshape(-1, given.shape[-1])
    some = flat[:: max(1, len(flat) // FIT_ON)]
    mean = some.mean(axis=0)
    spread = (some - mean).T @ (some - mean)
    axes = np.linalg.eigh(spread)[1][:, ::-1][:, :AXES].T
    made = (_rows(drawn.thumbs) - mean) @ axes.T
    there = drawn.there & (drawn.spread >= FLAT)
    return Codes(
        drawn=np.where(there[:, :, None], _standard(made, there), 0.0).astype(np.float32),
        real=_standard((given - mean) @ axes.T, np.ones(given.shape[:2], bool)).astype(np.float32),
        there=there,
    )


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients of the source and the real frame, and the errors left, each (d,).

    `variance` and `squared_error` are means over the slots of the fit; `error`, by which gains are
    told, is never less than a small share of the variance.
    """

    of_real: Array
    of_source: Array
    variance: Array
    squared_error: Array

    @property
    def error(self) -> Array:
        """The error that gains are told by."""
        least = LEAST_ERROR * self.variance
        return np.minimum(np.maximum(self.squared_error, least), self.variance)

    def gains(self, drawn: Small, real: Small, source: Small) -> Array:
        """Log likelihood ratio of each slot in nats, arrays (..., d) to (...)."""
        left = drawn - self.of_real * real - self.of_source * source
        ratio = drawn**2 / self.variance - left**2 / self.error
        return 0.5 * (ratio + np.log(self.variance / self.error)).sum(axis=-1)

    def mean_gain(self) -> float:
        """Mean of `gains` over the slots of the fit."""
        ratio = 1 - self.squared_error / self.error
        return 0.5 * float((ratio + np.log(self.variance / self.error)).sum())


def fit(drawn: Small, real: Small, source: Small) -> Fit:
    """Least squares for each axis apart: arrays (m, d)."""
    pp, rr, ss = (_mean_product(x, x) for x in (drawn, real, source))
    rs, pr, ps = (_mean_product(*xy) for xy in ((real, source), (drawn, real), (drawn, source)))
    determinant = (rr + RIDGE) * (ss + RIDGE) - rs**2 + RIDGE
    of_real = ((ss + RIDGE) * pr - rs * ps) / determinant
    of_source = ((rr + RIDGE) * ps - rs * pr) / determinant
    explained = 2 * of_real * pr + 2 * of_source * ps
    again = of_real**2 * rr + 2 * of_real * of_source * rs + of_source**2 * ss
    return Fit(of_real, of_source, pp + 1e-9, pp - explained + again)


def gains(codes: Codes, story: Numbers, k: Numbers, rows: Numbers) -> Array:
    """What slots gain when the picture of row i, place t shows frame k[i, t] of story[i, t].

    Args:
        codes: of the pictures.
        story: (n, t), which real story; below 0 or too large: none.
        k: (n, t), which frame of it, 0 for the source; outside 0…t: none.
        rows: which stories to look at.

    Returns:
        (len(rows), t) in nats; NaN where there is no picture or no such frame.
    """
    known, drawn, real, source = _compared(codes, story[rows], k[rows], rows)
    result = np.full(known.shape, np.nan)
    if len(drawn) >= 2 * AXES:
        result[known] = fit(drawn, real, source).gains(drawn, real, source)
    return result


def mean_gain(codes: Codes, story: Numbers, k: Numbers, rows: Numbers) -> tuple[float, float]:
    """Mean of `gains` over the slots that are known, and which share of all is.

    NaN where they are too few; several times faster than `gains`.
    """
    known, drawn, real, source = _compared(codes, story[rows], k[rows], rows)
    share = len(drawn) / known.size
    if len(drawn) < 2 * AXES:
        return float("nan"), share
    return fit(drawn, real, source).mean_gain(), share


def _compared(
    codes: Codes, story: Numbers, k: Numbers, rows: Numbers
) -> tuple[NDArray[np.bool_], Small, Small, Small]:
    """Which slots can be compared, (len(rows), t), and their drawn, real and source codes."""
    m, frames, d = codes.real.shape
    known = (story >= 0) & (story < m) & (k >= 0) & (k < frames) & codes.there[rows]
    drawn = codes.drawn[rows].reshape(-1, d)
    first, k = (story * frames).ravel(), k.ravel()
    if not known.all():
        at = np.flatnonzero(known)
        drawn, first, k = drawn[at], first[at], k[at]
    real = codes.real.reshape(-1, d)
    return known, drawn, real.take(first + k, axis=0), real.take(first, axis=0)


def _mean_product(one: Small, other: Small) -> Array:
    return (one * other).mean(axis=0, dtype=np.float32).astype(np.float64)


def _rows(thumbs: NDArray[np.uint8]) -> Array:
    """Thumbnails at half their size, flat: (n, t, 192)."""
    n, t, height, width, channels = thumbs.shape
    fields = thumbs.reshape(n, t, height // 2, 2, width // 2, 2, channels)
    return fields.mean(axis=(3, 5)).reshape(n, t, -1)


def _standard(values: Array, there: NDArray[np.bool_]) -> Array:
    """Each axis less its mean, in its standard deviations, outliers clipped."""
    known = values[there]
    if not len(known):
        return values
    return np.clip((values - known.mean(axis=0)) / (known.std(axis=0) + 1e-6), -CLIP, CLIP)
