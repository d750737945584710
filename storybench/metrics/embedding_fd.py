"""CLIP-FD and DINO-FD: the Fréchet distance through networks that see more than Inception does.

Kynkäänniemi et al. (2023) show that FID follows ImageNet classes; the same distance between CLIP or
DINO embeddings does not. Statistics, weights of repeated frames and replicates are those of FID;
only the network is another, and the metric id names it and its weights. Without weights the metric
is absent, with what to do.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from storybench import registry
from storybench.errors import MissingError
from storybench.metrics.evidence import Evidence
from storybench.metrics.extractor import Extractor
from storybench.metrics.fid import FID
from storybench.metrics.metric import Absent, Estimate

Load = Callable[[Path | None], Extractor]


class ClipFD:
    """The Fréchet distance between CLIP's image embeddings."""

    def estimate(self, evidence: Evidence) -> tuple[Estimate | Absent, ...]:
        """The distance and its extrapolation; absent without CLIP's weights.

        Raises:
            MissingError: the weights that the user named are not there.
            InputError: a weights file of something else, or too few slots.
        """
        return through("clip", evidence, evidence.options.clip)


class DinoFD:
    """The Fréchet distance between DINO's class tokens."""

    def estimate(self, evidence: Evidence) -> tuple[Estimate | Absent, ...]:
        """The distance and its extrapolation; absent without DINO's weights.

        Raises:
            MissingError: the weights that the user named are not there.
            InputError: a weights file of something else, or too few slots.
        """
        return through("dino", evidence, evidence.options.dino)


def through(name: str, evidence: Evidence, weights: Path | None) -> tuple[Estimate | Absent, ...]:
    """FID's numbers through the extractor of that name, on its own pixel path."""
    load: Load = registry.load("extractors", name)
    try:
        extractor = load(weights)
    except MissingError as error:
        if weights is not None:
            raise
        return (Absent(f"fd.{name}", str(error)),)
    return FID().estimate(dataclasses.replace(evidence, extractor=extractor, paths={}))
