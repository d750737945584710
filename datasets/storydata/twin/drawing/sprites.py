"""Sprites: characters, shadows and whatever stands on a canvas, drawn once and kept.

A scene lays down thousands of frames from a few hundred sprites, so everything here is cached by
what it shows, how large, and in which light. A sprite knows where its foot is, and nothing about
where it will stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import PIL.Image
from PIL import ImageOps

from storydata.twin.drawing.canvas import Canvas
from storydata.twin.drawing.character import Character
from storydata.twin.drawing.palette import Light
from storydata.twin.drawing.poses import Pose
from storydata.twin.drawing.rig import draw_character

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
    return cut_out(canvas)


@lru_cache(maxsize=600)
def shadow_sprite(width: int, strength: int) -> Sprite:
    """A soft shadow on the ground, `width` pixels across; `strength` 0..255."""
    height = max(3, round(0.3 * width))
    canvas = Canvas((width, height), scale=1, origin=(width / 2, height / 2))
    canvas.glow((0, 0), (width / 2, height / 2), (38, 34, 62), alpha=strength / 255)
    return _sprite(canvas.finish(), (width // 2, height // 2))


def cut_out(canvas: Canvas) -> Sprite:
    """What stands on a canvas, cut to what it holds, its foot at the origin."""
    picture, (left, top) = canvas.cut()
    foot = (round(canvas.origin[0]) - left, round(canvas.origin[1]) - top)
    return _sprite(picture, foot)


def _sprite(picture: PIL.Image.Image, foot: tuple[int, int]) -> Sprite:
    return Sprite(picture.convert("RGB"), picture.getchannel("A"), foot)
