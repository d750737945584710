"""Set pieces: the trees, hills and houses that landscapes are put together from.

They have no name in any caption: what has one is a prop. Every function draws on a canvas in scene
units (the short side of the picture is 1, y upwards from its foot); `at` is where a thing stands
and `size` its height.
"""

from __future__ import annotations

import numpy as np

from storydata.twin.drawing.canvas import Canvas, Shade
from storydata.twin.drawing.outlines import Points, Spot, arc, blob, box, ellipse, polygon
from storydata.twin.drawing.palette import (
    BARK,
    CREAM,
    GOLD,
    GRASS,
    LEAF,
    PINE,
    RED,
    SNOW,
    STONE,
    WHITE,
    WOOD,
    Colour,
    darker,
    lighter,
)

FOOT = -0.3
"""How far down ground is drawn: a tall picture shows some of what lies below 0."""


def ridge(reach: float, base: float, swell: float, rng: np.random.Generator) -> Points:
    """The outline of a row of hills from -reach to reach, filled down to `FOOT`."""
    x = np.linspace(-reach, reach, 60)
    y = np.full_like(x, base)
    for wave in (1.3, 2.6, 5.1):
        y += swell / wave * np.sin(wave * 2.2 * x + rng.uniform(0, 2 * np.pi))
    foot = np.array([(reach, FOOT), (-reach, FOOT)])
    return np.concatenate([np.stack([x, y], axis=1), foot])


def hills(canvas: Canvas, outline: Points, colour: Colour) -> None:
    """Fill a ridge, lit along its top."""
    canvas.shape(outline, Shade(lighter(colour, 0.25), darker(colour, 0.12)))


def round_tree(canvas: Canvas, at: Spot, size: float, colour: Colour = LEAF) -> None:
    """A leafy tree in three soft masses."""
    x, y = at
    trunk = polygon(
        (x - 0.07 * size, y), (x + 0.07 * size, y), (x + 0.035 * size, y + 0.5 * size),
        (x - 0.035 * size, y + 0.5 * size),
    )  # fmt: skip
    canvas.shape(trunk, Shade(lighter(BARK, 0.1), darker(BARK, 0.2)))
    crown = [(0.2, 0.5, 0.2), (-0.2, 0.52, 0.2), (0.0, 0.72, 0.27)]
    for dx, dy, radius in crown:
        leaf = ellipse((x + dx * size, y + dy * size), radius * size, 0.92 * radius * size)
        canvas.shape(leaf, Shade(lighter(colour, 0.22), darker(colour, 0.16)))
    for dx, dy in ((-0.1, 0.82), (0.06, 0.7), (-0.22, 0.58), (0.2, 0.56)):
        dab = ellipse((x + dx * size, y + dy * size), 0.07 * size, 0.045 * size, -20)
        canvas.shape(dab, lighter(colour, 0.32), alpha=0.55)


def pine_tree(canvas: Canvas, at: Spot, size: float, snow: float = 0.0) -> None:
    """A pine of three tiers; `snow` above 0 whitens them."""
    x, y = at
    canvas.shape(box(x - 0.04 * size, y, x + 0.04 * size, y + 0.25 * size), darker(BARK, 0.15))
    for k, width in enumerate((0.3, 0.24, 0.17)):
        low = y + (0.14 + 0.24 * k) * size
        tier = blob(
            [(x, low + 0.42 * size), (x + 0.5 * width * size, low + 0.16 * size),
             (x + width * size, low), (x, low - 0.04 * size), (x - width * size, low),
             (x - 0.5 * width * size, low + 0.16 * size)]
        )  # fmt: skip
        canvas.shape(tier, Shade(lighter(PINE, 0.16), darker(PINE, 0.2)))
        if snow > 0:
            cap = ellipse((x - 0.03 * size, low + 0.34 * size), 0.75 * width * size, 0.2 * size)
            canvas.shape(cap, SNOW, alpha=snow, within=tier)


