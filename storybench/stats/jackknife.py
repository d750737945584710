"""Delete-one-cluster jackknife: standard errors and t intervals that know stories overlap.

Stories of one episode share frames, so an interval over stories is about five times too narrow for
a Fréchet distance, and percentile intervals of one cover nothing. What covers is: recompute the
number without each episode (removed from the generated *and* the reference side), and put a t
interval on the spread. Efron and Stein (1981) for the estimator.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

MOST_CLUSTERS = 50
DEALT_GROUPS = 25
FEWEST_GROUPS = 3
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A standard error, and the 95 % interval it gives around the estimate."""

    standard_error: float
    low: float
    high: float


def deal(clusters: Sequence[str]) -> NDArray[np.intp]:
    """The group, 0, 1, 2…, that each entry is deleted with.

    Up to 50 clusters each is its own group, numbered in sorted order. More are sorted by the
    SHA-256 of their name and dealt in turn into 25 groups.

    >>> deal(["b", "a", "b"]).tolist()
    [1, 0, 1]
    """
    names = sorted(set(clusters))
    if len(names) > MOST_CLUSTERS:
        names.sort(key=lambda name: hashlib.sha256(name.encode()).digest())
        group = {name: rank % DEALT_GROUPS for rank, name in enumerate(names)}
    else:
        group = {name: rank for rank, name in enumerate(names)}
    return np.array([group[name] for name in clusters], dtype=np.intp)


def interval(value: float, replicates: Sequence[float]) -> Interval | None:
    """The interval around `value` from its K replicates, the k-th without group k.

    `SE^2 = (K - 1) / K * sum_k (replicate_k - mean)^2`, and `value ± t(K - 1) * SE`; the value
    itself is not corrected. None where K < 3: no spread worth the name.
    """
    k = len(replicates)
    if k < FEWEST_GROUPS:
        return None
    spread = np.square(np.asarray(replicates) - np.mean(replicates)).sum()
    error = math.sqrt((k - 1) / k * spread)
    reach = float(special.stdtrit(k - 1, (1 + LEVEL) / 2)) * error
    return Interval(standard_error=error, low=value - reach, high=value + reach)
