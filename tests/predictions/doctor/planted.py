"""What a planted fault is: somebody's mistake, and what the doctor must say of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from storybench.predictions.problem import Fault, Problem
from tests.predictions.doctor.draws import Draw
from tests.predictions.doctor.world import Frames

COPY = "copy-source"


class Said(Protocol):
    """Whatever has problems: of pictures beside their stories, or of files alone."""

    @property
    def problems(self) -> Sequence[Problem]: ...


Plant = Callable[[Draw, str], Said]
"""Takes a draw and a model, spoils what somebody's script would have, gives what is said."""

Spoil = Callable[[Frames, Frames, np.random.Generator], Frames]
"""Takes drawn frames (n, t, s, s, 3), real ones (n, t + 1, s, s, 3), the source first, and a
generator, and gives what is left in the slots."""


@dataclass(frozen=True)
class Planted:
    """A fault, what must be told of it, and the models in whose pictures nothing tells of it.

    Copies of the source are the same in every frame and know no captions: what only moves frames
    inside a story leaves the very same files.
    """

    name: str
    plant: Plant
    kind: str
    rules: tuple[str, ...]
    changes_nothing_for: tuple[str, ...] = ()
    is_fault: bool = True

    def is_told(self, draw: Draw, model: str) -> bool:
        """Whether it is, by its kind, rule and weight."""
        return any(
            one.kind == self.kind
            and one.rule in self.rules
            and isinstance(one, Fault) == self.is_fault
            for one in self.plant(draw, model).problems
        )


def in_pictures(spoil: Spoil) -> Plant:
    """A fault that is in the pictures alone."""

    def plant(draw: Draw, model: str) -> Said:
        return draw.told(spoil(draw.drawn(model), draw.real(), draw.generator))

    return plant