def birch(canvas: Canvas, at: Spot, size: float, thickness: float = 0.05) -> None:
    """A pale trunk that leaves the picture at the top."""
    x, y = at
    trunk = polygon(
        (x - thickness, y), (x + thickness, y), (x + 0.7 * thickness, y + size),
        (x - 0.7 * thickness, y + size),
    )  # fmt: skip
    canvas.shape(trunk, Shade((226, 216, 204), (176, 160, 150)))
    for k in range(7):
        mark_y = y + size * (0.08 + 0.13 * k)
        side = 1 if k % 2 else -1
        mark = ellipse((x + 0.5 * side * thickness, mark_y), 0.3 * thickness, 0.012)
        canvas.shape(mark, (112, 98, 98), within=trunk)


def palm(canvas: Canvas, at: Spot, size: float) -> None:
    """A palm leaning to the right."""
    x, y = at
    top = (x + 0.2 * size, y + 0.8 * size)
    canvas.stroke(arc((x, y), (x + 0.02 * size, y + 0.5 * size), top), 0.075 * size, BARK)
    for angle in (-10, 28, 68, 110, 150, 190):
        way = np.deg2rad(angle)
        tip = (top[0] + 0.42 * size * np.cos(way), top[1] + 0.26 * size * np.sin(way) - 0.06 * size)
        bend = (
            top[0] + 0.22 * size * np.cos(way),
            top[1] + 0.28 * size * np.sin(way) + 0.05 * size,
        )
        upper = arc(top, bend, tip)
        lower = arc(tip, (bend[0], bend[1] - 0.1 * size), top)
        frond = np.concatenate([upper, lower[1:-1]])
        canvas.shape(frond, Shade(lighter(LEAF, 0.2), darker(LEAF, 0.15)))
    for dx in (-0.03, 0.04):
        canvas.shape(
            ellipse((top[0] + dx * size, top[1] - 0.03 * size), 0.035 * size, 0.035 * size), WOOD
        )


def bush(canvas: Canvas, at: Spot, size: float, colour: Colour = LEAF) -> None:
    """A round bush with a few berries."""
    x, y = at
    for dx, dy, radius in ((-0.5, 0.3, 0.42), (0.5, 0.3, 0.42), (0.0, 0.48, 0.52)):
        mass = ellipse((x + dx * size, y + dy * size), radius * size, 0.9 * radius * size)
        canvas.shape(mass, Shade(lighter(colour, 0.22), darker(colour, 0.18)))
    foot = box(x - 0.82 * size, y - 0.02 * size, x + 0.82 * size, y + 0.26 * size, 0.1 * size)
    canvas.shape(foot, darker(colour, 0.14))
    for dx, dy in ((-0.5, 0.45), (-0.1, 0.7), (0.3, 0.5), (0.6, 0.3), (-0.3, 0.2), (0.1, 0.3)):
        berry = ellipse((x + dx * size, y + dy * size), 0.045 * size, 0.045 * size)
        canvas.shape(berry, RED)


def flowers(
    canvas: Canvas, reach: float, span: tuple[float, float], count: int, rng: np.random.Generator
) -> None:
    """Small flowers scattered between two heights, larger when nearer."""
    colours = ((252, 246, 240), (250, 210, 96), (240, 142, 158), (186, 150, 220))
    for y in sorted(rng.uniform(*span, count), reverse=True):
        x, near = rng.uniform(-reach, reach), 1.5 - y / max(span[1], 1e-6)
        size = 0.009 * near
        colour = colours[rng.integers(len(colours))]
        canvas.stroke(np.array([(x, y - 2.6 * size), (x, y)]), 0.5 * size, darker(GRASS, 0.25))
        for angle in range(0, 360, 72):
            way = np.deg2rad(angle)
            petal = (x + size * np.cos(way), y + size * np.sin(way))
            canvas.shape(ellipse(petal, 0.72 * size, 0.72 * size), colour)
        canvas.shape(ellipse((x, y), 0.55 * size, 0.55 * size), GOLD)


