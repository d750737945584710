"""Furniture: the beds, sofas and lamps that rooms are put together from.

Every function draws on a canvas in scene units (the short side of the picture is 1, y upwards from
its foot); `at` is where a thing stands, `centre` where the middle of a thing is.
"""

from __future__ import annotations

import numpy as np

from storydata.twin.drawing.canvas import Canvas, Shade, Shine
from storydata.twin.drawing.outlines import Spot, box, ellipse, polygon
from storydata.twin.drawing.palette import (
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
)


def picture(wall: Canvas, centre: Spot, width: float, height: float) -> None:
    """A framed landscape on the wall."""
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


def sofa(wall: Canvas, at: Spot, width: float, colour: Colour) -> None:
    """A sofa with a cushion."""
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


def bookshelf(
    wall: Canvas, at: Spot, width: float, height: float, rng: np.random.Generator
) -> None:
    """Three shelves of books, no two alike."""
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


def shelf(wall: Canvas, centre: Spot, width: float) -> None:
    """A board with four jars."""
    x, y = centre
    wall.shape(box(x - width / 2, y, x + width / 2, y + 0.02), WOOD)
    for k, colour in enumerate((RED, GOLD, TEAL, (196, 150, 200))):
        left = x - width / 2 + 0.03 + k * width / 4
        wall.shape(box(left, y + 0.02, left + 0.06, y + 0.1, 0.015), lighter(colour, 0.25))
        wall.shape(box(left + 0.006, y + 0.1, left + 0.054, y + 0.118), darker(WOOD, 0.1))


def stove(wall: Canvas, at: Spot, width: float) -> None:
    """A stove with a pot on it."""
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


def bed(wall: Canvas, at: Spot, width: float, side: float) -> None:
    """A bed with a quilt; its head is at that side, -1 or 1."""
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


def night_table(wall: Canvas, at: Spot, width: float) -> None:
    """A small chest with a lamp on it."""
    x, y = at
    wall.shape(
        box(x - width / 2, y, x + width / 2, y + 0.2, 0.01),
        Shade(lighter(WOOD, 0.1), darker(WOOD, 0.12)),
    )
    wall.shape(box(x - 0.4 * width, y + 0.11, x + 0.4 * width, y + 0.17, 0.008), darker(WOOD, 0.18))
    wall.shape(ellipse((x, y + 0.14), 0.012, 0.012), GOLD)
    _shade_lamp(wall, (x, y + 0.2), 0.17)


def floor_lamp(canvas: Canvas, at: Spot, height: float) -> None:
    """A lamp on a pole."""
    x, y = at
    canvas.shape(ellipse((x, y), 0.06, 0.016), (110, 90, 84))
    canvas.stroke(np.array([(x, y), (x, y + 0.78 * height)]), 0.014, (110, 90, 84))
    _shade_lamp(canvas, (x, y + 0.62 * height), 0.3 * height)


def _shade_lamp(canvas: Canvas, at: Spot, size: float) -> None:
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


def rug(floor: Canvas, centre: Spot, across: float, up: float, colour: Colour) -> None:
    """An oval rug in three rings."""
    floor.shape(ellipse(centre, across, up), darker(colour, 0.15))
    floor.shape(ellipse(centre, 0.93 * across, 0.9 * up), lighter(colour, 0.5))
    floor.shape(ellipse(centre, 0.8 * across, 0.76 * up), colour)
    floor.shape(ellipse(centre, 0.5 * across, 0.46 * up), lighter(colour, 0.35))
