"""What a metric is: evidence in, estimates out; the interval is put on by whoever joins the parts.

A metric says what its number would be without each cluster, and knows nothing of standard errors;
`storybench.stats` makes an interval of such replicates, and knows nothing of pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from storybench.metrics.extractor import Extractor
from storybench.metrics.features import FeatureTable


@dataclass(frozen=True, eq=False)
class Evidence:
    """Features of the generated and the real frame of every slot, in the same order.

    `groups` (n,) numbers the clusters 0, 1, 2…: slots of one group are left out together. `frames`
    is the part of the metric id that says which frames the slots are ("targets").
    """

    generated: FeatureTable
    reference: FeatureTable
    groups: NDArray[np.intp]
    extractor: Extractor
    frames: str

    @property
    def n(self) -> int:
        """Slots on each side."""
        return len(self.groups)

    @property
    def n_groups(self) -> int:
        """Clusters, or groups that clusters were dealt into."""
        return int(self.groups.max(initial=-1)) + 1


@dataclass(frozen=True)
class Estimate:
    """One number under one metric id, before its interval.

    `replicates[k]` is the number whose spread over the groups k gives the standard error: the
    metric without group k. Empty with fewer than three groups. `settings` are JSON values.
    """

    metric: str
    value: float
    replicates: tuple[float, ...]
    n: int
    direction: Literal["lower", "higher"]
    settings: Mapping[str, Any] = field(default_factory=dict)


class Metric(Protocol):
    """What `storybench.metrics` registers: a class without arguments."""

    def estimate(self, evidence: Evidence) -> tuple[Estimate, ...]:
        """One or more numbers from the same evidence, the headline first."""
        ...
