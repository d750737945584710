"""An anti-aliased drawing surface: shapes in units, y upwards, composited premultiplied.

Everything is drawn `SUPERSAMPLE` times too large and averaged down at the end, which gives smooth
edges, gradients and glows with nothing but Pillow. The surface has mode RGBX, four plain bands
with coverage in the fourth: filling, pasting through a mask and averaging then keep colours
multiplied by their coverage, and only `finish` and `cut` divide it out. (Mode RGBA would have
Pillow's `reduce` multiply a second time.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor

import numpy as np
import PIL.Image
from PIL import ImageChops, ImageDraw

from storydata.twin.drawing.outlines import Affine, Points, thickened
from storydata.twin.drawing.palette import NOON, Colour, Light

SUPERSAMPLE = 3
GLOW_SIDE = 128

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Shade:
    """A vertical gradient fill: `top` colour at the top of the shape, `bottom` at its foot."""

    top: Colour
    bottom: Colour


@dataclass(frozen=True)
class Shine:
    """A vertical gradient that no light grades: sky, moon, lit windows."""

    top: Colour
    bottom: Colour


Fill = Colour | Shade | Shine


class Canvas:
    """A transparent picture to draw on; `finish` gives it back as straight-alpha RGBA.

    `scale` is pixels per unit and `origin` the pixel where (0, 0) lies. Colours are graded by
    `light` and `distance`; glows are not, they are light themselves. `place` moves all that is
    drawn next.
    """

    def __init__(
        self,
        size: tuple[int, int],
        *,
        scale: float,
        origin: tuple[float, float],
        light: Light = NOON,
        distance: float = 0.0,
    ) -> None:
        self.size = size
        self.scale = scale
        self.origin = origin
        self.light = light
        self.distance = distance
        self.place = Affine()
        self._picture = PIL.Image.new("RGBX", (size[0] * SUPERSAMPLE, size[1] * SUPERSAMPLE))
        self._draw = ImageDraw.Draw(self._picture)
        self._lit: dict[tuple[Colour, float], Colour] = {}

    @property
    def place(self) -> Affine:
        """The map from what is drawn next to the canvas."""
        return self._place

    @place.setter
    def place(self, place: Affine) -> None:
        self._place = place
        zoom = self.scale * SUPERSAMPLE
        flip = np.array([zoom, -zoom])
        self._matrix = np.array(place.matrix).T * flip
        self._offset = np.array(place.offset) * flip + np.array(self.origin) * SUPERSAMPLE

    def shape(
        self,
        points: Points,
        fill: Fill,
        *,
        alpha: float = 1.0,
        within: Points | None = None,
    ) -> None:
        """Fill a closed outline, cut to the outline `within`."""
        pixels = self._pixels(points)
        if alpha == 1.0 and within is None and isinstance(fill, tuple):
            self._draw.polygon(pixels.ravel().tolist(), fill=(*self.lit(fill), 255))
            return
        box = self._box(pixels)
        if box is None:
            return
        mask = _mask(pixels, box, alpha)
        if within is not None:
            mask = ImageChops.multiply(mask, _mask(self._pixels(within), box, 1.0))
        self._lay(fill, box, mask)

    def stroke(self, points: Points, width: float, fill: Colour, *, alpha: float = 1.0) -> None:
        """Draw an open line with round caps; `width` in units."""
        self.shape(thickened(points, width), fill, alpha=alpha)

    def glow(
        self,
        centre: tuple[float, float],
        radii: tuple[float, float],
        colour: Colour,
        *,
        alpha: float = 1.0,
        within: Points | None = None,
    ) -> None:
        """Lay down a soft spot that fades to nothing at its radii; not graded: it is light."""
        corners = np.array([[-1, -1], [1, 1], [1, -1], [-1, 1]]) * radii + centre
        pixels = self._pixels(corners)
        low, high = np.floor(pixels.min(0)).astype(int), np.ceil(pixels.max(0)).astype(int)
        spot = _spot(round(255 * alpha)).resize(
            (max(1, int(high[0] - low[0])), max(1, int(high[1] - low[1]))),
            PIL.Image.Resampling.BILINEAR,
        )
        box = (int(low[0]), int(low[1]), int(low[0]) + spot.width, int(low[1]) + spot.height)
        if within is not None:
            spot = ImageChops.multiply(spot, _mask(self._pixels(within), box, 1.0))
        self._picture.paste((*colour, 255), box, spot)

    def erase(self, points: Points) -> None:
        """Cut a hole: what lies behind this canvas shows through."""
        self._draw.polygon(self._pixels(points).ravel().tolist(), fill=(0, 0, 0, 0))

    def lit(self, colour: Colour) -> Colour:
        """The colour as this canvas would lay it down."""
        key = (colour, self.distance)
        if key not in self._lit:
            self._lit[key] = self.light.grade(colour, self.distance)
        return self._lit[key]

    def finish(self) -> PIL.Image.Image:
        """The picture so far, straight-alpha RGBA at its own size."""
        return _straight(self._picture.reduce(SUPERSAMPLE))

    def cut(self) -> tuple[PIL.Image.Image, tuple[int, int]]:
        """The smallest part that holds everything drawn, and its left and top in pixels."""
        held = self._picture.getbbox() or (0, 0, 1, 1)
        left, top = held[0] // SUPERSAMPLE, held[1] // SUPERSAMPLE
        drawn = (left * SUPERSAMPLE, top * SUPERSAMPLE, held[2], held[3])
        return _straight(self._picture.reduce(SUPERSAMPLE, drawn)), (left, top)

    def _pixels(self, points: Points) -> Points:
        return points @ self._matrix + self._offset

    def _box(self, pixels: Points) -> Box | None:
        (left, top), (right, bottom) = pixels.min(0).tolist(), pixels.max(0).tolist()
        cut = (
            max(0, floor(left)),
            max(0, floor(top)),
            min(self._picture.width, ceil(right) + 1),
            min(self._picture.height, ceil(bottom) + 1),
        )
        return cut if cut[0] < cut[2] and cut[1] < cut[3] else None

    def _lay(self, fill: Fill, box: Box, mask: PIL.Image.Image) -> None:
        if isinstance(fill, tuple):
            self._picture.paste((*self.lit(fill), 255), box, mask)
            return
        if isinstance(fill, Shine):
            strip = _gradient(fill.top, fill.bottom)
        else:
            strip = _gradient(self.lit(fill.top), self.lit(fill.bottom))
        size = (box[2] - box[0], box[3] - box[1])
        self._picture.paste(strip.resize(size, PIL.Image.Resampling.NEAREST), box, mask)


def _straight(multiplied: PIL.Image.Image) -> PIL.Image.Image:
    return PIL.Image.frombytes("RGBa", multiplied.size, multiplied.tobytes()).convert("RGBA")


def _mask(pixels: Points, box: Box, alpha: float) -> PIL.Image.Image:
    mask = PIL.Image.new("L", (box[2] - box[0], box[3] - box[1]))
    ImageDraw.Draw(mask).polygon((pixels - box[:2]).ravel().tolist(), fill=round(255 * alpha))
    return mask


@lru_cache(maxsize=512)
def _gradient(top: Colour, bottom: Colour) -> PIL.Image.Image:
    steps = np.linspace(0, 1, 256)[:, None]
    opaque = np.full((256, 1, 4), 255, np.uint8)
    opaque[:, 0, :3] = np.rint(np.array(top) * (1 - steps) + np.array(bottom) * steps)
    return PIL.Image.frombytes("RGBX", (1, 256), opaque.tobytes())


@lru_cache(maxsize=256)
def _spot(strength: int) -> PIL.Image.Image:
    axis = (np.arange(GLOW_SIDE) + 0.5) / GLOW_SIDE * 2 - 1
    radius = np.minimum(np.hypot(axis[:, None], axis[None, :]), 1)
    return PIL.Image.fromarray(np.rint((1 - radius**2) ** 2 * strength).astype(np.uint8))
