"""Figures: the characters and props of a scene, far ones first, each on its shadow."""

from __future__ import annotations

from math import pi, sin

import PIL.Image

from storydata.twin.drawing.palette import Light
from storydata.twin.drawing.poses import pose_at
from storydata.twin.drawing.sprites import character_sprite, shadow_sprite
from storydata.twin.world.camera import Camera
from storydata.twin.world.cast import Cast
from storydata.twin.world.props import PROPS, prop_sprite
from storydata.twin.world.scene import Actor, Thing


class Figures:
    """Lays the actors and things of one scene; `light` is the one that falls on figures."""

    def __init__(self, cast: Cast, camera: Camera, light: Light) -> None:
        self.cast = cast
        self.camera = camera
        self.light = light

    def lay(self, frame: PIL.Image.Image, time: float) -> None:
        """Everyone and everything, at that moment."""
        scene = self.camera.scene
        for one in sorted((*scene.things, *scene.actors), key=lambda one: -one.depth):
            if isinstance(one, Thing):
                self._lay_thing(frame, one, time)
            else:
                self._lay_actor(frame, one, time)

    def _lay_thing(self, frame: PIL.Image.Image, thing: Thing, time: float) -> None:
        prop, unit = PROPS[thing.name], self.camera.unit
        height = round((thing.height or prop.size) * self.camera.near(thing.depth))
        x, y = self.camera.ground(thing.x, thing.depth, time)
        if prop.has_shadow:
            shadow_sprite(round(0.9 * prop.width * height), self.light.shadow).lay(frame, x, y)
        sway = 0.03 * sin(2 * pi * time / 3) if thing.lift else 0.0
        sprite = prop_sprite(thing.name, height, self.light)
        sprite.lay(frame, x + sway * unit, y - thing.lift * unit)

    def _lay_actor(self, frame: PIL.Image.Image, actor: Actor, time: float) -> None:
        character = self.cast[actor.name]
        pose, shift = pose_at(actor.action, time + actor.offset)
        height = round(character.height * self.camera.near(actor.depth))
        x, y = self.camera.foot(actor, time)
        lift = shift.up * height
        lies = abs(pose.lean) > 45
        width = max(4, round((1.05 if lies else 0.72) * height - 0.5 * lift))
        shadow = shadow_sprite(width, self.light.shadow)
        shadow.lay(frame, x - (0.4 * height * actor.facing if lies else 0), y)
        sprite = character_sprite(character, pose, height, self.light, actor.facing)
        sprite.lay(frame, x + shift.across * height * actor.facing, y - lift)
