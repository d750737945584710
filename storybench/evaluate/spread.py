"""How much a score moves with the seed that draws the real frames."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from storybench.evaluate.distance import distance
from storybench.evaluate.match import Match
from storybench.evaluate.references import picks
from storybench.metrics.evidence import Evidence
from storybench.shards.clips import Clips

SEEDS = (0, 1, 2, 3, 4)


def reference_seeds(match: Match, evidence: Evidence, clips: Clips) -> dict[str, Any]:
    """The Fréchet distance with the real frames of each seed, and its standard deviation.

    JSON values: {"metric": id, "values": {"0": …}, "sd": …}. The generated side is computed once.
    """
    found = [
        distance(
            evidence.with_pictures(
                dataclasses.replace(
                    match, picks=picks(match.plan, clips, "random", seed), on_progress=None
                )
            )
        )
        for seed in SEEDS
    ]
    values = [each.value for each in found]
    return {
        "metric": found[0].metric,
        "values": {str(seed): value for seed, value in zip(SEEDS, values, strict=True)},
        "sd": float(np.std(values, ddof=1)),
    }
