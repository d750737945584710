"""Two systems on the same stories: intervals and tests of a difference, ties told as ties.

What both systems share (episodes, reference pictures) leaves the difference when the same episodes
are deleted, or drawn, for both. So a Fréchet distance's difference has the jackknife of the
replicates' differences, with shared deletions; a ratio's has the bootstrap of the draws'
differences, with shared draws. Values per story also have a sign-flip test in which all stories of
an episode change sides together. Many metrics looked at together are held to one error rate by
Holm (1979). Good (2005), Permutation, Parametric and Bootstrap Tests of Hypotheses, for the flips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from storybench.stats import bootstrap, jackknife
from storybench.stats.jackknife import Interval

MOST_EXACT = 17
"""Clusters up to which every one of the 2^K flips is looked at."""

FLIPS = 10_000
SEED = 0
AT_ONCE = 4_096
ROUNDING = 1e-12
"""Share of the observed statistic by which another may fall short and still count as reaching it:
sums of the same values in another order differ in their last digits."""

Direction = Literal["lower", "higher"]
Spread = Literal["jackknife", "bootstrap"]
"""Whether replicates leave groups out in turn or are draws of them."""


@dataclass(frozen=True)
class Flips:
    """A sign-flip test: its p-value, how many flips were looked at, and whether that is all."""

    p: float
    n_flips: int
    is_exact: bool


@dataclass(frozen=True)
class Wins:
    """On how many stories each system is better, and on how many neither is."""

    first: int
    second: int
    ties: int

    @property
    def n(self) -> int:
        """Stories on which both have a value."""
        return self.first + self.second + self.ties


def interval(
    difference: float, first: ArrayLike, second: ArrayLike, *, spread: Spread, n_groups: int
) -> Interval | None:
    """The interval of `first - second` from replicates that left out, or drew, the same groups.

    None where K < 3.
    """
    if spread == "bootstrap":
        return bootstrapped(difference, first, second, n_groups=n_groups)
    return jackknifed(difference, first, second)


def jackknifed(difference: float, first: ArrayLike, second: ArrayLike) -> Interval | None:
    """The interval of `first - second` from replicates (K,) that left the same groups out.

    None where K < 3.

    >>> jackknifed(1.0, [3.0, 4.0, 5.0], [2.0, 3.0, 4.0])
    Interval(standard_error=0.0, low=1.0, high=1.0)
    """
    return jackknife.interval(difference, _differences(first, second).tolist())


def bootstrapped(
    difference: float, first: ArrayLike, second: ArrayLike, *, n_groups: int
) -> Interval | None:
    """The interval of `first - second` from the values (B,) of the same draws of K groups.

    Draws in which either has no value (NaN) are left out. None where K < 3.
    """
    return bootstrap.interval(difference, _differences(first, second).tolist(), n_groups=n_groups)


def t_test(difference: float, standard_error: float, *, n_groups: int) -> float:
    """The two-sided p-value of a difference over its standard error, t with K - 1 degrees.

    It is below 0.05 where the 95 % interval of the same numbers excludes zero. A difference of zero
    without any spread is none: p = 1.

    >>> round(t_test(2.12, 1.0, n_groups=17), 3), t_test(0.0, 0.0, n_groups=17)
    (0.05, 1.0)
    """
    if standard_error == 0:
        return 1.0 if difference == 0 else 0.0
    return float(2 * special.stdtr(n_groups - 1, -abs(difference) / standard_error))


def sign_flip(
    differences: ArrayLike,
    clusters: Sequence[str],
    *,
    n_flips: int = FLIPS,
    seed: int = SEED,
) -> Flips | None:
    """Test whether the mean of per-story differences is zero, all stories of a cluster as one.

    If the systems are alike, each cluster's sum could as well have the other sign. With at most 17
    clusters every choice of signs is counted, else `n_flips` drawn ones and the observed. Stories
    without a value (NaN) are left out; None where none is left.

    >>> sign_flip([1.0, 1.0, 1.0], ["a", "b", "c"])
    Flips(p=0.25, n_flips=8, is_exact=True)
    """
    values = np.asarray(differences, np.float64)
    has_value = ~np.isnan(values)
    if not has_value.any():
        return None
    _, group = np.unique(np.asarray(clusters, object)[has_value].astype(str), return_inverse=True)
    sums = np.bincount(group, weights=values[has_value]).astype(np.float64)
    reach = abs(sums.sum()) - ROUNDING * np.abs(sums).sum()
    k = len(sums)
    if k <= MOST_EXACT:
        return Flips(_n_reaching(sums, reach, _every(k)) / 2**k, n_flips=2**k, is_exact=True)
    drawn = np.random.default_rng(seed).integers(2, size=(n_flips, k), dtype=np.int8)
    n_as_far = _n_reaching(sums, reach, drawn)
    return Flips((1 + n_as_far) / (1 + n_flips), n_flips=n_flips, is_exact=False)


def wins(first: ArrayLike, second: ArrayLike, direction: Direction) -> Wins:
    """Story by story, who is better; stories where either has no value (NaN) are not counted.

    >>> wins([1.0, 2.0, 3.0], [2.0, 2.0, 5.0], "lower")
    Wins(first=2, second=0, ties=1)
    """
    ahead = _differences(first, second) * (1 if direction == "higher" else -1)
    return Wins(
        first=int((ahead > 0).sum()), second=int((ahead < 0).sum()), ties=int((ahead == 0).sum())
    )


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's p-values, adjusted for all that are given: in the order of the given ones.

    >>> holm([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)
    """
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = highest
    return tuple(adjusted)


def _differences(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(first, np.float64) - np.asarray(second, np.float64)


def _every(k: int) -> NDArray[np.int8]:
    """Every choice of k signs as bits, (2^k, k)."""
    return (np.arange(2**k)[:, None] >> np.arange(k) & 1).astype(np.int8)


def _n_reaching(sums: NDArray[np.float64], reach: float, bits: NDArray[np.int8]) -> int:
    """How many choices of signs give a total at least as far from zero as the observed one."""
    n = 0
    for at in range(0, len(bits), AT_ONCE):
        totals = (1.0 - 2.0 * bits[at : at + AT_ONCE]) @ sums
        n += int((np.abs(totals) >= reach).sum())
    return n
