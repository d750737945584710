"""Pictures of scenes: a still one, or one frame after another for a film.

`Painter` keeps what does not change between the frames of a scene; `scene_image` gives the same
pixels one at a time.
"""

from __future__ import annotations

import numpy as np
import PIL.Image

from storybench.types import Image
from storydata.twin.world.ambient import Ambience
from storydata.twin.world.background import Background
from storydata.twin.world.camera import Camera
from storydata.twin.world.cast import Cast
from storydata.twin.world.figures import Figures
from storydata.twin.world.flights import Flights
from storydata.twin.world.scene import Scene
from storydata.twin.world.settings import SETTINGS, light_in


def scene_image(cast: Cast, scene: Scene, time: float, *, size: tuple[int, int]) -> Image:
    """The picture `time` seconds into a scene, uint8 RGB, `size` pixels wide and high.

    Raises:
        KeyError: the scene names a character, setting, light, action or prop that does not exist.
    """
    return Painter(cast, scene, size).paint(time)


class Painter:
    """Paints the frames of one scene at one size."""

    def __init__(self, cast: Cast, scene: Scene, size: tuple[int, int]) -> None:
        camera = Camera(scene, size)
        setting = SETTINGS[scene.setting]
        light = light_in(setting, scene.light)
        self._ambience = Ambience(setting, light, scene.variant, size, camera.unit)
        self._background = Background(camera, self._ambience)
        self._figures = Figures(cast, camera, light.on_figures())
        self._flights = Flights(cast, camera, light.on_figures())

    def paint(self, time: float) -> Image:
        """The frame `time` seconds into the scene, uint8 RGB (h, w, 3)."""
        return np.asarray(self._picture(time))

    def _picture(self, time: float) -> PIL.Image.Image:
        """From the sky to the motes before everything."""
        frame = self._background.behind(time)
        self._figures.lay(frame, time)
        self._background.lay_front(frame, time)
        self._flights.lay(frame, time)
        self._ambience.lay_near(frame, time)
        return frame