def grass(
    canvas: Canvas,
    reach: float,
    span: tuple[float, float],
    count: int,
    colour: Colour,
    rng: np.random.Generator,
) -> None:
    """Tufts of three blades."""
    for y in sorted(rng.uniform(*span, count), reverse=True):
        x, size = rng.uniform(-reach, reach), 0.035 * (1.5 - y / max(span[1], 1e-6))
        for lean in (-0.5, 0.0, 0.5):
            tip = (x + lean * size, y + size * (1 - 0.3 * abs(lean)))
            blade = polygon((x - 0.12 * size, y), (x + 0.12 * size, y), tip)
            canvas.shape(blade, colour)


def rock(canvas: Canvas, at: Spot, size: float, colour: Colour = STONE) -> None:
    """A boulder, lit from above."""
    x, y = at
    shape = blob(
        [(x - 0.6 * size, y), (x - 0.55 * size, y + 0.45 * size), (x - 0.1 * size, y + 0.75 * size),
         (x + 0.45 * size, y + 0.55 * size), (x + 0.65 * size, y), (x, y - 0.04 * size)]
    )  # fmt: skip
    canvas.shape(shape, Shade(lighter(colour, 0.3), darker(colour, 0.25)))
    shine = ellipse((x - 0.18 * size, y + 0.5 * size), 0.2 * size, 0.08 * size, -24)
    canvas.shape(shine, lighter(colour, 0.5), alpha=0.6, within=shape)


def mushroom(canvas: Canvas, at: Spot, size: float) -> None:
    """A red cap with white dots."""
    x, y = at
    canvas.shape(box(x - 0.14 * size, y, x + 0.14 * size, y + 0.6 * size, 0.1 * size), CREAM)
    cap = blob(
        [(x - 0.5 * size, y + 0.5 * size), (x - 0.3 * size, y + 0.9 * size), (x, y + size),
         (x + 0.3 * size, y + 0.9 * size), (x + 0.5 * size, y + 0.5 * size), (x, y + 0.44 * size)]
    )  # fmt: skip
    canvas.shape(cap, Shade(lighter(RED, 0.15), darker(RED, 0.15)))
    for dx, dy in ((-0.22, 0.72), (0.05, 0.82), (0.25, 0.64)):
        canvas.shape(ellipse((x + dx * size, y + dy * size), 0.07 * size, 0.06 * size), WHITE)


def fence(canvas: Canvas, reach: float, y: float, height: float) -> None:
    """White pickets from edge to edge."""
    for rail in (0.3, 0.7):
        bar = box(-reach, y + rail * height - 0.012, reach, y + rail * height + 0.012)
        canvas.shape(bar, (226, 218, 208))
    for x in np.arange(-reach, reach, 0.085):
        picket = polygon((x, y), (x + 0.05, y), (x + 0.05, y + 0.85 * height),
                         (x + 0.025, y + height), (x, y + 0.85 * height))  # fmt: skip
        canvas.shape(picket, Shade((252, 248, 240), (222, 214, 206)))


def house(canvas: Canvas, at: Spot, size: float, wall: Colour, roof: Colour) -> None:
    """A cottage with a door and two windows that glow after dark."""
    x, y = at
    canvas.shape(
        box(x + 0.2 * size, y + 0.8 * size, x + 0.3 * size, y + 1.3 * size), darker(RED, 0.3)
    )
    canvas.shape(
        box(x - 0.5 * size, y, x + 0.5 * size, y + 0.75 * size),
        Shade(lighter(wall, 0.15), darker(wall, 0.08)),
    )
    gable = polygon(
        (x - 0.62 * size, y + 0.72 * size),
        (x + 0.62 * size, y + 0.72 * size),
        (x + 0.32 * size, y + 1.2 * size),
        (x - 0.32 * size, y + 1.2 * size),
    )
    canvas.shape(gable, Shade(lighter(roof, 0.15), darker(roof, 0.12)))
    canvas.shape(
        box(x - 0.1 * size, y, x + 0.1 * size, y + 0.42 * size, 0.03 * size), darker(WOOD, 0.2)
    )
    for side in (-1, 1):
        pane = (x + side * 0.3 * size, y + 0.42 * size)
        window(canvas, pane, 0.2 * size)


