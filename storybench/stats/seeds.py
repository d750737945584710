"""A number measured once with each of a few seeds: how sure is its mean?

Two things would come out otherwise another time: which episodes were tested, and how the trainings
went. The first is what a jackknife or bootstrap over episodes says of the mean, the second the
spread of the seeds. Their variances add up; the interval is a t interval with the degrees of
freedom of Satterthwaite (1946), An approximate distribution of estimates of variance components.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from storybench.stats.jackknife import LEVEL, Interval


def interval(values: Sequence[float], error: float | None, *, n_groups: int) -> Interval | None:
    """The 95 % interval around the mean of `values`, one a seed.

    Args:
        values: of the same episodes, one a seed.
        error: standard error of their mean where other episodes are drawn and the trainings stay;
            None where it is not known.
        n_groups: how many groups of episodes it comes from.

    Returns:
        None where `error` is not known or there is one seed alone: nothing tells how it varies.

    >>> found = interval([1.0, 2.0, 3.0], 0.0, n_groups=9)
    >>> round(found.standard_error, 4), round(found.low, 2), round(found.high, 2)
    (0.5774, -0.48, 4.48)
    """
    n = len(values)
    if error is None or n < 2:
        return None
    mean = float(np.mean(values))
    of_seeds, of_episodes = float(np.var(values, ddof=1)) / n, error**2
    whole = of_seeds + of_episodes
    if whole == 0:
        return Interval(0.0, mean, mean)
    freedom = whole**2 / (of_seeds**2 / (n - 1) + of_episodes**2 / (n_groups - 1))
    reach = float(special.stdtrit(freedom, (1 + LEVEL) / 2)) * math.sqrt(whole)
    return Interval(math.sqrt(whole), mean - reach, mean + reach)
