"""The interval of a share that may be near 0 or 1, such as a rate of copies.

`value ± t * SE` is lopsided there: shares that came out low have small errors, so the intervals
that miss lie too low, and one that came out as 0 has the interval 0 to 0, as if it were known that
nothing ever happens. The score interval of Wilson (1927), Probable inference, the law of
succession, and statistical inference, holds every share that the seen one is not too far from. The
things counted come in clusters, so they count for fewer: for as many independent ones as have the
standard error that was found (Kish, 1965, Survey Sampling).
"""

from __future__ import annotations

import math

from scipy import special

from storybench.stats.jackknife import LEVEL, Interval


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