def window(canvas: Canvas, centre: Spot, size: float) -> None:
    """A small square window with a cross; warm light in it when the light is dark."""
    x, y = centre
    half = 0.5 * size
    canvas.shape(box(x - 1.2 * half, y - 1.2 * half, x + 1.2 * half, y + 1.2 * half), CREAM)
    canvas.shape(box(x - half, y - half, x + half, y + half), (150, 196, 214))
    if canvas.light.is_dark:
        canvas.glow((x, y), (2.6 * half, 2.6 * half), (255, 208, 120), alpha=0.9)
    for bar in (box(x - 0.12 * half, y - half, x + 0.12 * half, y + half),
                box(x - half, y - 0.12 * half, x + half, y + 0.12 * half)):  # fmt: skip
        canvas.shape(bar, CREAM)


def lamp_post(canvas: Canvas, at: Spot, size: float) -> None:
    """A street lamp, shining after dark."""
    x, y = at
    canvas.stroke(np.array([(x, y), (x, y + 0.85 * size)]), 0.035 * size, (78, 82, 96))
    canvas.shape(box(x - 0.06 * size, y, x + 0.06 * size, y + 0.06 * size, 0.01), (78, 82, 96))
    canvas.shape(
        box(x - 0.06 * size, y + 0.84 * size, x + 0.06 * size, y + 0.98 * size, 0.02),
        (250, 232, 180),
    )
    hat = polygon(
        (x - 0.09 * size, y + 0.97 * size), (x + 0.09 * size, y + 0.97 * size), (x, y + 1.04 * size)
    )
    canvas.shape(hat, (78, 82, 96))
    if canvas.light.is_dark:
        canvas.glow((x, y + 0.9 * size), (0.34 * size, 0.34 * size), (255, 214, 130), alpha=0.95)


def cloud(canvas: Canvas, at: Spot, size: float) -> None:
    """A soft flat-footed cloud."""
    x, y = at
    for dx, dy, radius in (
        (-0.55, 0.16, 0.26),
        (0.5, 0.14, 0.24),
        (-0.15, 0.3, 0.36),
        (0.22, 0.24, 0.3),
    ):
        puff = ellipse((x + dx * size, y + dy * size), radius * size, 0.8 * radius * size)
        canvas.shape(puff, Shade(WHITE, (232, 240, 248)))
    canvas.shape(
        box(x - 0.78 * size, y - 0.02 * size, x + 0.72 * size, y + 0.2 * size, 0.1 * size),
        (240, 245, 250),
    )


def sail_boat(canvas: Canvas, at: Spot, size: float) -> None:
    """A small boat with two sails."""
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


def shell(canvas: Canvas, at: Spot) -> None:
    """A ribbed sea shell."""
    x, y = at
    canvas.shape(ellipse((x, y), 0.02, 0.016), (246, 190, 176))
    for dx in (-0.01, 0.0, 0.01):
        canvas.stroke(np.array([(x, y - 0.012), (x + dx, y + 0.012)]), 0.003, (224, 148, 140))


def lily(canvas: Canvas, at: Spot) -> None:
    """A lily pad in flower."""
    x, y = at
    canvas.shape(ellipse((x, y), 0.045, 0.012), (96, 160, 100))
    canvas.shape(ellipse((x + 0.01, y + 0.012), 0.016, 0.011), (250, 206, 216))
