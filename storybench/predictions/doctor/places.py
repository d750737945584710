"""Which slots to show for a finding: the first few, spread over the set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.doctor.material import Material
from storybench.predictions.problem import Slot

SHOWN = 6


def slots(material: Material, where: NDArray[np.bool_]) -> tuple[Slot, ...]:
    """At most six slots where it is true, (n, t), of different stories."""
    stories = np.flatnonzero(where.any(axis=1))
    chosen = stories[
        np.unique(np.linspace(0, len(stories) - 1, min(SHOWN, len(stories))).astype(int))
    ]
    return tuple((material.ids[i], int(where[i].argmax()) + 1) for i in chosen)
