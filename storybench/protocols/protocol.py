"""A protocol as data: which frames, against which reference, through which pixels and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Protocol:
    """A named, versioned way to score; never edited after release, a change gets a new name.

    `frames` says which frames of a story are slots, `reference` which frame of a slot's clip is the
    real one, `counting` how often a real frame counts that is in several stories. `extractor` and
    `pixels` are those of the published numbers; another extractor changes the metric ids. `metrics`
    are names under `storybench.metrics`, `metric_ids` what they give.
    """

    name: str
    summary: str
    frames: Literal["targets"]
    reference: Literal["middle"]
    counting: Literal["per-slot"]
    extractor: str
    pixels: str
    metrics: tuple[str, ...]
    metric_ids: tuple[str, ...]


def middle(n_frames: int) -> int:
    """Index of the reference frame under the rule "middle", in a clip of n frames.

    >>> [middle(n) for n in (1, 2, 5, 7)]
    [0, 1, 2, 3]
    """
    return n_frames // 2
