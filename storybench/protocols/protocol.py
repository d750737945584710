"""A protocol as data: which frames, against which reference, through which pixels and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Protocol:
    """A named, versioned way to score; never edited after release, a change gets a new name.

    `frames` says which frames of a story are slots, `reference` which real frame belongs to a slot
    ("as-built": the one that the build of the data chose), `counting` how often a real frame counts
    that is in several stories. `extractor` and `pixels` are those of the published numbers; another
    extractor changes the metric ids. `metrics` are names under `storybench.metrics`, `metric_ids`
    what they give in that order, as far as there are enough clusters.
    """

    name: str
    summary: str
    frames: Literal["targets"]
    reference: Literal["as-built"]
    counting: Literal["per-slot"]
    extractor: str
    pixels: str
    metrics: tuple[str, ...]
    metric_ids: tuple[str, ...]
