"""Stories whose frames are in another order, among others that are right.

What the real frames explain beyond the source says, for every story, how well each order of its
frames fits. A model errs everywhere, and where it errs, some other order fits a little better. So
only stories that prefer one order strongly are asked: the surer they are, the rarer is an honest
error, while of frames that were mixed up the surest stories tell as often as others.
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
MOVED_SHARE = 0.08
FEWEST = 5
SURE, SURER = 0.5, 0.75
"""Quantiles, among stories that prefer the claimed order, of how strongly they do."""

FEWEST_SURER = 2


@dataclass(frozen=True, eq=False)
class Moved:
    """Stories that strongly prefer another order of their frames.

    Attributes:
        stories: which, (n,).
        share: of the stories that strongly prefer any order.
        nats: how strongly those that are right prefer theirs, median.
    """

    stories: NDArray[np.bool_]
    share: float
    nats: float


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
    prefers_other = lost > HALF * above
    for level, fewest in ((SURE, FEWEST), (SURER, FEWEST_SURER)):
        strong = above >= np.quantile(above[won], level)
        n_other = int((prefers_other & strong).sum())
        if n_other < max(fewest, MOVED_SHARE * strong.sum()):
            return None
    strong = above >= usual
    stories = np.zeros(material.n, bool)
    stories[whole] = prefers_other & strong
    return Moved(stories, float((prefers_other & strong).sum() / strong.sum()), usual)
