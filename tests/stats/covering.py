"""What tests of coverage share: draws of episodes from a show, and what their intervals hold."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from storybench.evaluate import score
from storybench.metrics.evidence import Slots
from storybench.metrics.metric import Absent, Estimate
from storybench.stats.jackknife import Interval

K = 17
"""Episodes of the test split of FlintstonesSV."""

Array = NDArray[np.float64]
Found = dict[str, list[tuple[float, Interval]]]
"""Value and interval of every draw, by metric."""


def drawn(n_episodes: int, n_draws: int, *, seed: int) -> NDArray[np.int64]:
    """Which K episodes each draw has (n_draws, K), with replacement: the show is the population."""
    return np.random.default_rng(seed).integers(n_episodes, size=(n_draws, K))


def add(found: Found, estimates: Iterable[Estimate | Absent], slots: Slots) -> None:
    """Put the interval on every estimate as `storybench eval` does, under its family."""
    for one in estimates:
        if isinstance(one, Absent):
            continue
        scored = score(one, record={"flags": []}, slots=slots)
        assert scored.interval is not None
        assert scored.standard_error is not None
        interval = Interval(scored.standard_error, *scored.interval)
        found.setdefault(one.metric.partition(".")[0], []).append((one.value, interval))


def values(pairs: list[tuple[float, Interval]]) -> Array:
    """The value of every draw."""
    return np.array([value for value, _ in pairs])


def share_covered(pairs: list[tuple[float, Interval]]) -> float:
    """How many intervals hold the mean of all values."""
    expectation = values(pairs).mean()
    return float(np.mean([one.low <= expectation <= one.high for _, one in pairs]))


def claimed(pairs: list[tuple[float, Interval]]) -> float:
    """The root mean square of the standard errors over the spread of the values: 1 is right."""
    errors = np.array([interval.standard_error for _, interval in pairs])
    return float(np.sqrt(np.square(errors).mean()) / values(pairs).std(ddof=1))


def table(found: Found) -> str:
    """A line a metric: what its intervals cover, and what its standard errors claim."""
    return "".join(
        f"{name:22} {share_covered(pairs):6.1%} covered, SE / sd {claimed(pairs):.2f}, "
        f"mean {values(pairs).mean():.4f}\n"
        for name, pairs in found.items()
    )
