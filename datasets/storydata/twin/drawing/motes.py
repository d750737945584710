"""Motes: the small things in the air, from snowflakes to butterflies, as sprites."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from storydata.twin.drawing.canvas import Canvas
from storydata.twin.drawing.outlines import arc, ellipse, polygon
from storydata.twin.drawing.palette import CREAM, INK, WHITE, Colour
from storydata.twin.drawing.sprites import Sprite, cut_out


@lru_cache(maxsize=400)
def mote_sprite(kind: str, size: int, step: int) -> Sprite:
    """A small thing in the air: snowflake, firefly, butterfly, leaf, note, z, dust.

    `step` animates those that flap, turn or pulse.
    """
    canvas = Canvas((6 * size + 2, 6 * size + 2), scale=size, origin=(3 * size + 1, 3 * size + 1))
    _MOTES[kind](canvas, step)
    return cut_out(canvas)


def _snowflake(canvas: Canvas, step: int) -> None:
    del step
    canvas.glow((0, 0), (1.0, 1.0), WHITE)


def _firefly(canvas: Canvas, step: int) -> None:
    pulse = 0.35 + 0.16 * (step % 5)
    canvas.glow((0, 0), (2.8, 2.8), (236, 240, 130), alpha=0.6 * pulse)
    canvas.glow((0, 0), (1.1, 1.1), (255, 252, 200), alpha=min(1.0, pulse))


def _butterfly(canvas: Canvas, step: int) -> None:
    colours: tuple[Colour, ...] = ((250, 204, 96), (240, 150, 176), (150, 180, 240))
    colour = colours[step // 4 % 3]
    spread = (1.0, 0.6, 0.25, 0.6)[step % 4]
    for side in (-1, 1):
        canvas.shape(ellipse((side * 0.75 * spread, 0.45), 0.8 * spread, 0.75, 20 * side), colour)
        canvas.shape(ellipse((side * 0.55 * spread, -0.5), 0.55 * spread, 0.5), colour)
    canvas.stroke(np.array([(0.0, -0.7), (0.0, 0.8)]), 0.28, INK)


def _leaf(canvas: Canvas, step: int) -> None:
    colours: tuple[Colour, ...] = ((226, 160, 74), (206, 106, 66), (190, 176, 84))
    blade = ellipse((0, 0), 1.2, 0.55, 30 * (step % 6))
    canvas.shape(blade, colours[step // 6 % 3])


def _note(canvas: Canvas, step: int) -> None:
    del step
    canvas.shape(ellipse((-0.5, -1.2), 0.75, 0.55, -20), INK)
    canvas.stroke(np.array([(0.15, -1.0), (0.15, 1.4)]), 0.3, INK)
    canvas.stroke(arc((0.15, 1.4), (0.9, 1.1), (1.2, 0.2)), 0.3, INK)


def _letter_z(canvas: Canvas, step: int) -> None:
    del step
    line = polygon((-1.1, 1.1), (1.1, 1.1), (-1.1, -1.1), (1.1, -1.1))
    for width, colour in ((0.9, INK), (0.45, CREAM)):
        for k in range(3):
            canvas.stroke(line[k : k + 2], width, colour)


def _dust(canvas: Canvas, step: int) -> None:
    canvas.glow((0, 0), (1.0, 1.0), (255, 240, 200), alpha=0.2 + 0.1 * (step % 4))


_MOTES = {
    "snow": _snowflake,
    "fireflies": _firefly,
    "butterflies": _butterfly,
    "leaves": _leaf,
    "note": _note,
    "z": _letter_z,
    "dust": _dust,
}
