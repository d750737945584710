"""Where stories happen: ten settings, drawn in layers, and what a caption calls them.

A `Setting` is data plus one drawing function. `SETTINGS` is the world's map: the first seven are
out of doors, the rooms come from `interiors`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from storydata.twin import scenery
from storydata.twin.canvas import Shade
from storydata.twin.interiors import bedroom, kitchen, living_room
from storydata.twin.outlines import arc, blob, box, ellipse, moved, polygon
from storydata.twin.palette import (
    BLUE,
    CREAM,
    GOLD,
    GRASS,
    LEAF,
    LIGHTS,
    PINE,
    RED,
    SAND,
    SNOW,
    TEAL,
    WATER,
    WHITE,
    Light,
    darker,
    indoors,
    lighter,
    mix,
)
from storydata.twin.stage import Layer, Stage

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


def _meadow(stage: Stage) -> None:
    stage.sky(0.4)
    far = stage.layer(0.15, distance=0.75)
    scenery.hills(far, scenery.ridge(stage.reach, 0.52, 0.07, stage.rng), PINE)
    middle = stage.layer(0.4, distance=0.4)
    scenery.hills(middle, scenery.ridge(stage.reach, 0.43, 0.05, stage.rng), LEAF)
    for x in (-0.75, -0.42, 0.5, 0.92):
        scenery.round_tree(
            middle, (x + stage.rng.uniform(-0.1, 0.1), 0.42), stage.rng.uniform(0.2, 0.3)
        )
    ground = stage.layer(1.0)
    scenery.hills(ground, scenery.ridge(stage.reach, 0.36, 0.02, stage.rng), GRASS)
    path = blob(
        [
            (-0.25, 0.36),
            (0.0, 0.27),
            (-0.25, 0.16),
            (0.1, scenery.FOOT),
            (0.5, scenery.FOOT),
            (0.1, 0.15),
            (0.22, 0.28),
            (-0.18, 0.365),
        ]
    )
    ground.shape(path, Shade((222, 204, 152), (238, 218, 168)), alpha=0.8)
    scenery.grass(ground, stage.reach, (0.02, 0.34), 60, darker(GRASS, 0.16), stage.rng)
    scenery.flowers(ground, stage.reach, (0.02, 0.33), 34, stage.rng)
    _foreground(stage, GRASS)


def _beach(stage: Stage) -> None:
    stage.sky(0.46)
    sea = stage.layer(0.1, distance=0.3)
    sea.shape(
        box(-stage.reach, 0.2, stage.reach, 0.52),
        Shade(mix(WATER, BLUE, 0.5), lighter(WATER, 0.35)),
    )
    for k in range(26):
        y = 0.51 - 0.17 * (k / 26) ** 1.4
        x, half = stage.rng.uniform(-stage.reach, stage.reach), 0.03 + 0.004 * k
        sea.shape(ellipse((x, y), half, 0.004), WHITE, alpha=0.4)
    boat = stage.layer(0.2, distance=0.2)
    _sail_boat(boat, (stage.rng.uniform(-0.5, 0.5), 0.455), 0.13)
    sand = stage.layer(1.0)
    shore = scenery.ridge(stage.reach, 0.33, 0.018, stage.rng)
    sand.shape(moved(0, 0.022)(shore), WHITE, alpha=0.85)
    sand.shape(moved(0, 0.008)(shore), darker(SAND, 0.16))
    scenery.hills(sand, moved(0, -0.004)(shore), SAND)
    scenery.palm(sand, (stage.rng.choice((-0.62, 0.36)), 0.27), 0.72)
    for _ in range(30):
        x, y = stage.rng.uniform(-stage.reach, stage.reach), stage.rng.uniform(0.02, 0.29)
        sand.shape(ellipse((x, y), 0.011, 0.005), darker(SAND, 0.18), alpha=0.6)
    for x, y in ((-0.2, 0.05), (0.45, 0.11), (0.12, 0.24)):
        _shell(sand, (x + stage.rng.uniform(-0.1, 0.1), y))


def _snowy_hill(stage: Stage) -> None:
    stage.sky(0.4)
    far = stage.layer(0.12, distance=0.7)
    peaks = [
        (-1.3, 0.3),
        (-0.9, 0.66),
        (-0.55, 0.46),
        (-0.1, 0.78),
        (0.35, 0.48),
        (0.8, 0.7),
        (1.3, 0.3),
    ]
    far.shape(np.array(peaks), Shade((150, 172, 206), (196, 212, 232)))
    for x, y in peaks[1:-1:2]:
        cap = polygon((x, y), (x - 0.1, y - 0.12), (x - 0.04, y - 0.09), (x + 0.01, y - 0.13),
                      (x + 0.06, y - 0.08), (x + 0.11, y - 0.13))  # fmt: skip
        far.shape(cap, SNOW)
    middle = stage.layer(0.45, distance=0.3)
    scenery.hills(middle, scenery.ridge(stage.reach, 0.44, 0.06, stage.rng), (206, 222, 240))
    for x in (-0.86, -0.66, -0.2, 0.4, 0.62, 0.9):
        scenery.pine_tree(
            middle, (x + stage.rng.uniform(-0.06, 0.06), 0.4), stage.rng.uniform(0.22, 0.34), 0.8
        )
    ground = stage.layer(1.0)
    scenery.hills(ground, scenery.ridge(stage.reach, 0.34, 0.035, stage.rng), (224, 234, 248))
    for _ in range(14):
        x, y = stage.rng.uniform(-stage.reach, stage.reach), stage.rng.uniform(0.03, 0.28)
        ground.shape(ellipse((x, y), 0.1, 0.014), (200, 216, 238), alpha=0.55)
    side = stage.rng.choice((-1, 1))
    scenery.pine_tree(ground, (side * 0.62, 0.29), 0.56, 0.85)
    front = stage.front()
    for side in (-1, 1):
        front.shape(
            ellipse((side * stage.reach, stage.low - 0.06), 0.5, 0.13),
            Shade(WHITE, (214, 226, 244)),
        )


def _forest(stage: Stage) -> None:
    stage.sky(0.4)
    far = stage.layer(0.15, distance=0.9)
    scenery.hills(far, scenery.ridge(stage.reach, 0.7, 0.06, stage.rng), LEAF)
    middle = stage.layer(0.4, distance=0.5)
    scenery.hills(middle, scenery.ridge(stage.reach, 0.42, 0.03, stage.rng), PINE)
    for x in np.linspace(-stage.reach, stage.reach, 8):
        scenery.pine_tree(
            middle, (x + stage.rng.uniform(-0.07, 0.07), 0.38), stage.rng.uniform(0.45, 0.72)
        )
    near = stage.layer(0.7, distance=0.12)
    for x in (-0.95, -0.56, 0.3, 0.66, 1.0):
        scenery.birch(near, (x + stage.rng.uniform(-0.08, 0.08), 0.3), 1.2, 0.045)
    canopy = near
    for x in np.linspace(-stage.reach, stage.reach, 9):
        leaf = ellipse((x, stage.top + stage.rng.uniform(-0.02, 0.06)), 0.24, 0.13)
        canopy.shape(leaf, Shade(darker(LEAF, 0.1), lighter(LEAF, 0.12)))
    ground = stage.layer(1.0)
    scenery.hills(ground, scenery.ridge(stage.reach, 0.34, 0.02, stage.rng), (124, 158, 88))
    for _ in range(5):
        x, y = stage.rng.uniform(-0.8, 0.8), stage.rng.uniform(0.05, 0.28)
        ground.glow((x, y), (0.22, 0.04), ground.lit((236, 232, 150)), alpha=0.5)
    for _ in range(5):
        at = (stage.rng.uniform(-0.9, 0.9), stage.rng.uniform(0.22, 0.33))
        scenery.mushroom(ground, at, stage.rng.uniform(0.05, 0.08))
    scenery.grass(ground, stage.reach, (0.02, 0.33), 70, (98, 136, 78), stage.rng)
    _foreground(stage, PINE)


def _garden(stage: Stage) -> None:
    stage.sky(0.42)
    far = stage.layer(0.2, distance=0.6)
    scenery.hills(far, scenery.ridge(stage.reach, 0.5, 0.05, stage.rng), LEAF)
    middle = stage.layer(0.6, distance=0.15)
    side = stage.rng.choice((-1, 1))
    scenery.house(middle, (side * 0.45, 0.37), 0.4, (246, 222, 190), (200, 104, 88))
    scenery.round_tree(middle, (-side * 0.5, 0.37), 0.5, (112, 168, 92))
    scenery.fence(middle, stage.reach, 0.34, 0.15)
    ground = stage.layer(1.0)
    scenery.hills(ground, scenery.ridge(stage.reach, 0.35, 0.008, stage.rng), (126, 182, 98))
    for x in np.arange(-stage.reach, stage.reach, 0.13):
        scenery.bush(ground, (x, 0.335), 0.055, (86, 146, 88))
    scenery.flowers(ground, stage.reach, (0.26, 0.34), 36, stage.rng)
    scenery.grass(ground, stage.reach, (0.02, 0.26), 44, (104, 160, 84), stage.rng)
    scenery.lamp_post(ground, (-side * 0.22, 0.3), 0.42)
    _foreground(stage, (112, 170, 90))


def _lake(stage: Stage) -> None:
    stage.sky(0.42)
    far = stage.layer(0.12, distance=0.8)
    scenery.hills(far, scenery.ridge(stage.reach, 0.62, 0.1, stage.rng), PINE)
    shore = stage.layer(0.3, distance=0.45)
    scenery.hills(shore, scenery.ridge(stage.reach, 0.47, 0.02, stage.rng), LEAF)
    for x in np.linspace(-stage.reach, stage.reach, 9):
        scenery.round_tree(
            shore, (x + stage.rng.uniform(-0.06, 0.06), 0.46), stage.rng.uniform(0.12, 0.2)
        )
    water = stage.layer(0.6, distance=0.1)
    water.shape(box(-stage.reach, 0.2, stage.reach, 0.455), Shade(mix(WATER, WHITE, 0.45), WATER))
    for _ in range(22):
        x, y = stage.rng.uniform(-stage.reach, stage.reach), stage.rng.uniform(0.33, 0.45)
        water.shape(ellipse((x, y), 0.06, 0.0035), WHITE, alpha=0.45)
    for x, y in ((-0.35, 0.37), (-0.22, 0.385), (0.3, 0.36)):
        _lily(water, (x + stage.rng.uniform(-0.1, 0.1), y))
    ground = stage.layer(1.0)
    scenery.hills(ground, scenery.ridge(stage.reach, 0.31, 0.015, stage.rng), (146, 192, 104))
    for x in (-0.85, -0.78, -0.7, 0.6, 0.68, 0.79):
        reed = arc((x, 0.28), (x, 0.4), (x + stage.rng.uniform(-0.05, 0.05), 0.5))
        ground.stroke(reed, 0.01, darker(LEAF, 0.2))
        ground.shape(ellipse((float(reed[-2, 0]), 0.48), 0.013, 0.04), (134, 92, 70))
    scenery.grass(ground, stage.reach, (0.02, 0.29), 50, (112, 160, 84), stage.rng)
    scenery.flowers(ground, stage.reach, (0.02, 0.28), 14, stage.rng)
    _foreground(stage, (130, 178, 94))


def _village(stage: Stage) -> None:
    stage.sky(0.42)
    far = stage.layer(0.2, distance=0.65)
    scenery.hills(far, scenery.ridge(stage.reach, 0.5, 0.06, stage.rng), LEAF)
    row = stage.layer(0.6, distance=0.12)
    walls = ((246, 214, 176), (200, 220, 214), (242, 196, 180), (236, 230, 206), (206, 206, 228))
    roofs = (RED, (122, 132, 170), (176, 110, 84), TEAL, (150, 98, 110))
    first = int(stage.rng.integers(5))
    for k, x in enumerate(np.arange(-1.15, 1.3, 0.46)):
        at, size = (float(x), 0.36), 0.36 + 0.05 * ((first + k) % 3)
        scenery.house(row, at, size, walls[(first + k) % 5], roofs[(first + 2 * k) % 5])
    ground = stage.layer(1.0)
    ground.shape(
        box(-stage.reach, scenery.FOOT, stage.reach, 0.37), Shade((196, 182, 172), (218, 204, 190))
    )
    ground.shape(box(-stage.reach, 0.345, stage.reach, 0.375), (178, 166, 162))
    for k in range(5):
        y, step = 0.31 - 0.07 * k, 0.13 + 0.02 * k
        for x in np.arange(-stage.reach + 0.07 * (k % 2), stage.reach, step):
            cobble = box(x, y - 0.02 - 0.005 * k, x + 0.86 * step, y + 0.016, 0.012)
            ground.shape(cobble, (206, 194, 184))
    for x in (-0.56, 0.56):
        scenery.lamp_post(ground, (x, 0.33), 0.55)


def _foreground(stage: Stage, colour: tuple[int, int, int]) -> None:
    """Big soft blades in the lower corners, nearer than the characters."""
    front = stage.front()
    for side in (-1, 1):
        for k in range(9):
            x = side * (stage.reach - 0.05 * k + stage.rng.uniform(-0.02, 0.02))
            height = (0.15 - 0.012 * k) * stage.rng.uniform(0.8, 1.2)
            foot = stage.low - 0.02
            blade = polygon((x - 0.02, foot), (x + 0.02, foot), (x - side * 0.03, foot + height))
            front.shape(blade, darker(colour, 0.3 + 0.02 * (k % 3)))


def _sail_boat(canvas: scenery.Canvas, at: scenery.Spot, size: float) -> None:
    x, y = at
    hull = blob([(x - 0.5 * size, y + 0.12 * size), (x + 0.5 * size, y + 0.12 * size),
                 (x + 0.3 * size, y - 0.1 * size), (x - 0.3 * size, y - 0.1 * size)])  # fmt: skip
    canvas.shape(hull, RED)
    canvas.shape(
        polygon(
            (x + 0.02 * size, y + 0.2 * size),
            (x + 0.4 * size, y + 0.2 * size),
            (x + 0.02 * size, y + size),
        ),
        CREAM,
    )
    canvas.shape(
        polygon(
            (x - 0.04 * size, y + 0.2 * size),
            (x - 0.3 * size, y + 0.2 * size),
            (x - 0.04 * size, y + 0.8 * size),
        ),
        lighter(GOLD, 0.3),
    )


def _shell(canvas: scenery.Canvas, at: scenery.Spot) -> None:
    x, y = at
    canvas.shape(ellipse((x, y), 0.02, 0.016), (246, 190, 176))
    for dx in (-0.01, 0.0, 0.01):
        canvas.stroke(np.array([(x, y - 0.012), (x + dx, y + 0.012)]), 0.003, (224, 148, 140))


def _lily(canvas: scenery.Canvas, at: scenery.Spot) -> None:
    x, y = at
    canvas.shape(ellipse((x, y), 0.045, 0.012), (96, 160, 100))
    canvas.shape(ellipse((x + 0.01, y + 0.012), 0.016, 0.011), (250, 206, 216))


SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("meadow", ("in the meadow", "on the grass", "among the flowers"), "bush",
                ("basket", "kite", "stump"), "butterflies", _meadow),
        Setting("beach", ("on the beach", "by the sea", "on the sand"), "rock",
                ("sandcastle", "parasol", "bucket"), "clouds", _beach),
        Setting("snowy hill", ("on the snowy hill", "in the snow"), "snow pile",
                ("snowman", "sled"), "snow", _snowy_hill),
        Setting("forest", ("in the forest", "in the woods", "among the trees"), "bush",
                ("stump", "tent"), "leaves", _forest, ("morning", "noon", "sunset")),
        Setting("garden", ("in the garden", "by the fence"), "bush",
                ("watering can", "bench"), "fireflies", _garden),
        Setting("lake", ("by the lake", "near the water"), "rock",
                ("bench", "basket", "tent"), "clouds", _lake),
        Setting("village", ("in the village", "in the street"), "barrel",
                ("bench", "cart"), "clouds", _village),
        Setting("living room", ("in the living room", "on the rug"), "box",
                ("toy blocks", "drum"), "dust", living_room, is_indoors=True),
        Setting("kitchen", ("in the kitchen",), "box",
                ("cake", "bucket"), "dust", kitchen, is_indoors=True),
        Setting("bedroom", ("in the bedroom", "next to the bed"), "box",
                ("toy blocks", "drum"), "dust", bedroom, is_indoors=True),
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
