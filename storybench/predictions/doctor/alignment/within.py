"""Stories whose frames are in another order, among others that are right.

What the real frames explain beyond the source says, for every story, how well each order of its
frames fits. A model errs a little everywhere; where frames were mixed up, some stories prefer
another order by as much as the others prefer their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.doctor.alignment.likeness import codes, fit
from storybench.predictions.doctor.material import Material

MOST_FRAMES = 6
LEAST_NATS = 0.5
HALF = 0.5
MOVED_SHARE = 0.05
FEWEST = 5


@dataclass(frozen=True, eq=False)
class Moved:
    """Which stories prefer another order of their frames, and by how much others prefer theirs."""

    stories: NDArray[np.bool_]
    nats: float

    @property
    def share(self) -> float:
        """Of all stories."""
        return float(self.stories.mean())


def moved(material: Material) -> Moved | None:
    """The stories whose frames are mixed up; None where there are few, or frames say too little.

    The set must be aligned as a whole.
    """
    t = material.t
    numbers = codes(material.drawn, material.real)
    whole = numbers.there.all(axis=1)
    if not 2 <= t <= MOST_FRAMES or whole.sum() < FEWEST:
        return None
    drawn, real = numbers.drawn[whole], numbers.real[whole, 1:]
    source = np.broadcast_to(numbers.real[whole, :1], drawn.shape)
    flat = [part.reshape(-1, part.shape[-1]) for part in (drawn, real, source)]
    fitted = fit(*flat)
    left = (drawn - fitted.of_source * source) * (fitted.of_real / fitted.error)
    agree = np.einsum("itd,iud->itu", left, real)
    orders = np.array(list(permutations(range(t))))
    nats = agree[:, np.arange(t), orders].sum(axis=-1)  # (stories, orders), the claimed one first
    above = nats.max(axis=1) - nats.mean(axis=1)
    lost = nats.max(axis=1) - nats[:, 0]
    won = lost <= 1e-9
    if not won.any() or (usual := float(np.median(above[won]))) < LEAST_NATS:
        return None
    stories = np.zeros(material.n, bool)
    stories[whole] = lost > HALF * usual
    if stories.sum() < max(FEWEST, MOVED_SHARE * material.n):
        return None
    return Moved(stories, usual)
