"""What a metric is: evidence in, estimates out; the interval is put on by whoever joins the parts.

A metric says what its number would be without each cluster, or in each bootstrap draw of clusters,
and knows nothing of standard errors; `storybench.stats` makes an interval of such replicates, and
knows nothing of pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from storybench.metrics.evidence import Evidence
from storybench.stats.paired import Direction, Spread
from storybench.types import Absent

__all__ = ["Absent", "Estimate", "Metric"]


@dataclass(frozen=True)
class Estimate:
    """One number under one metric id, before its interval.

    `replicates` are the numbers whose spread gives the standard error: with `spread` "jackknife"
    the k-th is the metric without group k (K of them, none below three groups), with "bootstrap"
    the b-th is the metric of draw b of `storybench.stats.bootstrap.weights`. `n` counts scored
    frames. `settings` are JSON values, with a list of flags under "flags". The interval is cut to
    `bounds`, the range of the metric. `per_story` is the story's own value in the order of
    `Slots.stories`, NaN where it has none; None where the metric has no value of one story. A
    `design_effect` says that the number is a share, whose interval is that of
    `storybench.stats.share`, and how many frames count as one where no draw differs. Any other
    number has no interval where its replicates all agree.
    """

    metric: str
    value: float
    replicates: tuple[float, ...]
    n: int
    direction: Direction
    settings: Mapping[str, Any] = field(default_factory=dict)
    spread: Spread = "jackknife"
    bounds: tuple[float, float] | None = None
    per_story: tuple[float, ...] | None = None
    design_effect: float | None = None


class Metric(Protocol):
    """What `storybench.metrics` registers: a class without arguments."""

    def estimate(self, evidence: Evidence) -> tuple[Estimate | Absent, ...]:
        """One or more numbers from the same evidence, the headline first.

        A metric that cannot be computed here (no labels, no weights) says so by `Absent`.
        """
        ...
