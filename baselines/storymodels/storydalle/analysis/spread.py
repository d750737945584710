"""The mean of stories with its standard error: stories of one episode count as one.

As `storybench.stats.jackknife` has it, on which models may not stand: the mean without each episode
in turn, and a t interval over episodes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

FEWEST = 3
"""Of fewer clusters no spread is worth the name."""

LEVEL = 0.95


@dataclass(frozen=True)
class Spread:
    """A mean, its standard error and the ends of its 95 % interval; None of too few clusters."""

    mean: float
    standard_error: float | None
    low: float | None
    high: float | None


def spread(values: ArrayLike, clusters: Sequence[str]) -> Spread:
    """The mean of one value a story, and how far to trust it.

    >>> spread([1.0, 3.0], ["a", "b"])
    Spread(mean=2.0, standard_error=None, low=None, high=None)
    """
    numbers = np.asarray(values, np.float64)
    mean = float(numbers.mean())
    _, group = np.unique(np.asarray(clusters), return_inverse=True)
    k = int(group.max()) + 1
    if k < FEWEST:
        return Spread(mean, None, None, None)
    left = len(numbers) - np.bincount(group)
    replicates = (numbers.sum() - np.bincount(group, weights=numbers)) / left
    error = math.sqrt((k - 1) / k * np.square(replicates - replicates.mean()).sum())
    reach = float(special.stdtrit(k - 1, (1 + LEVEL) / 2)) * error
    return Spread(mean, error, mean - reach, mean + reach)
