"""Settings: the ten places of the world as data, what each is called and what suits it.

`SETTINGS` is the world's map. How a place looks is one function of `landscapes` or `rooms`, which
`build_stage` calls once for a size, a light and a variant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from storydata.twin.drawing.palette import LIGHTS, Light, indoors
from storydata.twin.world import landscapes, rooms
from storydata.twin.world.stage import Layer, Stage

Ambient = Literal["clouds", "snow", "fireflies", "butterflies", "leaves", "dust"]


@dataclass(frozen=True)
class Setting:
    """One place: how captions name it, what may happen there, and how it is drawn.

    `phrases` complete "the fox walks …"; `hideout` is the prop one can hide behind and `dressing`
    the props that may stand around. `lights` are the times of day that suit it.
    """

    name: str
    phrases: tuple[str, ...]
    hideout: str
    dressing: tuple[str, ...]
    ambient: Ambient
    draw: Callable[[Stage], None]
    lights: tuple[str, ...] = ("morning", "noon", "sunset", "night")
    is_indoors: bool = False


SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("meadow", ("in the meadow", "on the grass", "among the flowers"), "bush",
                ("basket", "kite", "stump"), "butterflies", landscapes.meadow),
        Setting("beach", ("on the beach", "by the sea", "on the sand"), "rock",
                ("sandcastle", "parasol", "bucket"), "clouds", landscapes.beach),
        Setting("snowy hill", ("on the snowy hill", "in the snow"), "snow pile",
                ("snowman", "sled"), "snow", landscapes.snowy_hill),
        Setting("forest", ("in the forest", "in the woods", "among the trees"), "bush",
                ("stump", "tent"), "leaves", landscapes.forest, ("morning", "noon", "sunset")),
        Setting("garden", ("in the garden", "by the fence"), "bush",
                ("watering can", "bench"), "fireflies", landscapes.garden),
        Setting("lake", ("by the lake", "near the water"), "rock",
                ("bench", "basket", "tent"), "clouds", landscapes.lake),
        Setting("village", ("in the village", "in the street"), "barrel",
                ("bench", "cart"), "clouds", landscapes.village),
        Setting("living room", ("in the living room", "on the rug"), "box",
                ("toy blocks", "drum"), "dust", rooms.living_room, is_indoors=True),
        Setting("kitchen", ("in the kitchen",), "box",
                ("cake", "bucket"), "dust", rooms.kitchen, is_indoors=True),
        Setting("bedroom", ("in the bedroom", "next to the bed"), "box",
                ("toy blocks", "drum"), "dust", rooms.bedroom, is_indoors=True),
    )
}  # fmt: skip
"""Every setting by name."""


@lru_cache(maxsize=24)
def build_stage(
    name: str, light: str, size: tuple[int, int], zoom: float, variant: int
) -> tuple[tuple[Layer, ...], tuple[Layer, ...]]:
    """The layers of a setting behind and in front of the characters, drawn once and kept.

    Args:
        name: a setting of `SETTINGS`.
        light: a light of `LIGHTS`.
        size: width and height of the picture in pixels.
        zoom: 1 shows the short side of the picture as one unit; 1.25 is nearer.
        variant: seeds where trees and flowers stand.
    """
    setting = SETTINGS[name]
    rng = np.random.default_rng([variant, len(name), *name.encode()])
    stage = Stage(size, zoom * min(size), light_in(setting, light), rng)
    setting.draw(stage)
    return stage.layers(in_front=False), stage.layers(in_front=True)


def light_in(setting: Setting, light: str) -> Light:
    """How a time of day looks in a setting."""
    return indoors(LIGHTS[light]) if setting.is_indoors else LIGHTS[light]
