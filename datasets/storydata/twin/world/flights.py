"""Flights: what leaves a character and moves through the air, balls, notes and z's."""

from __future__ import annotations

from math import sin

import PIL.Image

from storydata.twin.drawing.motes import mote_sprite
from storydata.twin.drawing.palette import Light
from storydata.twin.drawing.poses import CATCH_SECONDS, TOSS_SECONDS
from storydata.twin.drawing.sprites import shadow_sprite
from storydata.twin.world.camera import Camera, Pixel
from storydata.twin.world.cast import Cast
from storydata.twin.world.props import PROPS, prop_sprite
from storydata.twin.world.scene import Actor

RISING = {"sleep": ("z", -0.8, 0.42), "sing": ("note", 0.44, 0.8)}
"""What rises from an action: which mote, and where it starts, in body heights from the foot."""


class Flights:
    """Lays what the actors of one scene throw or utter; `light` falls on figures."""

    def __init__(self, cast: Cast, camera: Camera, light: Light) -> None:
        self.cast = cast
        self.camera = camera
        self.light = light

    def lay(self, frame: PIL.Image.Image, time: float) -> None:
        """Everything in flight at that moment, in front of the figures."""
        actors = self.camera.scene.actors
        players = [actor for actor in actors if actor.action == "catch"]
        if len(players) == 2:
            self._lay_caught(frame, players, time)
        for actor in actors:
            if actor.action == "toss":
                self._lay_tossed(frame, actor, time)
            elif actor.action in RISING:
                self._lay_rising(frame, actor, time + actor.offset)

    def _lay_caught(self, frame: PIL.Image.Image, players: list[Actor], time: float) -> None:
        """A ball on its way from one player to the other, and back."""
        turn = (time / CATCH_SECONDS) % 2.0
        way, last = (turn, players) if turn < 1 else (turn - 1, players[::-1])
        start, end = (self._hand(actor, time) for actor in last)
        x, y = (a + (b - a) * way for a, b in zip(start, end, strict=True))
        self._lay_ball(frame, (x, y - 0.8 * self.camera.unit * way * (1 - way)), players[0])

    def _lay_tossed(self, frame: PIL.Image.Image, actor: Actor, time: float) -> None:
        """A ball straight up, after it has lain in the hand for a while."""
        x, y = self._hand(actor, time)
        flight = max(0.0, ((time + actor.offset) / TOSS_SECONDS) % 1.0 - 0.3) / 0.7
        self._lay_ball(frame, (x, y - 1.5 * self.camera.unit * flight * (1 - flight)), actor)

    def _lay_ball(self, frame: PIL.Image.Image, at: Pixel, actor: Actor) -> None:
        size = round(PROPS["ball"].size * self.camera.near(actor.depth))
        ground = self.camera.ground(0.0, actor.depth, 0.0)[1]
        shadow_sprite(max(4, size), self.light.shadow).lay(frame, at[0], ground)
        prop_sprite("ball", size, self.light).lay(frame, at[0], at[1] + size / 2)

    def _lay_rising(self, frame: PIL.Image.Image, actor: Actor, time: float) -> None:
        kind, across, up = RISING[actor.action]
        height = self._height(actor)
        x, y = self.camera.foot(actor, time)
        for k in range(3):
            rise = (time / 2.4 + k / 3) % 1.0
            size = max(2, round((0.012 + 0.014 * rise) * self.camera.unit))
            sway = 0.08 * sin(5 * rise + k)
            at_x = x + actor.facing * (across + sway) * height
            mote_sprite(kind, size, 0).lay(frame, at_x, y - (up + 0.55 * rise) * height)

    def _hand(self, actor: Actor, time: float) -> Pixel:
        x, y = self.camera.foot(actor, time)
        height = self._height(actor)
        return x + 0.42 * height * actor.facing, y - 0.44 * height

    def _height(self, actor: Actor) -> float:
        return self.cast[actor.name].height * self.camera.near(actor.depth)
