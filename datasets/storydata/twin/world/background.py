"""The background: the layers of a scene's place, moved by the camera, and its clouds."""

from __future__ import annotations

import PIL.Image

from storydata.twin.world.ambient import Ambience
from storydata.twin.world.camera import Camera
from storydata.twin.world.settings import build_stage
from storydata.twin.world.stage import Layer


class Background:
    """Paints what stands behind and in front of the characters of one scene.

    Where the camera stands still, the layers are laid over each other once.
    """

    def __init__(self, camera: Camera, ambience: Ambience) -> None:
        scene = camera.scene
        back, self._front = build_stage(
            scene.setting, scene.light, camera.size, scene.zoom, scene.variant
        )
        self.camera = camera
        self._sky, self._back = back[0], back[1:]
        self._ambience = ambience
        self._still = self._flatten() if scene.pan[0] == scene.pan[1] else None

    def behind(self, time: float) -> PIL.Image.Image:
        """Everything behind the characters: a fresh RGB picture to lay them on."""
        if self._still is not None:
            return self._behind_still(*self._still, time)
        pan = self.camera.pan(time)
        frame = PIL.Image.new("RGB", self.camera.size)
        _lay(frame, self._sky, pan)
        self._ambience.lay_far(frame, time)
        for layer in self._back:
            _lay(frame, layer, pan)
        return frame

    def lay_front(self, frame: PIL.Image.Image, time: float) -> None:
        """The layers nearer than the characters."""
        for layer in self._front:
            _lay(frame, layer, self.camera.pan(time))

    def _behind_still(
        self, sky: PIL.Image.Image, rest: PIL.Image.Image, time: float
    ) -> PIL.Image.Image:
        frame = sky.copy()
        if self._ambience.has_clouds:
            self._ambience.lay_far(frame, time)
            frame.paste(rest, (0, 0), rest)
        return frame

    def _flatten(self) -> tuple[PIL.Image.Image, PIL.Image.Image]:
        """Sky and all the rest as two sheets; without clouds the sky holds the rest as well."""
        pan, size = self.camera.pan(0.0), self.camera.size
        sky = PIL.Image.new("RGB", size)
        _lay(sky, self._sky, pan)
        rest = PIL.Image.new("RGBA", size)
        for layer in self._back:
            sheet = PIL.Image.new("RGBA", size)
            sheet.paste(layer.picture, _corner(layer, pan))
            rest = PIL.Image.alpha_composite(rest, sheet)
        if not self._ambience.has_clouds:
            sky.paste(rest, (0, 0), rest)
        return sky, rest


def _lay(frame: PIL.Image.Image, layer: Layer, pan: float) -> None:
    frame.paste(layer.picture, _corner(layer, pan), layer.picture)


def _corner(layer: Layer, pan: float) -> tuple[int, int]:
    from_edge = layer.left - layer.margin
    return round(from_edge - layer.parallax * pan), layer.top
