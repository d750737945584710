"""Landscapes: the seven places out of doors, a function each that draws one on a stage.

From the sky down to the ground, far layers first. `set_pieces` has what they are put together
from, `settings` what stories and captions know of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from storydata.twin.drawing.canvas import Canvas, Shade
from storydata.twin.drawing.outlines import Spot, arc, blob, box, ellipse, moved, polygon
from storydata.twin.drawing.palette import (
    BLUE,
    GRASS,
    LEAF,
    PINE,
    RED,
    SAND,
    SNOW,
    TEAL,
    WATER,
    WHITE,
    Colour,
    darker,
    lighter,
    mix,
)
from storydata.twin.world import set_pieces
from storydata.twin.world.stage import Stage


def meadow(stage: Stage) -> None:
    """Hills, a winding path, flowers."""
    stage.sky(0.4)
    _hills(stage, 0.15, PINE, base=0.52, swell=0.07, distance=0.75)
    middle = _hills(stage, 0.4, LEAF, base=0.43, swell=0.05, distance=0.4)
    for at, size in _row(stage, (-0.75, -0.42, 0.5, 0.92), 0.42, jitter=0.1, sizes=(0.2, 0.3)):
        set_pieces.round_tree(middle, at, size)
    ground = _hills(stage, 1.0, GRASS, base=0.36, swell=0.02)
    path = blob(
        [
            (-0.25, 0.36),
            (0.0, 0.27),
            (-0.25, 0.16),
            (0.1, set_pieces.FOOT),
            (0.5, set_pieces.FOOT),
            (0.1, 0.15),
            (0.22, 0.28),
            (-0.18, 0.365),
        ]
    )
    ground.shape(path, Shade((222, 204, 152), (238, 218, 168)), alpha=0.8)
    set_pieces.grass(ground, stage.reach, (0.02, 0.34), 60, darker(GRASS, 0.16), stage.rng)
    set_pieces.flowers(ground, stage.reach, (0.02, 0.33), 34, stage.rng)
    _foreground(stage, GRASS)


def beach(stage: Stage) -> None:
    """The sea with a sail boat, sand, a palm."""
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
    set_pieces.sail_boat(boat, (stage.rng.uniform(-0.5, 0.5), 0.455), 0.13)
    sand = stage.layer(1.0)
    shore = set_pieces.ridge(stage.reach, 0.33, 0.018, stage.rng)
    sand.shape(moved(0, 0.022)(shore), WHITE, alpha=0.85)
    sand.shape(moved(0, 0.008)(shore), darker(SAND, 0.16))
    set_pieces.hills(sand, moved(0, -0.004)(shore), SAND)
    set_pieces.palm(sand, (stage.rng.choice((-0.62, 0.36)), 0.27), 0.72)
    for _ in range(30):
        x, y = stage.rng.uniform(-stage.reach, stage.reach), stage.rng.uniform(0.02, 0.29)
        sand.shape(ellipse((x, y), 0.011, 0.005), darker(SAND, 0.18), alpha=0.6)
    for x, y in ((-0.2, 0.05), (0.45, 0.11), (0.12, 0.24)):
        set_pieces.shell(sand, (x + stage.rng.uniform(-0.1, 0.1), y))


def snowy_hill(stage: Stage) -> None:
    """White peaks behind pines in the snow."""
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
    middle = _hills(stage, 0.45, (206, 222, 240), base=0.44, swell=0.06, distance=0.3)
    across = (-0.86, -0.66, -0.2, 0.4, 0.62, 0.9)
    for at, size in _row(stage, across, 0.4, jitter=0.06, sizes=(0.22, 0.34)):
        set_pieces.pine_tree(middle, at, size, 0.8)
    ground = _hills(stage, 1.0, (224, 234, 248), base=0.34, swell=0.035)
    for _ in range(14):
        x, y = stage.rng.uniform(-stage.reach, stage.reach), stage.rng.uniform(0.03, 0.28)
        ground.shape(ellipse((x, y), 0.1, 0.014), (200, 216, 238), alpha=0.55)
    side = stage.rng.choice((-1, 1))
    set_pieces.pine_tree(ground, (side * 0.62, 0.29), 0.56, 0.85)
    front = stage.front()
    for side in (-1, 1):
        front.shape(
            ellipse((side * stage.reach, stage.low - 0.06), 0.5, 0.13),
            Shade(WHITE, (214, 226, 244)),
        )


def forest(stage: Stage) -> None:
    """Pines, birches and mushrooms under a canopy."""
    stage.sky(0.4)
    _hills(stage, 0.15, LEAF, base=0.7, swell=0.06, distance=0.9)
    middle = _hills(stage, 0.4, PINE, base=0.42, swell=0.03, distance=0.5)
    across = np.linspace(-stage.reach, stage.reach, 8)
    for at, size in _row(stage, across, 0.38, jitter=0.07, sizes=(0.45, 0.72)):
        set_pieces.pine_tree(middle, at, size)
    near = stage.layer(0.7, distance=0.12)
    for x in (-0.95, -0.56, 0.3, 0.66, 1.0):
        set_pieces.birch(near, (x + stage.rng.uniform(-0.08, 0.08), 0.3), 1.2, 0.045)
    for x in np.linspace(-stage.reach, stage.reach, 9):
        leaf = ellipse((x, stage.top + stage.rng.uniform(-0.02, 0.06)), 0.24, 0.13)
        near.shape(leaf, Shade(darker(LEAF, 0.1), lighter(LEAF, 0.12)))
    ground = _hills(stage, 1.0, (124, 158, 88), base=0.34, swell=0.02)
    for _ in range(5):
        x, y = stage.rng.uniform(-0.8, 0.8), stage.rng.uniform(0.05, 0.28)
        ground.glow((x, y), (0.22, 0.04), ground.lit((236, 232, 150)), alpha=0.5)
    for _ in range(5):
        at = (stage.rng.uniform(-0.9, 0.9), stage.rng.uniform(0.22, 0.33))
        set_pieces.mushroom(ground, at, stage.rng.uniform(0.05, 0.08))
    set_pieces.grass(ground, stage.reach, (0.02, 0.33), 70, (98, 136, 78), stage.rng)
    _foreground(stage, PINE)


def garden(stage: Stage) -> None:
    """A house behind a fence, a hedge, a lamp post."""
    stage.sky(0.42)
    _hills(stage, 0.2, LEAF, base=0.5, swell=0.05, distance=0.6)
    middle = stage.layer(0.6, distance=0.15)
    side = stage.rng.choice((-1, 1))
    set_pieces.house(middle, (side * 0.45, 0.37), 0.4, (246, 222, 190), (200, 104, 88))
    set_pieces.round_tree(middle, (-side * 0.5, 0.37), 0.5, (112, 168, 92))
    set_pieces.fence(middle, stage.reach, 0.34, 0.15)
    ground = _hills(stage, 1.0, (126, 182, 98), base=0.35, swell=0.008)
    for x in np.arange(-stage.reach, stage.reach, 0.13):
        set_pieces.bush(ground, (x, 0.335), 0.055, (86, 146, 88))
    set_pieces.flowers(ground, stage.reach, (0.26, 0.34), 36, stage.rng)
    set_pieces.grass(ground, stage.reach, (0.02, 0.26), 44, (104, 160, 84), stage.rng)
    set_pieces.lamp_post(ground, (-side * 0.22, 0.3), 0.42)
    _foreground(stage, (112, 170, 90))


def lake(stage: Stage) -> None:
    """Water with lilies before a wooded shore, reeds."""
    stage.sky(0.42)
    _hills(stage, 0.12, PINE, base=0.62, swell=0.1, distance=0.8)
    shore = _hills(stage, 0.3, LEAF, base=0.47, swell=0.02, distance=0.45)
    across = np.linspace(-stage.reach, stage.reach, 9)
    for at, size in _row(stage, across, 0.46, jitter=0.06, sizes=(0.12, 0.2)):
        set_pieces.round_tree(shore, at, size)
    water = stage.layer(0.6, distance=0.1)
    water.shape(box(-stage.reach, 0.2, stage.reach, 0.455), Shade(mix(WATER, WHITE, 0.45), WATER))
    for _ in range(22):
        x, y = stage.rng.uniform(-stage.reach, stage.reach), stage.rng.uniform(0.33, 0.45)
        water.shape(ellipse((x, y), 0.06, 0.0035), WHITE, alpha=0.45)
    for x, y in ((-0.35, 0.37), (-0.22, 0.385), (0.3, 0.36)):
        set_pieces.lily(water, (x + stage.rng.uniform(-0.1, 0.1), y))
    ground = _hills(stage, 1.0, (146, 192, 104), base=0.31, swell=0.015)
    for x in (-0.85, -0.78, -0.7, 0.6, 0.68, 0.79):
        reed = arc((x, 0.28), (x, 0.4), (x + stage.rng.uniform(-0.05, 0.05), 0.5))
        ground.stroke(reed, 0.01, darker(LEAF, 0.2))
        ground.shape(ellipse((float(reed[-2, 0]), 0.48), 0.013, 0.04), (134, 92, 70))
    set_pieces.grass(ground, stage.reach, (0.02, 0.29), 50, (112, 160, 84), stage.rng)
    set_pieces.flowers(ground, stage.reach, (0.02, 0.28), 14, stage.rng)
    _foreground(stage, (130, 178, 94))


def village(stage: Stage) -> None:
    """A row of houses on a cobbled street."""
    stage.sky(0.42)
    _hills(stage, 0.2, LEAF, base=0.5, swell=0.06, distance=0.65)
    row = stage.layer(0.6, distance=0.12)
    walls = ((246, 214, 176), (200, 220, 214), (242, 196, 180), (236, 230, 206), (206, 206, 228))
    roofs = (RED, (122, 132, 170), (176, 110, 84), TEAL, (150, 98, 110))
    first = int(stage.rng.integers(5))
    for k, x in enumerate(np.arange(-1.15, 1.3, 0.46)):
        at, size = (float(x), 0.36), 0.36 + 0.05 * ((first + k) % 3)
        set_pieces.house(row, at, size, walls[(first + k) % 5], roofs[(first + 2 * k) % 5])
    ground = stage.layer(1.0)
    ground.shape(
        box(-stage.reach, set_pieces.FOOT, stage.reach, 0.37),
        Shade((196, 182, 172), (218, 204, 190)),
    )
    ground.shape(box(-stage.reach, 0.345, stage.reach, 0.375), (178, 166, 162))
    for k in range(5):
        y, step = 0.31 - 0.07 * k, 0.13 + 0.02 * k
        for x in np.arange(-stage.reach + 0.07 * (k % 2), stage.reach, step):
            cobble = box(x, y - 0.02 - 0.005 * k, x + 0.86 * step, y + 0.016, 0.012)
            ground.shape(cobble, (206, 194, 184))
    for x in (-0.56, 0.56):
        set_pieces.lamp_post(ground, (x, 0.33), 0.55)


def _hills(
    stage: Stage, parallax: float, colour: Colour, *, base: float, swell: float, distance: float = 0
) -> Canvas:
    """A new layer of hills about `base` high; it is returned, for what stands on them."""
    canvas = stage.layer(parallax, distance=distance)
    set_pieces.hills(canvas, set_pieces.ridge(stage.reach, base, swell, stage.rng), colour)
    return canvas


def _row(
    stage: Stage,
    across: Iterable[float],
    y: float,
    *,
    jitter: float,
    sizes: tuple[float, float],
) -> Iterator[tuple[Spot, float]]:
    """Where the things of a row stand, a little out of line, and how large each is."""
    for x in across:
        at = (x + stage.rng.uniform(-jitter, jitter), y)
        yield at, stage.rng.uniform(*sizes)


def _foreground(stage: Stage, colour: Colour) -> None:
    """Big soft blades in the lower corners, nearer than the characters."""
    front = stage.front()
    for side in (-1, 1):
        for k in range(9):
            x = side * (stage.reach - 0.05 * k + stage.rng.uniform(-0.02, 0.02))
            height = (0.15 - 0.012 * k) * stage.rng.uniform(0.8, 1.2)
            foot = stage.low - 0.02
            blade = polygon((x - 0.02, foot), (x + 0.02, foot), (x - side * 0.03, foot + height))
            front.shape(blade, darker(colour, 0.3 + 0.02 * (k % 3)))
