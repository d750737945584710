"""A scene as data: a place, a light, and who and what is where; `painter` draws it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """A character in a scene.

    `x` runs from `x` to `x_end` over the scene, in units from the middle of the picture; `depth`
    is 0 near and 1 far; `facing` is 1 to the right, -1 to the left; `offset` seconds shift its
    animation.
    """

    name: str
    action: str
    x: float
    x_end: float
    depth: float
    facing: int
    offset: float = 0.0


@dataclass(frozen=True)
class Thing:
    """A prop in a scene; `lift` raises it off the ground (a kite), `height` is its own if not None.

    Both are in units.
    """

    name: str
    x: float
    depth: float
    lift: float = 0.0
    height: float | None = None


@dataclass(frozen=True)
class Scene:
    """Everything a picture is made from. `pan` is how far the camera moves over it, in units."""

    setting: str
    light: str
    variant: int
    zoom: float
    seconds: float
    actors: tuple[Actor, ...]
    things: tuple[Thing, ...] = ()
    pan: tuple[float, float] = (0.0, 0.0)

    @property
    def visible(self) -> tuple[str, ...]:
        """Names of the characters that can be seen, which is everyone in the scene, sorted."""
        return tuple(sorted({actor.name for actor in self.actors}))
