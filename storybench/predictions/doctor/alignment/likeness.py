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


@dataclass(frozen=True, eq=False)
class Codes:
    """Pictures as numbers: drawn (n, t, d), real (m, t + 1, d), source first."""

    drawn: Array
    real: Array
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
        drawn=np.where(there[:, :, None], _standard(made, there), 0.0),
        real=_standard((given - mean) @ axes.T, np.ones(given.shape[:2], bool)),
        there=there,
    )


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients of the source and the real frame, and the errors left, each (d,)."""

    of_real: Array
    of_source: Array
    variance: Array
    error: Array

    def gains(self, drawn: Array, real: Array, source: Array) -> Array:
        """Log likelihood ratio of each slot in nats, arrays (..., d) to (...)."""
        left = drawn - self.of_real * real - self.of_source * source
        ratio = drawn**2 / self.variance - left**2 / self.error
        return 0.5 * (ratio + np.log(self.variance / self.error)).sum(axis=-1)


def fit(drawn: Array, real: Array, source: Array) -> Fit:
    """Least squares for each axis apart: arrays (m, d)."""
    rr, ss = (real**2).mean(axis=0) + RIDGE, (source**2).mean(axis=0) + RIDGE
    rs, pr, ps = ((x * y).mean(axis=0) for x, y in ((real, source), (drawn, real), (drawn, source)))
    determinant = rr * ss - rs**2 + RIDGE
    of_real, of_source = (ss * pr - rs * ps) / determinant, (rr * ps - rs * pr) / determinant
    left = drawn - of_real * real - of_source * source
    variance = (drawn**2).mean(axis=0) + 1e-9
    error = np.maximum((left**2).mean(axis=0), LEAST_ERROR * variance)
    return Fit(of_real, of_source, variance, np.minimum(error, variance))


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
    story, k = story[rows], k[rows]
    m, frames = codes.real.shape[:2]
    known = (story >= 0) & (story < m) & (k >= 0) & (k < frames) & codes.there[rows]
    result = np.full(known.shape, np.nan)
    if known.sum() < 2 * AXES:
        return result
    drawn = codes.drawn[rows][known]
    real, source = codes.real[story[known], k[known]], codes.real[story[known], 0]
    result[known] = fit(drawn, real, source).gains(drawn, real, source)
    return result


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
