"""Props: single things with a name, which captions may tell of and characters use, as sprites.

A prop is drawn standing on (0, 0) of its canvas, one unit high; `PROPS` says how large each one
is in a scene and how a caption names it. What has no name in a caption is a set piece.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from storydata.twin.drawing.canvas import Canvas, Shade
from storydata.twin.drawing.outlines import arc, blob, box, ellipse, grown, polygon
from storydata.twin.drawing.palette import (
    BARK,
    BLUE,
    BLUSH,
    CREAM,
    GOLD,
    INK,
    LEAF,
    RED,
    SAND,
    STONE,
    TEAL,
    WHITE,
    WOOD,
    Colour,
    Light,
    darker,
    lighter,
)
from storydata.twin.drawing.parts import deep, part
from storydata.twin.drawing.sprites import Sprite, cut_out
from storydata.twin.world import set_pieces


@dataclass(frozen=True)
class Prop:
    """One kind of thing: its words, its height in scene units, its width as a multiple of that."""

    name: str
    phrase: str
    size: float
    width: float
    draw: Callable[[Canvas], None]
    has_shadow: bool = True


@lru_cache(maxsize=600)
def prop_sprite(name: str, height: int, light: Light) -> Sprite:
    """A prop standing on its foot, `height` pixels tall.

    Raises:
        KeyError: no such prop.
    """
    prop = PROPS[name]
    size = (round(1.3 * prop.width * height), round(2.2 * height))
    origin = (size[0] / 2, 1.6 * height)
    canvas = Canvas(size, scale=height, origin=origin, light=light)
    prop.draw(canvas)
    return cut_out(canvas)


def _ball(canvas: Canvas) -> None:
    ring = ellipse((0, 0.5), 0.48, 0.48)
    canvas.shape(grown(ring, 0.05), deep(RED))
    canvas.shape(ring, Shade(lighter(RED, 0.15), darker(RED, 0.15)))
    canvas.shape(box(-0.5, 0.38, 0.5, 0.62), CREAM, within=ring)
    canvas.shape(ellipse((0, 0.5), 0.2, 0.2), GOLD)
    canvas.shape(ellipse((-0.18, 0.74), 0.13, 0.08, -30), WHITE, alpha=0.7)


def _bush(canvas: Canvas) -> None:
    set_pieces.bush(canvas, (0, 0), 1.0, (104, 168, 94))


def _rock(canvas: Canvas) -> None:
    set_pieces.rock(canvas, (0, 0), 1.3, (166, 158, 164))


def _snow_pile(canvas: Canvas) -> None:
    pile = blob([(-1.0, 0), (-0.7, 0.5), (-0.1, 0.95), (0.5, 0.7), (1.0, 0.04), (0, -0.04)])
    canvas.shape(grown(pile, 0.015), (168, 184, 214))
    canvas.shape(pile, Shade(WHITE, (206, 220, 242)))
    canvas.shape(ellipse((-0.2, 0.72), 0.26, 0.09, -20), WHITE, alpha=0.9, within=pile)


def _box(canvas: Canvas) -> None:
    card: Colour = (206, 160, 112)
    part(canvas, box(-0.7, 0, 0.7, 0.9, 0.03), card)
    for side in (-1, 1):
        flap = polygon(
            (side * 0.05, 0.9), (side * 0.7, 0.9), (side * 0.92, 1.02), (side * 0.3, 1.04)
        )
        part(canvas, flap, lighter(card, 0.1))
    canvas.shape(box(-0.1, 0, 0.1, 0.9), lighter(card, 0.4), alpha=0.7)


def _barrel(canvas: Canvas) -> None:
    body = blob([(-0.45, 0), (-0.58, 0.5), (-0.45, 1.0), (0.45, 1.0), (0.58, 0.5), (0.45, 0)])
    part(canvas, body, WOOD)
    for y in (0.22, 0.76):
        canvas.shape(box(-0.7, y, 0.7, y + 0.1), (112, 104, 112), within=body)
    for x in (-0.2, 0.12):
        canvas.stroke(np.array([(x, 0.02), (1.1 * x, 0.98)]), 0.02, darker(WOOD, 0.3))


def _basket(canvas: Canvas) -> None:
    handle = arc((-0.5, 0.5), (0.0, 1.5), (0.5, 0.5))
    canvas.stroke(handle, 0.1, darker(WOOD, 0.4))
    canvas.stroke(handle, 0.06, WOOD)
    part(canvas, polygon((-0.55, 0), (0.55, 0), (0.68, 0.55), (-0.68, 0.55)), (210, 164, 104))
    for y in (0.15, 0.32):
        canvas.stroke(np.array([(-0.56, y), (0.56, y)]), 0.03, darker(WOOD, 0.1))
    part(
        canvas,
        blob([(-0.7, 0.5), (-0.3, 0.68), (0.3, 0.66), (0.7, 0.5), (0.2, 0.42), (-0.3, 0.42)]),
        RED,
    )


def _kite(canvas: Canvas) -> None:
    tail = np.concatenate(
        [arc((0, 0.3), (-0.3, 0.1), (-0.15, -0.1)), arc((-0.15, -0.1), (0.0, -0.3), (-0.2, -0.5))]
    )
    canvas.stroke(tail, 0.03, INK)
    part(canvas, polygon((0, 0.3), (0.34, 0.72), (0, 1.0), (-0.34, 0.72)), BLUE)
    canvas.shape(polygon((0, 0.3), (0.34, 0.72), (0, 0.72)), GOLD)
    canvas.shape(polygon((0, 0.72), (-0.34, 0.72), (0, 1.0)), GOLD)
    for x, y in ((-0.2, 0.05), (-0.1, -0.25)):
        part(canvas, polygon((x - 0.1, y + 0.06), (x - 0.1, y - 0.06), (x, y)), RED)


def _stump(canvas: Canvas) -> None:
    part(canvas, polygon((-0.7, 0), (0.7, 0), (0.55, 0.75), (-0.55, 0.75)), BARK)
    part(canvas, ellipse((0, 0.76), 0.56, 0.18), (224, 186, 140))
    canvas.shape(ellipse((0, 0.76), 0.3, 0.09), (198, 156, 112))
    canvas.shape(ellipse((0, 0.76), 0.12, 0.04), (224, 186, 140))


def _sandcastle(canvas: Canvas) -> None:
    sand = darker(SAND, 0.06)
    for x, height in ((-0.55, 0.7), (0.55, 0.7), (0.0, 1.0)):
        part(canvas, box(x - 0.24, 0, x + 0.24, height), sand)
        for dx in (-0.18, 0.0, 0.18):
            canvas.shape(box(x + dx - 0.05, height, x + dx + 0.05, height + 0.09), sand)
    canvas.shape(box(-0.1, 0, 0.1, 0.36, 0.08), darker(SAND, 0.45))
    canvas.stroke(np.array([(0, 1.05), (0, 1.42)]), 0.03, INK)
    canvas.shape(polygon((0.01, 1.42), (0.3, 1.32), (0.01, 1.22)), RED)


def _parasol(canvas: Canvas) -> None:
    canvas.stroke(np.array([(0.0, 0.0), (0.06, 0.95)]), 0.035, CREAM)
    dome = np.concatenate(
        [
            arc((-0.5, 0.66), (-0.42, 1.12), (0.06, 1.08)),
            arc((0.06, 1.08), (0.58, 1.12), (0.6, 0.66)),
        ]
    )
    part(canvas, dome, RED)
    for left, right in ((-0.32, -0.12), (0.1, 0.3)):
        gore = np.concatenate([arc((left, 0.66), (left + 0.1, 1.0), (0.06, 1.08)), [(right, 0.66)]])
        canvas.shape(gore, CREAM, within=dome)


def _bucket(canvas: Canvas) -> None:
    canvas.stroke(arc((-0.48, 0.7), (0, 1.4), (0.48, 0.7)), 0.06, STONE)
    part(canvas, polygon((-0.36, 0), (0.36, 0), (0.5, 0.72), (-0.5, 0.72)), BLUE)
    canvas.shape(ellipse((0, 0.38), 0.13, 0.13), GOLD)


def _snowman(canvas: Canvas) -> None:
    for y, radius in ((0.25, 0.29), (0.62, 0.22)):
        ball = ellipse((0, y), radius, 0.94 * radius)
        canvas.shape(grown(ball, 0.012), (160, 176, 208))
        canvas.shape(ball, Shade(WHITE, (208, 222, 242)))
    for x in (-0.07, 0.07):
        canvas.shape(ellipse((x, 0.67), 0.022, 0.026), INK)
    canvas.shape(polygon((0, 0.64), (0, 0.58), (0.2, 0.6)), (240, 146, 62))
    for y in (0.2, 0.32):
        canvas.shape(ellipse((0.02, y), 0.022, 0.022), INK)
    part(canvas, box(-0.2, 0.44, 0.2, 0.51, 0.03), TEAL)
    part(canvas, box(-0.24, 0.8, 0.24, 0.85, 0.02), INK)
    part(canvas, box(-0.15, 0.83, 0.15, 1.04, 0.02), INK)
    for side in (-1, 1):
        canvas.stroke(np.array([(side * 0.22, 0.36), (side * 0.48, 0.54)]), 0.025, BARK)


def _sled(canvas: Canvas) -> None:
    canvas.stroke(np.array([(-0.9, 0.06), (0.7, 0.06)]), 0.09, darker(WOOD, 0.3))
    canvas.stroke(arc((0.7, 0.06), (1.05, 0.08), (1.0, 0.5)), 0.09, darker(WOOD, 0.3))
    for x in (-0.6, 0.4):
        canvas.stroke(np.array([(x, 0.08), (x, 0.4)]), 0.09, darker(WOOD, 0.2))
    part(canvas, box(-0.9, 0.4, 0.8, 0.56, 0.06), RED)


def _tent(canvas: Canvas) -> None:
    part(canvas, polygon((-0.8, 0), (0.8, 0), (0.06, 1.0), (-0.06, 1.0)), (236, 168, 84))
    canvas.shape(polygon((-0.28, 0), (0.3, 0), (0, 0.82)), (112, 78, 74))
    canvas.shape(polygon((-0.28, 0), (-0.02, 0), (0, 0.82)), (250, 206, 140))


def _watering_can(canvas: Canvas) -> None:
    canvas.stroke(arc((-0.3, 0.62), (-0.95, 0.6), (-0.36, 0.1)), 0.08, darker(TEAL, 0.25))
    spout = polygon((0.3, 0.1), (0.3, 0.3), (0.8, 0.82), (0.92, 0.74))
    part(canvas, spout, TEAL)
    part(canvas, polygon((-0.45, 0), (0.45, 0), (0.36, 0.66), (-0.36, 0.66)), TEAL)


def _bench(canvas: Canvas) -> None:
    for x in (-0.85, 0.85):
        canvas.shape(box(x - 0.05, 0, x + 0.05, 1.0), (98, 90, 98))
    for y in (0.42, 0.66, 0.84):
        part(canvas, box(-1.05, y, 1.05, y + 0.13, 0.03), WOOD)


def _cart(canvas: Canvas) -> None:
    for k, colour in enumerate((RED, GOLD, LEAF, (236, 150, 70), RED)):
        canvas.shape(ellipse((-0.6 + 0.3 * k, 0.74), 0.17, 0.15), colour)
    part(canvas, polygon((-0.8, 0.34), (0.8, 0.34), (0.92, 0.72), (-0.92, 0.72)), WOOD)
    canvas.stroke(np.array([(0.9, 0.6), (1.3, 0.66)]), 0.06, darker(WOOD, 0.3))
    for x in (-0.45, 0.45):
        part(canvas, ellipse((x, 0.22), 0.22, 0.22), darker(WOOD, 0.3))
        canvas.shape(ellipse((x, 0.22), 0.07, 0.07), GOLD)


def _toy_blocks(canvas: Canvas) -> None:
    for x, y, colour in ((-0.42, 0.0, BLUE), (0.42, 0.0, GOLD), (0.02, 0.66, RED)):
        part(canvas, box(x - 0.33, y, x + 0.33, y + 0.62, 0.05), colour)
        canvas.shape(ellipse((x, y + 0.31), 0.15, 0.15), CREAM)


def _drum(canvas: Canvas) -> None:
    part(canvas, box(-0.6, 0, 0.6, 0.75, 0.08), RED)
    for k in range(4):
        x = -0.6 + 0.3 * k
        canvas.stroke(np.array([(x, 0.72), (x + 0.15, 0.05), (x + 0.3, 0.72)]), 0.035, GOLD)
    part(canvas, ellipse((0, 0.76), 0.6, 0.17), CREAM)


def _cake(canvas: Canvas) -> None:
    part(canvas, box(-0.7, 0, 0.7, 0.06, 0.03), lighter(STONE, 0.4))
    part(canvas, box(-0.56, 0.06, 0.56, 0.5, 0.06), (236, 186, 140))
    icing = box(-0.58, 0.34, 0.58, 0.56, 0.1)
    part(canvas, icing, (250, 206, 214))
    for x in (-0.3, 0.0, 0.3):
        canvas.shape(box(x - 0.03, 0.56, x + 0.03, 0.82), BLUE)
        canvas.glow((x, 0.9), (0.12, 0.16), (255, 214, 110))
    canvas.shape(ellipse((0.0, 0.2), 0.5, 0.02), BLUSH)


PROPS: dict[str, Prop] = {
    prop.name: prop
    for prop in (
        Prop("ball", "a ball", 0.1, 1.2, _ball),
        Prop("bush", "a bush", 0.22, 2.2, _bush),
        Prop("rock", "a rock", 0.22, 2.2, _rock),
        Prop("snow pile", "a pile of snow", 0.23, 2.3, _snow_pile),
        Prop("box", "a big box", 0.24, 2.1, _box),
        Prop("barrel", "a barrel", 0.25, 1.5, _barrel),
        Prop("basket", "a picnic basket", 0.14, 1.7, _basket),
        Prop("kite", "a kite", 0.26, 1.2, _kite, has_shadow=False),
        Prop("stump", "a tree stump", 0.13, 1.7, _stump),
        Prop("sandcastle", "a sandcastle", 0.17, 1.9, _sandcastle),
        Prop("parasol", "a red parasol", 0.5, 1.4, _parasol),
        Prop("bucket", "a bucket", 0.1, 1.4, _bucket),
        Prop("snowman", "a snowman", 0.38, 1.2, _snowman),
        Prop("sled", "a sled", 0.12, 2.4, _sled),
        Prop("tent", "a tent", 0.38, 1.8, _tent),
        Prop("watering can", "a watering can", 0.14, 2.2, _watering_can),
        Prop("bench", "a bench", 0.2, 2.4, _bench),
        Prop("cart", "a fruit cart", 0.26, 2.5, _cart),
        Prop("toy blocks", "the toy blocks", 0.16, 1.8, _toy_blocks),
        Prop("drum", "a drum", 0.15, 1.5, _drum),
        Prop("cake", "a cake", 0.16, 1.8, _cake),
    )
}  # fmt: skip
"""Every prop by name."""
