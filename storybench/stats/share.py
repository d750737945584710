"""The interval of a share that may be near 0 or 1, such as a rate of copies or an accuracy.

`value ± t * SE` is lopsided there: shares that came out low have small errors, so the intervals
that miss lie too low, and one that came out as 0 has the interval 0 to 0, as if it were known that
nothing ever happens. The score interval of Wilson (1927), Probable inference, the law of
succession, and statistical inference, holds every share that the seen one is not too far from. The
things counted come in clusters, so they count for fewer: for as many independent ones as have the
standard error that was found (Kish, 1965, Survey Sampling).

A ratio such as F1 is no share of things that were counted, so it has no such interval. Where all of
its draws agree, as at 0 or 1, it has none at all (`of_draws`).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from storybench.stats import bootstrap
from storybench.stats.jackknife import LEVEL, Interval


def of_draws(
    value: float,
    draws: ArrayLike,
    *,
    n: int,
    n_groups: int,
    bounds: tuple[float, float] | None = (0.0, 1.0),
    design_effect: float | None = None,
) -> Interval | None:
    """The 95 % interval of a number from its values in bootstrap draws of K clusters.

    A share of n things, which a `design_effect` is given for, has the score interval. Any other
    number has `value ± t SE`, cut to `bounds`, and none where all draws agree: what is the same in
    every cluster is not therefore certain. None where K < 3.

    >>> of_draws(1.0, [1.0, 1.0], n=60, n_groups=4) is None
    True
    >>> found = of_draws(1.0, [1.0, 1.0], n=60, n_groups=4, design_effect=math.inf)
    >>> round(found.low, 3), found.high
    (0.283, 1.0)
    """
    found = bootstrap.interval(value, np.asarray(draws).tolist(), n_groups=n_groups, bounds=bounds)
    if found is None:
        return None
    no_spread = bootstrap.agree(draws)
    if design_effect is None:
        return None if no_spread else found
    error = 0.0 if no_spread else found.standard_error
    return interval(value, error, n=n, n_groups=n_groups, design_effect=design_effect)


def interval(
    value: float, error: float, *, n: int, n_groups: int, design_effect: float
) -> Interval:
    """The 95 % score interval of a share of n things in K clusters.

    Args:
        value: the share, 0 to 1.
        error: its standard error over clusters.
        n: how many things were counted.
        n_groups: K, for t with K - 1 degrees in place of the normal quantile.
        design_effect: how many things count as one, a cluster at most, where the share is 0 or 1
            or its error 0, so that they cannot tell.

    >>> found = interval(0.0, 0.0, n=1000, n_groups=17, design_effect=10.0)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0, 0.043)
    """
    variance = value * (1 - value)
    if variance and error:
        n_alone = variance / error**2
    else:
        n_alone = max(n_groups, n / max(1.0, design_effect))
    squared = float(special.stdtrit(n_groups - 1, (1 + LEVEL) / 2)) ** 2 / min(n, n_alone)
    middle = (value + squared / 2) / (1 + squared)
    reach = math.sqrt(squared * (variance + squared / 4)) / (1 + squared)
    return Interval(error, low=max(middle - reach, 0.0), high=min(middle + reach, 1.0))


def design_effect(value: float, error: float, *, n: int) -> float:
    """How many of n things in clusters count as one for a share with that standard error.

    At least 1; infinite where the share is 0 or 1, or has no error, and so does not tell.

    >>> round(design_effect(0.2, 0.04, n=400), 6)
    4.0
    """
    variance = value * (1 - value) / n
    return max(1.0, error**2 / variance) if variance and error else math.inf


def design_effect_of(value: float, draws: ArrayLike, *, n: int, n_groups: int) -> float:
    """The same for a share whose error is the spread of its bootstrap draws of K clusters.

    >>> design_effect_of(1.0, [1.0, 1.0], n=60, n_groups=4)
    inf
    """
    found = bootstrap.interval(value, np.asarray(draws).tolist(), n_groups=n_groups)
    is_known = found is not None and not bootstrap.agree(draws)
    return design_effect(value, found.standard_error if found and is_known else 0.0, n=n)
