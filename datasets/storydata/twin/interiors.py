"""Rooms: walls, a window on the world outside, furniture, a floor with a rug.

Drawn like the open air, in layers: the view moves least, then the wall, then the floor.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from storydata.twin import scenery
from storydata.twin.canvas import Canvas, Shade, Shine
from storydata.twin.outlines import arc, box, ellipse, polygon
from storydata.twin.palette import (
    BLUE,
    CREAM,
    GOLD,
    LEAF,
    RED,
    TEAL,
    WHITE,
    WOOD,
    Colour,
    darker,
    lighter,
    mix,
)
from storydata.twin.stage import Stage

FLOOR = 0.36
"""Height of the line where wall meets floor."""


def living_room(stage: Stage) -> None:
    """A sofa, a lamp, a bookshelf, a round rug."""
    wall = _room(stage, (238, 212, 178), (230, 202, 168), (178, 126, 90))
    side = float(stage.rng.choice((-1, 1)))
    _window(stage, wall, (-0.12 * side, 0.74), 0.34, 0.34, (206, 104, 92))
    _bookshelf(wall, (0.62 * side, FLOOR), 0.34, 0.5, stage.rng)
    _picture(wall, (-0.56 * side, 0.82), 0.2, 0.16)
    _sofa(wall, (-0.42 * side, FLOOR - 0.03), 0.5, TEAL)
    floor = _floor(stage, (186, 136, 98))
    _rug(floor, (0.05 * side, 0.15), 0.56, 0.115, (214, 110, 100))
    _floor_lamp(floor, (-0.76 * side, FLOOR - 0.04), 0.62)


def kitchen(stage: Stage) -> None:
    """A counter, a stove, a shelf of jars, a chequered floor."""
    wall = _room(stage, (214, 230, 218), (204, 222, 210), (240, 236, 224))
    side = float(stage.rng.choice((-1, 1)))
    _window(stage, wall, (0.1 * side, 0.82), 0.36, 0.26, (242, 190, 98))
    _shelf(wall, (-0.5 * side, 0.8), 0.4)
    wall.shape(
        box(-stage.reach, FLOOR - 0.02, stage.reach, 0.58), Shade((250, 240, 224), (226, 212, 196))
    )
    wall.shape(box(-stage.reach, 0.57, stage.reach, 0.605), (170, 120, 88))
    for x in np.arange(-stage.reach + 0.1, stage.reach, 0.29):
        wall.shape(box(x, FLOOR + 0.02, x + 0.25, 0.545, 0.015), (240, 228, 210))
        wall.shape(ellipse((x + 0.21, 0.46), 0.011, 0.011), (196, 150, 96))
    _stove(wall, (0.62 * side, FLOOR - 0.02), 0.3)
    floor = _floor(stage, (236, 226, 208))
    _tiles(floor, stage.reach, (150, 188, 184))


def bedroom(stage: Stage) -> None:
    """A bed with a quilt, stars on the wallpaper, a night lamp."""
    wall = _room(stage, (190, 196, 226), (182, 188, 220), (232, 226, 236))
    side = float(stage.rng.choice((-1, 1)))
    for x in np.arange(-stage.reach, stage.reach, 0.16):
        for k in range(6):
            y = 0.46 + 0.16 * k
            dot = ellipse((float(x) + 0.08 * (k % 2), y), 0.011, 0.011)
            wall.shape(dot, (226, 216, 236), alpha=0.8)
    _window(stage, wall, (-0.15 * side, 0.76), 0.3, 0.34, (246, 206, 120))
    _picture(wall, (-0.55 * side, 0.8), 0.16, 0.2)
    _bed(wall, (0.55 * side, FLOOR - 0.06), 0.66, side)
    _night_table(wall, (-0.6 * side, FLOOR - 0.03), 0.22)
    floor = _floor(stage, (206, 168, 134))
    _rug(floor, (-0.1 * side, 0.15), 0.5, 0.11, (126, 160, 206))


def _room(stage: Stage, wall: Colour, stripe: Colour, skirting: Colour) -> Canvas:
    back = stage.layer(0.12)
    high, low = stage.light.sky
    back.shape(box(-stage.reach, 0.3, stage.reach, stage.top + 0.1), Shine(high, low))
    if stage.light.is_dark:
        for _ in range(40):
            x, y = stage.rng.uniform(-stage.reach, stage.reach), stage.rng.uniform(0.6, 1.0)
            back.glow((x, y), (0.01, 0.01), CREAM)
    outside = darker(LEAF, 0.5) if stage.light.is_dark else mix(LEAF, WHITE, 0.25)
    back.shape(scenery.ridge(stage.reach, 0.68, 0.05, stage.rng), outside)
    canvas = stage.layer(0.75)
    canvas.shape(box(-stage.reach, FLOOR - 0.04, stage.reach, stage.top + 0.05),
                 Shade(darker(wall, 0.08), lighter(wall, 0.12)))  # fmt: skip
    for x in np.arange(-stage.reach, stage.reach, 0.12):
        band = box(float(x), FLOOR, float(x) + 0.06, stage.top + 0.05)
        canvas.shape(band, stripe, alpha=0.5)
    canvas.shape(box(-stage.reach, FLOOR - 0.04, stage.reach, FLOOR + 0.035), skirting)
    return canvas


def _floor(stage: Stage, colour: Colour) -> Canvas:
    canvas = stage.layer(1.0)
    canvas.shape(box(-stage.reach, scenery.FOOT, stage.reach, FLOOR - 0.02),
                 Shade(darker(colour, 0.1), lighter(colour, 0.16)))  # fmt: skip
    for k in range(1, 6):
        y = (FLOOR - 0.02) * (1 - (k / 6) ** 0.8)
        canvas.shape(box(-stage.reach, y, stage.reach, y + 0.005), darker(colour, 0.18))
    if not stage.light.is_dark:
        beam = polygon((-0.1, FLOOR - 0.03), (0.22, FLOOR - 0.03), (0.45, 0.02), (-0.05, 0.02))
        canvas.shape(beam, stage.light.sun_colour, alpha=0.28)
    return canvas


def _tiles(floor: Canvas, reach: float, colour: Colour) -> None:
    """A chequered floor that runs away to a point behind the wall."""
    rows = [0.34 - 0.4 * (k / 6) ** 1.5 for k in range(9)]
    for k, (high, low) in enumerate(pairwise(rows)):
        for j in range(-14, 14):
            if (j + k) % 2:
                corners = [(slot * 0.13 * (1.25 - y) / 0.9, y) for slot, y in
                           ((j, low), (j + 1, low), (j + 1, high), (j, high))]  # fmt: skip
                if min(abs(x) for x, _ in corners) < reach:
                    floor.shape(polygon(*corners), colour)


def _window(
    stage: Stage, wall: Canvas, centre: scenery.Spot, width: float, height: float, cloth: Colour
) -> None:
    x, y = centre
    hole = box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    wall.erase(hole)
    frame = 0.022
    for bar in (
        box(x - width / 2 - frame, y + height / 2, x + width / 2 + frame, y + height / 2 + frame),
        box(
            x - width / 2 - 2 * frame,
            y - height / 2 - 1.4 * frame,
            x + width / 2 + 2 * frame,
            y - height / 2,
        ),
        box(x - width / 2 - frame, y - height / 2, x - width / 2, y + height / 2),
        box(x + width / 2, y - height / 2, x + width / 2 + frame, y + height / 2),
        box(x - 0.4 * frame, y - height / 2, x + 0.4 * frame, y + height / 2),
        box(x - width / 2, y - 0.4 * frame, x + width / 2, y + 0.4 * frame),
    ):
        wall.shape(bar, (250, 244, 234))
    top, low = y + height / 2 + 0.05, y - height / 2 - 0.06
    for side in (-1, 1):
        outer = x + side * (width / 2 + 0.09)
        inner_top, inner_low = x + side * width * 0.3, x + side * width * 0.46
        edge = arc((inner_top, top), (inner_top, (top + low) / 2), (inner_low, low))
        curtain = np.concatenate([edge, [(outer, low), (outer, top)]])
        wall.shape(curtain, Shade(lighter(cloth, 0.12), darker(cloth, 0.14)))
        for fold in (0.35, 0.7):
            fold_x = inner_low + fold * (outer - inner_low)
            line = np.array([(fold_x, low + 0.01), (fold_x, top)])
            wall.stroke(line, 0.008, darker(cloth, 0.25), alpha=0.6)
    wall.shape(box(x - width / 2 - 0.12, top, x + width / 2 + 0.12, top + 0.018, 0.008), WOOD)
    if not stage.light.is_dark:
        wall.glow((x, y), (0.5, 0.42), stage.light.sun_colour, alpha=0.22)


def _picture(wall: Canvas, centre: scenery.Spot, width: float, height: float) -> None:
    x, y = centre
    wall.shape(
        box(
            x - width / 2 - 0.02,
            y - height / 2 - 0.02,
            x + width / 2 + 0.02,
            y + height / 2 + 0.02,
            0.01,
        ),
        WOOD,
    )
    inside = box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    wall.shape(inside, Shade((150, 200, 226), (250, 230, 196)))
    wall.shape(
        ellipse((x - 0.2 * width, y - 0.45 * height), 0.5 * width, 0.35 * height),
        LEAF,
        within=inside,
    )
    wall.shape(
        ellipse((x + 0.35 * width, y - 0.5 * height), 0.5 * width, 0.35 * height),
        darker(LEAF, 0.2),
        within=inside,
    )
    wall.shape(ellipse((x + 0.22 * width, y + 0.22 * height), 0.035, 0.035), GOLD)


def _sofa(wall: Canvas, at: scenery.Spot, width: float, colour: Colour) -> None:
    x, y = at
    half = width / 2
    wall.shape(
        box(x - 0.92 * half, y + 0.1, x + 0.92 * half, y + 0.3, 0.06),
        Shade(lighter(colour, 0.1), darker(colour, 0.12)),
    )
    for side in (-1, 1):
        wall.shape(
            box(x + side * half - 0.05, y + 0.02, x + side * half + 0.05, y + 0.21, 0.045),
            Shade(lighter(colour, 0.18), darker(colour, 0.2)),
        )
        wall.shape(
            box(x + side * 0.8 * half - 0.015, y - 0.01, x + side * 0.8 * half + 0.015, y + 0.04),
            darker(WOOD, 0.3),
        )
    wall.shape(
        box(x - 0.9 * half, y + 0.03, x + 0.9 * half, y + 0.14, 0.03),
        Shade(lighter(colour, 0.28), darker(colour, 0.06)),
    )
    wall.shape(box(x - 0.7 * half, y + 0.13, x - 0.28 * half, y + 0.25, 0.03), GOLD)


def _bookshelf(
    wall: Canvas, at: scenery.Spot, width: float, height: float, rng: np.random.Generator
) -> None:
    x, y = at
    wall.shape(box(x - width / 2, y, x + width / 2, y + height, 0.012), darker(WOOD, 0.12))
    colours = (RED, BLUE, TEAL, GOLD, (178, 132, 190), CREAM)
    for shelf in range(3):
        low = y + 0.025 + shelf * (height - 0.03) / 3
        wall.shape(
            box(x - width / 2 + 0.02, low, x + width / 2 - 0.02, low + height / 3 - 0.03),
            darker(WOOD, 0.45),
        )
        at_x = x - width / 2 + 0.03
        while at_x < x + width / 2 - 0.05:
            thick, tall = rng.uniform(0.018, 0.034), rng.uniform(0.07, 0.115)
            wall.shape(box(at_x, low, at_x + thick, low + tall), colours[rng.integers(6)])
            at_x += thick + 0.004


def _shelf(wall: Canvas, centre: scenery.Spot, width: float) -> None:
    x, y = centre
    wall.shape(box(x - width / 2, y, x + width / 2, y + 0.02), WOOD)
    for k, colour in enumerate((RED, GOLD, TEAL, (196, 150, 200))):
        left = x - width / 2 + 0.03 + k * width / 4
        wall.shape(box(left, y + 0.02, left + 0.06, y + 0.1, 0.015), lighter(colour, 0.25))
        wall.shape(box(left + 0.006, y + 0.1, left + 0.054, y + 0.118), darker(WOOD, 0.1))


def _stove(wall: Canvas, at: scenery.Spot, width: float) -> None:
    x, y = at
    half = width / 2
    wall.shape(box(x - half, y, x + half, y + 0.27, 0.015), Shade((248, 248, 246), (206, 206, 212)))
    wall.shape(box(x - 0.7 * half, y + 0.04, x + 0.7 * half, y + 0.16, 0.015), (72, 70, 84))
    wall.glow((x, y + 0.09), (0.09, 0.05), (255, 170, 90), alpha=0.7)
    for dx in (-0.6, -0.2, 0.2, 0.6):
        wall.shape(ellipse((x + dx * half, y + 0.215), 0.014, 0.014), RED)
    wall.shape(
        box(x - 0.09, y + 0.275, x + 0.07, y + 0.37, 0.02),
        Shade(lighter(BLUE, 0.2), darker(BLUE, 0.1)),
    )
    wall.stroke(np.array([(x + 0.07, y + 0.33), (x + 0.13, y + 0.35)]), 0.014, darker(BLUE, 0.3))


def _bed(wall: Canvas, at: scenery.Spot, width: float, side: float) -> None:
    x, y = at
    half = width / 2
    wall.shape(box(x + side * half - 0.03, y, x + side * half + 0.03, y + 0.4, 0.02), WOOD)
    wall.shape(box(x - side * half - 0.025, y, x - side * half + 0.025, y + 0.24, 0.02), WOOD)
    wall.shape(box(x - half, y + 0.05, x + half, y + 0.17, 0.02), (250, 246, 240))
    wall.shape(
        box(x + side * 0.68 * half - 0.09, y + 0.15, x + side * 0.68 * half + 0.09, y + 0.24, 0.04),
        Shade(WHITE, (222, 220, 234)),
    )
    left, right = sorted((x - side * half, x + side * 0.42 * half))
    quilt = box(left, y + 0.04, right, y + 0.2, 0.03)
    wall.shape(quilt, Shade((244, 160, 150), (214, 116, 116)))
    for k, dot_x in enumerate(np.arange(left + 0.04, right, 0.075)):
        dot = ellipse((float(dot_x), y + 0.09 + 0.055 * (k % 2)), 0.016, 0.016)
        wall.shape(dot, CREAM, within=quilt)


def _night_table(wall: Canvas, at: scenery.Spot, width: float) -> None:
    x, y = at
    wall.shape(
        box(x - width / 2, y, x + width / 2, y + 0.2, 0.01),
        Shade(lighter(WOOD, 0.1), darker(WOOD, 0.12)),
    )
    wall.shape(box(x - 0.4 * width, y + 0.11, x + 0.4 * width, y + 0.17, 0.008), darker(WOOD, 0.18))
    wall.shape(ellipse((x, y + 0.14), 0.012, 0.012), GOLD)
    _shade_lamp(wall, (x, y + 0.2), 0.17)


def _floor_lamp(canvas: Canvas, at: scenery.Spot, height: float) -> None:
    x, y = at
    canvas.shape(ellipse((x, y), 0.06, 0.016), (110, 90, 84))
    canvas.stroke(np.array([(x, y), (x, y + 0.78 * height)]), 0.014, (110, 90, 84))
    _shade_lamp(canvas, (x, y + 0.62 * height), 0.3 * height)


def _shade_lamp(canvas: Canvas, at: scenery.Spot, size: float) -> None:
    x, y = at
    canvas.stroke(np.array([(x, y), (x, y + 0.5 * size)]), 0.1 * size, WOOD)
    shade = polygon(
        (x - 0.42 * size, y + 0.45 * size),
        (x + 0.42 * size, y + 0.45 * size),
        (x + 0.26 * size, y + 1.05 * size),
        (x - 0.26 * size, y + 1.05 * size),
    )
    canvas.shape(shade, Shade((255, 238, 196), (248, 214, 150)))
    if canvas.light.is_dark:
        canvas.shape(shade, Shine((255, 240, 190), (255, 216, 140)))
        canvas.glow((x, y + 0.7 * size), (2.6 * size, 2.4 * size), (255, 206, 120), alpha=0.6)


def _rug(floor: Canvas, centre: scenery.Spot, across: float, up: float, colour: Colour) -> None:
    floor.shape(ellipse(centre, across, up), darker(colour, 0.15))
    floor.shape(ellipse(centre, 0.93 * across, 0.9 * up), lighter(colour, 0.5))
    floor.shape(ellipse(centre, 0.8 * across, 0.76 * up), colour)
    floor.shape(ellipse(centre, 0.5 * across, 0.46 * up), lighter(colour, 0.35))
