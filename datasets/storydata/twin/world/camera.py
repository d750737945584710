"""The camera: where on the picture, in pixels, things of a scene are at a moment."""

from __future__ import annotations

from dataclasses import dataclass

from storydata.twin.world.scene import Actor, Scene
from storydata.twin.world.stage import baseline

Pixel = tuple[float, float]
"""Pixels from the left and from the top."""

NEAR, FAR = 0.07, 0.25
"""Heights above the foot of the picture where characters stand at depth 0 and 1, in units."""

SHRINK = 0.14
"""How much smaller a character at depth 1 is than one at depth 0."""


@dataclass(frozen=True)
class Camera:
    """Looks at one scene; `size` is the picture's width and height in pixels."""

    scene: Scene
    size: tuple[int, int]

    @property
    def unit(self) -> float:
        """Pixels of one unit of the scene: the short side of the picture, times the zoom."""
        return self.scene.zoom * min(self.size)

    def pan(self, time: float) -> float:
        """How many pixels the camera has moved to the right; it starts and ends gently."""
        start, end = self.scene.pan
        part = self._part(time)
        return (start + (end - start) * part * part * (3 - 2 * part)) * self.unit

    def ground(self, x: float, depth: float, time: float) -> Pixel:
        """Where something stands that is `x` units from the middle, at that depth."""
        across = self.size[0] / 2 + x * min(self.size) - self.pan(time)
        floor = self.size[1] - baseline(self.size)
        return across, floor - (NEAR + (FAR - NEAR) * depth) * self.unit

    def near(self, depth: float) -> float:
        """Pixels of one unit at that depth."""
        return (1 - SHRINK * depth) * self.unit

    def foot(self, actor: Actor, time: float) -> Pixel:
        """Where an actor stands."""
        x = actor.x + (actor.x_end - actor.x) * self._part(time)
        return self.ground(x, actor.depth, time)

    def _part(self, time: float) -> float:
        """How much of the scene is over, 0..1."""
        return min(1.0, max(0.0, time / self.scene.seconds))
