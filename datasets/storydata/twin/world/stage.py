"""A stage: what one place is drawn on, layer by layer, each moving at its own speed.

When the camera pans, far layers move less than near ones: that is the depth. A landscape or room
is drawn on a stage once; a scene then only lays the layers over each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import PIL.Image

from storydata.twin.drawing.canvas import Canvas, Shine
from storydata.twin.drawing.outlines import box, ellipse
from storydata.twin.drawing.palette import CREAM, Light

MARGIN = 0.28
"""How far, in units, a layer reaches beyond the picture on either side: room for the camera."""


def baseline(size: tuple[int, int]) -> int:
    """Pixels from the foot of the picture to height 0.

    Above zero in a tall picture, so that what happens stays near its centre square.
    """
    return round(0.4 * (size[1] - min(size)))


@dataclass(frozen=True, eq=False)
class Layer:
    """One drawn layer: straight-alpha RGBA, `parallax` 0 (stands still) to 1 and beyond.

    `left` and `top` place it in the drawn sheet, which is `margin` wider than the picture on
    either side.
    """

    picture: PIL.Image.Image
    parallax: float
    left: int
    top: int
    margin: int


class Stage:
    """The layers of one setting, drawn back to front; made by `settings`.

    `size` is the picture in pixels and `unit` the pixels of one scene unit (the short side, times
    the zoom). `reach` is how far drawings must go to either side, `low` and `top` the edges of the
    picture, all in units.
    """

    def __init__(
        self, size: tuple[int, int], unit: float, light: Light, rng: np.random.Generator
    ) -> None:
        self.size = size
        self.unit = unit
        self.light = light
        self.rng = rng
        self.margin = round(MARGIN * unit)
        self.reach = (size[0] / 2 + self.margin) / unit
        self.low = -baseline(size) / unit
        self.top = (size[1] - baseline(size)) / unit
        self._canvases: list[tuple[Canvas, float, bool]] = []

    def layer(self, parallax: float, *, distance: float = 0.0) -> Canvas:
        """A new layer in front of those before it, behind the characters."""
        return self._new(parallax, distance, is_front=False)

    def front(self, parallax: float = 1.25) -> Canvas:
        """A new layer in front of the characters; keep it low."""
        return self._new(parallax, 0.0, is_front=True)

    def sky(self, horizon: float = 0.4) -> Canvas:
        """The sky with its sun or moon, and stars at night, down to the horizon (in units)."""
        canvas = self._new(0.0, 0.0, is_front=False)
        high, low = self.light.sky
        whole = box(-self.reach, horizon - 0.1, self.reach, self.top + 0.1)
        canvas.shape(whole, Shine(high, low))
        if self.light.is_dark:
            self._stars(canvas, horizon)
        self._sun(canvas, horizon)
        return canvas

    def layers(self, *, in_front: bool) -> tuple[Layer, ...]:
        """The drawn layers behind or in front of the characters, each cut to what it holds."""
        return tuple(
            _layer(canvas, parallax, self.margin)
            for canvas, parallax, is_front in self._canvases
            if is_front == in_front
        )

    def _new(self, parallax: float, distance: float, *, is_front: bool) -> Canvas:
        width, height = self.size
        canvas = Canvas(
            (width + 2 * self.margin, height),
            scale=self.unit,
            origin=(width / 2 + self.margin, height - baseline(self.size)),
            light=self.light,
            distance=distance,
        )
        self._canvases.append((canvas, parallax, is_front))
        return canvas

    def _stars(self, canvas: Canvas, horizon: float) -> None:
        for _ in range(46):
            x = self.rng.uniform(-self.reach, self.reach)
            y = self.rng.uniform(horizon + 0.08, self.top)
            size = 0.003 + 0.005 * self.rng.random() ** 3
            canvas.glow((x, y), (2.6 * size, 2.6 * size), CREAM, alpha=0.95)

    def _sun(self, canvas: Canvas, horizon: float) -> None:
        across, up = self.light.sun
        wide = self.size[0] / self.unit
        centre = ((across - 0.5) * wide, horizon + up * (self.top - horizon))
        colour = self.light.sun_colour
        canvas.glow(centre, (0.55, 0.55), colour, alpha=0.35 if self.light.is_dark else 0.75)
        disc = ellipse(centre, 0.062, 0.062)
        canvas.shape(disc, Shine(colour, colour))
        if self.light.is_dark:
            for dx, dy, radius in (
                (-0.02, 0.018, 0.014),
                (0.022, -0.012, 0.01),
                (0.004, -0.034, 0.007),
            ):
                crater = ellipse((centre[0] + dx, centre[1] + dy), radius, radius)
                canvas.shape(crater, (226, 214, 196), alpha=0.5, within=disc)


def _layer(canvas: Canvas, parallax: float, margin: int) -> Layer:
    picture, (left, top) = canvas.cut()
    return Layer(picture, parallax, left, top, margin)
