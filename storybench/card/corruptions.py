"""Every corruption of the card by name, with the strengths that it is tried at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from storybench.card import moves, paints
from storybench.card.layout import Layout, Takes
from storybench.types import Image

Move = Callable[[Layout, float, int], Takes]
Paint = Callable[[Image, float, float, np.random.Generator], Image]
Unit = Literal["of frames", "of stories", "of the side", "grey levels", "of the way to sepia"]

SHARES = (0.05, 0.15, 0.4, 1.0)


@dataclass(frozen=True)
class Corruption:
    """One way to spoil pictures: it moves them or paints on them, more so with each strength.

    `what` says what happens to a frame or story, `unit` what a strength is a share or number of.
    """

    name: str
    what: str
    unit: Unit
    strengths: tuple[float, ...] = SHARES
    move: Move | None = None
    paint: Paint | None = None

    def say(self, strength: float) -> str:
        """A strength in words.

        >>> by_name("blur").say(0.01), by_name("noise").say(8.0)
        ('1 % of the side', '8 grey levels')
        """
        if self.unit == "grey levels":
            return f"{strength:g} {self.unit}"
        return f"{100 * strength:g} % {self.unit}"


CORRUPTIONS = (
    Corruption(
        "swap-character",
        "shows a real frame of the episode with other characters",
        "of frames",
        move=moves.swap_characters,
    ),
    Corruption(
        "swap-story",
        "shows the frames of another story",
        "of stories",
        move=moves.swap_stories,
    ),
    Corruption(
        "shuffle-order",
        "has its frames in another order",
        "of stories",
        move=moves.shuffle_order,
    ),
    Corruption(
        "duplicate",
        "shows its first target as every target",
        "of stories",
        move=moves.duplicate,
    ),
    Corruption(
        "collapse", "shows the frames of one and the same story", "of stories", move=moves.collapse
    ),
    Corruption(
        "copy-source",
        "shows the source of its story",
        "of frames",
        move=moves.copy_source,
    ),
    Corruption("copy-train", "shows a training frame", "of frames", move=moves.copy_train),
    Corruption(
        "style-drift",
        "fades to sepia towards its end",
        "of the way to sepia",
        (0.1, 0.25, 0.5, 1.0),
        paint=paints.drift_style,
    ),
    Corruption("blur", "is blurred", "of the side", (0.005, 0.01, 0.02, 0.04), paint=paints.blur),
    Corruption(
        "noise", "has noise on it", "grey levels", (4.0, 8.0, 16.0, 32.0), paint=paints.add_noise
    ),
)


def by_name(name: str) -> Corruption:
    """The corruption of that name; a KeyError where there is none."""
    return {corruption.name: corruption for corruption in CORRUPTIONS}[name]
