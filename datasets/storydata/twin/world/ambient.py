"""What moves by itself in a setting: clouds, snow, fireflies, butterflies, leaves, dust.

Every mote's path is a pure function of time and of the variant, so any frame can be painted alone.
"""

from __future__ import annotations

from functools import lru_cache
from math import pi, sin

import numpy as np
import PIL.Image

from storydata.twin.drawing.canvas import Canvas
from storydata.twin.drawing.motes import mote_sprite
from storydata.twin.drawing.palette import Light
from storydata.twin.drawing.sprites import Sprite, cut_out
from storydata.twin.world import set_pieces
from storydata.twin.world.settings import Ambient, Setting

COUNTS: dict[Ambient, int] = {
    "clouds": 0,
    "snow": 34,
    "fireflies": 14,
    "butterflies": 3,
    "leaves": 8,
    "dust": 10,
}


class Ambience:
    """The motes and clouds of one scene."""

    def __init__(
        self, setting: Setting, light: Light, variant: int, size: tuple[int, int], unit: float
    ) -> None:
        self.size = size
        self.unit = unit
        self.light = light
        self.kind: Ambient = setting.ambient
        if self.kind == "fireflies" and not light.is_dark:
            self.kind = "butterflies"
        elif self.kind == "butterflies" and light.is_dark:
            self.kind = "fireflies"
        self.has_clouds = not (setting.is_indoors or light.is_dark or setting.name == "forest")
        rng = np.random.default_rng([variant, 77])
        self._paths = rng.uniform(0, 1, (COUNTS[self.kind], 4)).tolist()
        self._clouds = rng.uniform(0, 1, (3, 3)).tolist()

    def lay_far(self, frame: PIL.Image.Image, time: float) -> None:
        """Clouds, behind every layer but the sky."""
        if not self.has_clouds:
            return
        width, height = self.size
        for across, up, large in self._clouds:
            size = round((0.13 + 0.09 * large) * self.unit)
            x = (across * 1.6 * width + 0.012 * self.unit * time) % (1.6 * width) - 0.3 * width
            y = (0.1 + 0.2 * up) * height
            _cloud_sprite(size, self.light).lay(frame, x, y)

    def lay_near(self, frame: PIL.Image.Image, time: float) -> None:
        """Motes, in front of everything."""
        for path in self._paths:
            x, y, size, step = self._mote(path, time)
            mote_sprite(self.kind, size, step).lay(frame, x, y)

    def _mote(self, path: list[float], time: float) -> tuple[float, float, int, int]:
        a, b, c, d = path
        width, height = self.size
        if self.kind == "snow":
            fall = (b + time * (0.09 + 0.08 * c)) % 1.0
            x = (a + 0.03 * sin(2 * pi * (time / 4 + d))) * width
            return x, fall * 1.1 * height, max(1, round((0.008 + 0.008 * c) * self.unit)), 0
        if self.kind == "leaves":
            fall = (b + time * (0.06 + 0.04 * c)) % 1.0
            x = (a + 0.08 * sin(2 * pi * (time / 5 + d))) * width
            step = int(time * 4 + 10 * d) % 6 + 6 * int(3 * d)
            return x, fall * 1.1 * height, max(2, round(0.012 * self.unit)), step
        sway_x = 0.09 * sin(2 * pi * (time / (6 + 4 * c) + d))
        sway_y = 0.05 * sin(2 * pi * (time / (4 + 3 * d) + c))
        x, y = (a + sway_x) * width, (0.3 + 0.45 * b + sway_y) * height
        if self.kind == "butterflies":
            step = int(time * 8 + 10 * d) % 4 + 4 * int(3 * c)
            return x, y, max(2, round(0.014 * self.unit)), step
        if self.kind == "fireflies":
            pulse = int(2.5 + 2.4 * sin(2 * pi * (time / 2 + a)))
            return x, y, max(1, round(0.012 * self.unit)), pulse
        return x, y, max(1, round(0.008 * self.unit)), int(time * 2 + 4 * a) % 4


@lru_cache(maxsize=64)
def _cloud_sprite(size: int, light: Light) -> Sprite:
    """A cloud about twice `size` pixels wide."""
    canvas = Canvas(
        (2 * size, size), scale=size, origin=(size, 0.8 * size), light=light, distance=0.3
    )
    set_pieces.cloud(canvas, (0, 0), 1.0)
    return cut_out(canvas)
