"""What every distance between features writes down about its evidence, and whether it can be had.

Sizes, extractor and pixel path fix the number as much as the formula does, so they are part of the
record of each score.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.flags import Flag
from storybench.metrics.evidence import Evidence
from storybench.metrics.features import FeatureTable

FEWEST_GROUPS = 3
"""Groups below which nothing is left out: no spread worth the name."""


def record(evidence: Evidence) -> dict[str, Any]:
    """Sizes of both sides, and the extractor in words; JSON values."""
    return {
        "n_gen": evidence.slots.n,
        "n_ref": evidence.slots.n,
        "n_unique_gen_frames": evidence.features("generated").n_unique,
        "n_unique_ref_frames": evidence.features("reference").n_unique,
        "extractor": evidence.extractor.describe(),
        "preprocess": evidence.extractor.pixels.describe(),
    }


def flags(evidence: Evidence) -> list[Flag]:
    """`not_comparable` where the weights are not the published ones."""
    return [] if evidence.extractor.is_published else ["not_comparable"]


def groups_left_out(evidence: Evidence) -> range:
    """The groups that a jackknife leaves out in turn: all of them, none below three."""
    n_groups = evidence.slots.n_groups
    return range(n_groups if n_groups >= FEWEST_GROUPS else 0)


def counts_by_group(table: FeatureTable, groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """How many slots of each group show each distinct picture, (u, k)."""
    counts = np.zeros((table.n_unique, int(groups.max()) + 1), np.intp)
    np.add.at(counts, (table.slots, groups), 1)
    return counts


def require(evidence: Evidence) -> None:
    """Refuse evidence that no distance can be had from.

    Raises:
        InputError: there are fewer than two slots, or a feature is not a finite number.
    """
    if evidence.slots.n < 2:
        raise InputError(f"Expected at least 2 frames to score, found {evidence.slots.n}.")
    for side in ("generated", "reference"):
        if not np.isfinite(evidence.features(side).rows.sum(dtype=np.float64)):
            raise InputError(
                f"Expected finite features of the {side} frames, found some that are not, from "
                f"the extractor {evidence.extractor.arch}. Are its weights damaged?"
            )
