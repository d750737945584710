"""Rooms: the three places indoors, a function each that draws one on a stage.

In layers like a landscape: the view from the window moves least, then the wall, then the floor.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from storydata.twin.drawing.canvas import Canvas, Shade, Shine
from storydata.twin.drawing.outlines import Spot, arc, box, ellipse, polygon
from storydata.twin.drawing.palette import (
    CREAM,
    LEAF,
    TEAL,
    WHITE,
    WOOD,
    Colour,
    darker,
    lighter,
    mix,
)
from storydata.twin.world import furniture, set_pieces
from storydata.twin.world.stage import Stage

FLOOR = 0.36
"""Height of the line where wall meets floor."""


def living_room(stage: Stage) -> None:
    """A sofa, a lamp, a bookshelf, a round rug."""
    wall = _room(stage, (238, 212, 178), (230, 202, 168), (178, 126, 90))
    side = float(stage.rng.choice((-1, 1)))
    _window(stage, wall, (-0.12 * side, 0.74), 0.34, 0.34, (206, 104, 92))
    furniture.bookshelf(wall, (0.62 * side, FLOOR), 0.34, 0.5, stage.rng)
    furniture.picture(wall, (-0.56 * side, 0.82), 0.2, 0.16)
    furniture.sofa(wall, (-0.42 * side, FLOOR - 0.03), 0.5, TEAL)
    floor = _floor(stage, (186, 136, 98))
    furniture.rug(floor, (0.05 * side, 0.15), 0.56, 0.115, (214, 110, 100))
    furniture.floor_lamp(floor, (-0.76 * side, FLOOR - 0.04), 0.62)


def kitchen(stage: Stage) -> None:
    """A counter, a stove, a shelf of jars, a chequered floor."""
    wall = _room(stage, (214, 230, 218), (204, 222, 210), (240, 236, 224))
    side = float(stage.rng.choice((-1, 1)))
    _window(stage, wall, (0.1 * side, 0.82), 0.36, 0.26, (242, 190, 98))
    furniture.shelf(wall, (-0.5 * side, 0.8), 0.4)
    wall.shape(
        box(-stage.reach, FLOOR - 0.02, stage.reach, 0.58), Shade((250, 240, 224), (226, 212, 196))
    )
    wall.shape(box(-stage.reach, 0.57, stage.reach, 0.605), (170, 120, 88))
    for x in np.arange(-stage.reach + 0.1, stage.reach, 0.29):
        wall.shape(box(x, FLOOR + 0.02, x + 0.25, 0.545, 0.015), (240, 228, 210))
        wall.shape(ellipse((x + 0.21, 0.46), 0.011, 0.011), (196, 150, 96))
    furniture.stove(wall, (0.62 * side, FLOOR - 0.02), 0.3)
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
    furniture.picture(wall, (-0.55 * side, 0.8), 0.16, 0.2)
    furniture.bed(wall, (0.55 * side, FLOOR - 0.06), 0.66, side)
    furniture.night_table(wall, (-0.6 * side, FLOOR - 0.03), 0.22)
    floor = _floor(stage, (206, 168, 134))
    furniture.rug(floor, (-0.1 * side, 0.15), 0.5, 0.11, (126, 160, 206))


def _room(stage: Stage, wall: Colour, stripe: Colour, skirting: Colour) -> Canvas:
    back = stage.layer(0.12)
    high, low = stage.light.sky
    back.shape(box(-stage.reach, 0.3, stage.reach, stage.top + 0.1), Shine(high, low))
    if stage.light.is_dark:
        for _ in range(40):
            x, y = stage.rng.uniform(-stage.reach, stage.reach), stage.rng.uniform(0.6, 1.0)
            back.glow((x, y), (0.01, 0.01), CREAM)
    outside = darker(LEAF, 0.5) if stage.light.is_dark else mix(LEAF, WHITE, 0.25)
    back.shape(set_pieces.ridge(stage.reach, 0.68, 0.05, stage.rng), outside)
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
    canvas.shape(box(-stage.reach, set_pieces.FOOT, stage.reach, FLOOR - 0.02),
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
    stage: Stage, wall: Canvas, centre: Spot, width: float, height: float, cloth: Colour
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
