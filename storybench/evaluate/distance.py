"""The Fréchet distance of some evidence alone: no replicates, which cost most of its time."""

from __future__ import annotations

import dataclasses

import numpy as np

from storybench import registry
from storybench.metrics.evidence import Evidence
from storybench.metrics.metric import Estimate, Metric


def distance(evidence: Evidence) -> Estimate:
    """FID of all slots, or `fd` through another network than the published one.

    Raises:
        InputError: there are fewer than two slots.
    """
    slots = dataclasses.replace(evidence.slots, groups=np.zeros(evidence.slots.n, np.intp))
    metric: Metric = registry.load("metrics", "fid")()
    found = metric.estimate(dataclasses.replace(evidence, slots=slots))[0]
    assert isinstance(found, Estimate)
    return found
