"""Sprites: characters, props, shadows and small flying things, drawn once and kept.

A scene lays down thousands of frames from a few hundred sprites, so everything here is cached by
what it shows, how large, and in which light. A sprite knows where its foot is, and nothing about
where it will stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import PIL.Image
from PIL import ImageOps

from storydata.twin import scenery
from storydata.twin.canvas import Canvas
from storydata.twin.characters import Character
from storydata.twin.outlines import arc, ellipse, polygon
from storydata.twin.palette import CREAM, INK, WHITE, Colour, Light
from storydata.twin.poses import Pose
from storydata.twin.props import PROPS
from storydata.twin.rig import draw_character

REACH = 1.25
"""How far a posed character may extend to either side of its feet, in its own heights."""


@dataclass(frozen=True, eq=False)
class Sprite:
    """Straight-alpha RGBA and its mask; `foot` is the pixel that goes where it stands."""

    picture: PIL.Image.Image
    mask: PIL.Image.Image
    foot: tuple[int, int]

    def lay(self, frame: PIL.Image.Image, x: float, y: float) -> None:
        """Paste it with its foot at pixel (x, y) of an RGB frame."""
        frame.paste(self.picture, (round(x) - self.foot[0], round(y) - self.foot[1]), self.mask)


@lru_cache(maxsize=6000)
def character_sprite(
    character: Character, pose: Pose, height: int, light: Light, facing: int
) -> Sprite:
    """A character in a pose, `height` pixels tall, facing right (1) or left (-1)."""
    if facing < 0:
        right = character_sprite(character, pose, height, light, 1)
        foot = (right.picture.width - 1 - right.foot[0], right.foot[1])
        return Sprite(ImageOps.mirror(right.picture), ImageOps.mirror(right.mask), foot)
    size = (round(2 * REACH * height), round(1.9 * height))
    origin = (REACH * height, 1.62 * height)
    canvas = Canvas(size, scale=height, origin=origin, light=light)
    draw_character(canvas, character, pose)
    return _cut(canvas, origin)


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
    return _cut(canvas, origin)


@lru_cache(maxsize=600)
def shadow_sprite(width: int, strength: int) -> Sprite:
    """A soft shadow on the ground, `width` pixels across; `strength` 0..255."""
    height = max(3, round(0.3 * width))
    canvas = Canvas((width, height), scale=1, origin=(width / 2, height / 2))
    canvas.glow((0, 0), (width / 2, height / 2), (38, 34, 62), alpha=strength / 255)
    return _sprite(canvas.finish(), (width // 2, height // 2))


@lru_cache(maxsize=400)
def mote_sprite(kind: str, size: int, step: int) -> Sprite:
    """A small thing in the air: snowflake, firefly, butterfly, leaf, note, z, cloud, dust.

    `step` animates those that flap, turn or pulse.
    """
    canvas = Canvas((6 * size + 2, 6 * size + 2), scale=size, origin=(3 * size + 1, 3 * size + 1))
    _MOTES[kind](canvas, step)
    return _cut(canvas, canvas.origin)


@lru_cache(maxsize=64)
def cloud_sprite(size: int, light: Light) -> Sprite:
    """A cloud about twice `size` pixels wide."""
    canvas = Canvas(
        (2 * size, size), scale=size, origin=(size, 0.8 * size), light=light, distance=0.3
    )
    scenery.cloud(canvas, (0, 0), 1.0)
    return _cut(canvas, canvas.origin)


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


def _cut(canvas: Canvas, origin: tuple[float, float]) -> Sprite:
    picture, (left, top) = canvas.cut()
    return _sprite(picture, (round(origin[0]) - left, round(origin[1]) - top))


def _sprite(picture: PIL.Image.Image, foot: tuple[int, int]) -> Sprite:
    return Sprite(picture.convert("RGB"), picture.getchannel("A"), foot)
