"""A scene: a place, a light, who does what where; and the picture of it at a moment.

`scene_image` is the still-picture API for releases made of frames. `Painter` keeps what does not
change and paints one frame after another for releases made of video. Both give the same pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin

import numpy as np
import PIL.Image

from storybench.types import Image
from storydata.twin.ambient import Ambience
from storydata.twin.characters import Cast
from storydata.twin.palette import Light
from storydata.twin.poses import CATCH_SECONDS, TOSS_SECONDS, pose_at
from storydata.twin.props import PROPS
from storydata.twin.settings import SETTINGS, build_stage, light_in
from storydata.twin.sprites import (
    character_sprite,
    mote_sprite,
    prop_sprite,
    shadow_sprite,
)
from storydata.twin.stage import Layer, baseline

NEAR, FAR = 0.07, 0.25
"""Heights above the foot of the picture where characters stand at depth 0 and 1, in units."""

SHRINK = 0.14
"""How much smaller a character at depth 1 is than one at depth 0."""

RISING = {"sleep": ("z", -0.8, 0.42), "sing": ("note", 0.44, 0.8)}
"""What rises from an action: which mote, and where it starts, in body heights from the foot."""


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


def scene_image(cast: Cast, scene: Scene, time: float, *, size: tuple[int, int]) -> Image:
    """The picture `time` seconds into a scene, uint8 RGB, `size` pixels wide and high.

    Raises:
        KeyError: the scene names a character, setting, light, action or prop that does not exist.
    """
    return Painter(cast, scene, size).paint(time)


class Painter:
    """Paints the frames of one scene at one size."""

    def __init__(self, cast: Cast, scene: Scene, size: tuple[int, int]) -> None:
        self.cast = cast
        self.scene = scene
        self.size = size
        self.unit = scene.zoom * min(size)
        setting = SETTINGS[scene.setting]
        self.light: Light = light_in(setting, scene.light)
        self._figure_light = self.light.on_figures()
        back, self._front = build_stage(scene.setting, scene.light, size, scene.zoom, scene.variant)
        self._sky, self._back = back[0], back[1:]
        self._ambience = Ambience(setting, self.light, scene.variant, size, self.unit)
        self._still = self._flatten() if scene.pan[0] == scene.pan[1] else None

    def paint(self, time: float) -> Image:
        """The frame `time` seconds into the scene, uint8 RGB (h, w, 3)."""
        return np.asarray(self.picture(time))

    def picture(self, time: float) -> PIL.Image.Image:
        """The same as a Pillow picture, fresh and writable."""
        frame = self._background(time)
        for _, thing, actor in self._by_depth():
            if thing is not None:
                self._lay_thing(frame, thing, time)
            elif actor is not None:
                self._lay_actor(frame, actor, time)
        for layer in self._front:
            self._lay_layer(frame, layer, self._pan(time))
        self._lay_extras(frame, time)
        self._ambience.lay_near(frame, time)
        return frame

    def _pan(self, time: float) -> float:
        start, end = self.scene.pan
        part = min(1.0, max(0.0, time / self.scene.seconds))
        return (start + (end - start) * part * part * (3 - 2 * part)) * self.unit

    def _flatten(self) -> tuple[PIL.Image.Image, PIL.Image.Image]:
        """Sky and all the rest as two sheets, when the camera stands still."""
        pan = self._pan(0.0)
        sky = PIL.Image.new("RGB", self.size)
        self._lay_layer(sky, self._sky, pan)
        rest = PIL.Image.new("RGBA", self.size)
        for layer in self._back:
            sheet = PIL.Image.new("RGBA", self.size)
            sheet.paste(layer.picture, self._corner(layer, pan))
            rest = PIL.Image.alpha_composite(rest, sheet)
        if not self._ambience.has_clouds:
            sky.paste(rest, (0, 0), rest)
        return sky, rest

    def _background(self, time: float) -> PIL.Image.Image:
        if self._still is not None:
            sky, rest = self._still
            frame = sky.copy()
            if self._ambience.has_clouds:
                self._ambience.lay_far(frame, time)
                frame.paste(rest, (0, 0), rest)
            return frame
        pan = self._pan(time)
        frame = PIL.Image.new("RGB", self.size)
        self._lay_layer(frame, self._sky, pan)
        self._ambience.lay_far(frame, time)
        for layer in self._back:
            self._lay_layer(frame, layer, pan)
        return frame

    def _corner(self, layer: Layer, pan: float) -> tuple[int, int]:
        from_edge = layer.left - layer.margin
        return round(from_edge - layer.parallax * pan), layer.top

    def _lay_layer(self, frame: PIL.Image.Image, layer: Layer, pan: float) -> None:
        frame.paste(layer.picture, self._corner(layer, pan), layer.picture)

    def _by_depth(self) -> list[tuple[float, Thing | None, Actor | None]]:
        standing: list[tuple[float, Thing | None, Actor | None]] = [
            (thing.depth, thing, None) for thing in self.scene.things
        ]
        standing += [(actor.depth, None, actor) for actor in self.scene.actors]
        return sorted(standing, key=lambda item: -item[0])

    def _ground(self, x: float, depth: float, time: float) -> tuple[float, float]:
        across = self.size[0] / 2 + x * min(self.size) - self._pan(time)
        floor = self.size[1] - baseline(self.size)
        return across, floor - (NEAR + (FAR - NEAR) * depth) * self.unit

    def _near(self, depth: float) -> float:
        return (1 - SHRINK * depth) * self.unit

    def _lay_thing(self, frame: PIL.Image.Image, thing: Thing, time: float) -> None:
        prop = PROPS[thing.name]
        height = round((thing.height or prop.size) * self._near(thing.depth))
        x, y = self._ground(thing.x, thing.depth, time)
        if prop.has_shadow:
            width = round(0.9 * prop.width * height)
            shadow_sprite(width, self._darkness()).lay(frame, x, y)
        sway = 0.03 * sin(2 * pi * time / 3) if thing.lift else 0.0
        prop_sprite(thing.name, height, self._figure_light).lay(
            frame, x + sway * self.unit, y - thing.lift * self.unit
        )

    def _lay_actor(self, frame: PIL.Image.Image, actor: Actor, time: float) -> None:
        character = self.cast[actor.name]
        pose, shift = pose_at(actor.action, time + actor.offset)
        height = round(character.height * self._near(actor.depth))
        x, y = self._foot(actor, time)
        lift = shift.up * height
        lies = abs(pose.lean) > 45
        shadow = shadow_sprite(
            max(4, round((1.05 if lies else 0.72) * height - 0.5 * lift)), self._darkness()
        )
        shadow.lay(frame, x - (0.4 * height * actor.facing if lies else 0), y)
        sprite = character_sprite(character, pose, height, self._figure_light, actor.facing)
        sprite.lay(frame, x + shift.across * height * actor.facing, y - lift)

    def _foot(self, actor: Actor, time: float) -> tuple[float, float]:
        part = min(1.0, max(0.0, time / self.scene.seconds))
        return self._ground(actor.x + (actor.x_end - actor.x) * part, actor.depth, time)

    def _hand(self, actor: Actor, time: float) -> tuple[float, float]:
        x, y = self._foot(actor, time)
        height = self.cast[actor.name].height * self._near(actor.depth)
        return x + 0.42 * height * actor.facing, y - 0.44 * height

    def _lay_extras(self, frame: PIL.Image.Image, time: float) -> None:
        players = [actor for actor in self.scene.actors if actor.action == "catch"]
        if len(players) == 2:
            turn = (time / CATCH_SECONDS) % 2.0
            way, last = (turn, players) if turn < 1 else (turn - 1, players[::-1])
            start, end = (self._hand(actor, time) for actor in last)
            at = tuple(a + (b - a) * way for a, b in zip(start, end, strict=True))
            self._lay_ball(frame, (at[0], at[1] - 0.8 * self.unit * way * (1 - way)), players[0])
        for actor in self.scene.actors:
            if actor.action == "toss":
                x, y = self._hand(actor, time)
                flight = max(0.0, ((time + actor.offset) / TOSS_SECONDS) % 1.0 - 0.3) / 0.7
                self._lay_ball(frame, (x, y - 1.5 * self.unit * flight * (1 - flight)), actor)
            elif actor.action in RISING:
                self._lay_rising(frame, actor, time + actor.offset)

    def _lay_ball(self, frame: PIL.Image.Image, at: tuple[float, float], actor: Actor) -> None:
        size = round(PROPS["ball"].size * self._near(actor.depth))
        ground = self._ground(0.0, actor.depth, 0.0)[1]
        shadow_sprite(max(4, size), self._darkness()).lay(frame, at[0], ground)
        prop_sprite("ball", size, self._figure_light).lay(frame, at[0], at[1] + size / 2)

    def _lay_rising(self, frame: PIL.Image.Image, actor: Actor, time: float) -> None:
        kind, across, up = RISING[actor.action]
        height = self.cast[actor.name].height * self._near(actor.depth)
        x, y = self._foot(actor, time)
        for k in range(3):
            rise = (time / 2.4 + k / 3) % 1.0
            size = max(2, round((0.012 + 0.014 * rise) * self.unit))
            sway = 0.08 * sin(5 * rise + k)
            at_x = x + actor.facing * (across + sway) * height
            mote_sprite(kind, size, 0).lay(frame, at_x, y - (up + 0.55 * rise) * height)

    def _darkness(self) -> int:
        return 130 if self.light.is_dark else 110
