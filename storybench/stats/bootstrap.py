"""Cluster bootstrap: whole episodes are drawn again, so overlapping stories stay together.

For means and ratios (F1, accuracy, CLIP), whose value of a draw follows from the draw's counts of
each cluster. A Fréchet distance of a draw is biased by the pictures that it repeats: those have the
jackknife. The interval is a t interval on the spread of the draws, which covers what it says with
17 to 31 clusters where the percentile interval is too narrow; that one stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from storybench.stats.jackknife import FEWEST_GROUPS, LEVEL, Interval

DRAWS = 2_000
SEED = 0
ROUNDING = 1e-12
"""By how much numbers of the order of 1 may differ that are equal but summed in another order."""


def weights(n_groups: int, draws: int = DRAWS, *, seed: int = SEED) -> NDArray[np.int64]:
    """How often each of K groups is drawn in each of B draws of K groups with replacement, (B, K).

    Multiply it with sums per group (K, …) to have the sums of each draw.

    >>> drawn = weights(5, 100)
    >>> drawn.shape, set(drawn.sum(axis=1).tolist())
    ((100, 5), {5})
    """
    chosen = np.random.default_rng(seed).integers(n_groups, size=(draws, n_groups))
    offset = np.arange(draws)[:, None] * n_groups
    counts = np.bincount((chosen + offset).ravel(), minlength=draws * n_groups)
    return counts.reshape(draws, n_groups).astype(np.int64)


def interval(
    value: float,
    replicates: Sequence[float],
    *,
    n_groups: int,
    bounds: tuple[float, float] | None = None,
) -> Interval | None:
    """The 95 % interval around `value` from the values of the draws.

    `SE = sd * sqrt(K / (K - 1))`, since a draw of K from K spreads less than K new clusters would,
    and `value ± t(K - 1) * SE`, cut to `bounds`. Draws in which the metric has no value are NaN and
    left out. None where K < 3 or fewer than two draws have a value.
    """
    drawn = _with_value(replicates)
    if n_groups < FEWEST_GROUPS or len(drawn) < 2:
        return None
    error = float(np.std(drawn, ddof=1)) * math.sqrt(n_groups / (n_groups - 1))
    reach = float(special.stdtrit(n_groups - 1, (1 + LEVEL) / 2)) * error
    return clipped(Interval(standard_error=error, low=value - reach, high=value + reach), bounds)


def percentile(replicates: Sequence[float]) -> tuple[float, float] | None:
    """The middle 95 % of the draws; None where fewer than two have a value.

    >>> low, high = percentile(range(101))
    >>> round(low, 9), round(high, 9)
    (2.5, 97.5)
    """
    drawn = _with_value(replicates)
    if len(drawn) < 2:
        return None
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def agree(replicates: ArrayLike) -> bool:
    """Whether all replicates with a value have the same, up to rounding: they tell of no spread.

    >>> agree([1.0, float("nan"), 1.0]), agree([0.0, 0.1]), agree([])
    (True, False, False)
    """
    values = _with_value(replicates)
    if not len(values):
        return False
    return bool(np.ptp(values) <= ROUNDING * max(1.0, np.abs(values).max()))


def clipped(found: Interval, bounds: tuple[float, float] | None) -> Interval:
    """The interval within the range of its metric, as it is where there is none.

    >>> clipped(Interval(0.1, -0.05, 0.35), (0, 1))
    Interval(standard_error=0.1, low=0, high=0.35)
    """
    if bounds is None:
        return found
    low, high = bounds
    return Interval(found.standard_error, low=max(found.low, low), high=min(found.high, high))


def _with_value(replicates: ArrayLike) -> NDArray[np.float64]:
    drawn = np.asarray(replicates, np.float64)
    return drawn[~np.isnan(drawn)]
