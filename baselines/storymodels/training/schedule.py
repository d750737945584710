"""Learning rates over the steps of a training, as factors of the highest.

StoryDALL-E is tuned in full with a cosine and prompt-tuned with a line, both down to zero. The
warm-up of its public code is a constant one, since it takes the larger of the ramp and 1
(adymaharana/storydalle@132dd19:story-dalle/train_t2i.py:359-365); here it is real.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Shape = Literal["cosine", "linear", "constant"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the rate goes down after `n_warm_up` steps up, over `n_steps` in all."""

    shape: Shape
    n_steps: int
    n_warm_up: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.n_warm_up < self.n_steps:
            raise ValueError(
                f"Expected a warm-up of 0 to {self.n_steps - 1} steps, found {self.n_warm_up}."
            )

    def factor(self, step: int) -> float:
        """The factor of step `step`, from 0; the first step of a warm-up is not zero.

        >>> [round(Schedule("linear", 4).factor(step), 2) for step in range(5)]
        [1.0, 0.75, 0.5, 0.25, 0.0]
        >>> [round(Schedule("cosine", 6, n_warm_up=2).factor(step), 2) for step in range(6)]
        [0.5, 1.0, 1.0, 0.85, 0.5, 0.15]
        """
        if step < self.n_warm_up:
            return (step + 1) / self.n_warm_up
        done = min(1.0, (step - self.n_warm_up) / (self.n_steps - self.n_warm_up))
        if self.shape == "constant":
            return 1.0
        return 1 - done if self.shape == "linear" else (1 + math.cos(math.pi * done)) / 2
