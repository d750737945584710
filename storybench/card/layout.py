"""Which pictures there are to choose from when a slot shows another picture than its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.metrics.evidence import Slots

Takes = NDArray[np.intp]
"""For each slot (n,) the number of the picture that it shows, in the numbering of `Layout`."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Pictures by number: 0 to n - 1 those of the slots, then the sources, then training frames.

    `slots` are all targets of all stories, sorted by (story, k).
    """

    slots: Slots
    n_train: int

    @property
    def n_targets(self) -> int:
        """Targets of each story."""
        return self.slots.n // len(self.slots.stories)

    @property
    def own(self) -> Takes:
        """Each slot shows its own picture."""
        return np.arange(self.slots.n)

    @property
    def by_story(self) -> Takes:
        """The slots of each story, (s, t)."""
        return self.own.reshape(-1, self.n_targets)

    @property
    def sources(self) -> Takes:
        """The number of each story's source, (s,)."""
        return self.slots.n + np.arange(len(self.slots.stories))

    @property
    def train(self) -> Takes:
        """The numbers of the training frames."""
        return self.slots.n + len(self.slots.stories) + np.arange(self.n_train)
