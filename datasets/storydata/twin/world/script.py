"""Scripts: an episode is a row of clips, each a scene, what happens in it, and its captions.

The world knows what it draws, so labels are exact: a clip shows whoever its scene holds, all of
it long. Everything is a function of the generator that is passed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from storydata.twin.drawing.poses import CATCH_SECONDS
from storydata.twin.world.captions import Caption, Event, Reference, tell
from storydata.twin.world.cast import Cast
from storydata.twin.world.props import PROPS
from storydata.twin.world.scene import Actor, Scene, Thing
from storydata.twin.world.settings import SETTINGS

ACTIONS_ANYWHERE = (
    "walk", "run", "jump", "wave", "sleep", "dance", "toss", "catch", "hide", "sit", "eat", "read",
    "sing", "look", "balloon", "smell",
)  # fmt: skip
WITH_PARTNER = ("wave", "catch")
ZOOMS = (1.0, 1.0, 1.12)
DEPTHS = (0.12, 0.45, 0.8)
HIDDEN = 0.48
"""Height of what one hides behind, in heights of the one who hides: the head looks out."""

HALF_WIDTH = 0.72
"""No one stands further from the middle than a picture of this half width would let them."""

MOVE_AGAIN = 0.28
"""Chance that the next clip is somewhere else."""


@dataclass(frozen=True)
class Clip:
    """One clip of an episode: what is drawn, what happens, how it is told (first caption first)."""

    scene: Scene
    event: Event
    captions: tuple[Caption, ...]

    @property
    def visible(self) -> tuple[str, ...]:
        """Names of the characters that can be seen, sorted."""
        return self.scene.visible


def episode(
    cast: Cast,
    rng: np.random.Generator,
    *,
    seconds: Sequence[float],
    n_captions: Sequence[int],
    aspect: float,
) -> tuple[Clip, ...]:
    """Invent an episode.

    Args:
        cast: who may appear; two or three of them do.
        rng: where every choice comes from.
        seconds: length of each clip.
        n_captions: how many captions each clip gets.
        aspect: width of the picture over its short side, 1 or more when wide, 1 when tall.
    """
    friends = rng.permutation(len(cast.characters))[: 3 if aspect > 1.2 else 2]
    names = [cast.names[int(k)] for k in friends]
    place = choose_place(rng)
    subject = names[0]
    clips: list[Clip] = []
    used: list[str] = []
    for length, count in zip(seconds, n_captions, strict=True):
        if clips and rng.random() < MOVE_AGAIN:
            place = choose_place(rng, after=place)
        before = subject if clips else None
        if clips and rng.random() < 0.5:
            subject = names[int(rng.integers(len(names)))]
        event = choose_event(subject, names, place, used, rng)
        used.append(event.action)
        scene = compose(cast, event, names, place, length, aspect, rng)
        captions = _captions(cast, event, scene, count, before == subject, rng)
        clips.append(Clip(scene, event, captions))
    return tuple(clips)


@dataclass(frozen=True)
class Place:
    """Where a clip is: a setting in a light, what stands around there, how near the camera is."""

    setting: str
    light: str
    variant: int
    zoom: float
    dressing: str


def choose_place(rng: np.random.Generator, after: Place | None = None) -> Place:
    """Any place, or another than the one before it, at the same time of day if that suits it."""
    names = [name for name in SETTINGS if after is None or name != after.setting]
    setting = SETTINGS[names[rng.integers(len(names))]]
    lights = setting.lights
    light = after.light if after else lights[rng.integers(len(lights))]
    if light not in lights:
        light = lights[0]
    return Place(
        setting.name,
        light,
        int(rng.integers(3)),
        ZOOMS[rng.integers(len(ZOOMS))],
        setting.dressing[rng.integers(len(setting.dressing))],
    )


def choose_event(
    subject: str, names: list[str], place: Place, used: list[str], rng: np.random.Generator
) -> Event:
    """What the subject does now, with whom or what; not one of the six actions `used` last.

    Args:
        subject: who does it.
        names: who is there and may be the partner, the subject among them.
        place: where.
        used: actions of the clips before.
        rng: where every choice comes from.
    """
    fresh = [action for action in ACTIONS_ANYWHERE if action not in used[-6:]]
    if len(names) == 1:
        fresh = [action for action in fresh if action not in WITH_PARTNER]
    if "sit" in fresh and not _is_low(place.dressing):
        fresh.remove("sit")
    action = fresh[rng.integers(len(fresh))]
    others = [name for name in names if name != subject]
    partner = others[rng.integers(len(others))] if action in WITH_PARTNER else None
    thing = None
    if action == "hide":
        thing = SETTINGS[place.setting].hideout
    elif action == "sit":
        thing = place.dressing
    return Event(subject, action, partner, thing)


def _is_low(dressing: str) -> bool:
    """Whether one can sit next to it and both be seen."""
    prop = PROPS[dressing]
    return prop.size <= 0.25 and prop.size * prop.width <= 0.5


def compose(
    cast: Cast,
    event: Event,
    names: list[str],
    place: Place,
    seconds: float,
    aspect: float,
    rng: np.random.Generator,
) -> Scene:
    """The scene of an event: who stands where; at an `aspect` over 1.2 not all `names` need be."""
    present = [name for name in (event.subject, event.partner) if name is not None]
    bystanders = [name for name in names if name not in present]
    n_more = int(rng.integers(0, len(bystanders) + 1)) if aspect > 1.2 else len(bystanders)
    present += bystanders[: min(1, n_more) if event.action == "sit" else n_more]
    half = min(aspect / 2, HALF_WIDTH)
    actors = tuple(_actors(event, present, seconds, half, rng))
    return Scene(
        place.setting,
        place.light,
        place.variant,
        place.zoom if aspect > 1.2 else 1.0,
        seconds,
        actors,
        tuple(_things(cast, event, place, actors, half)),
        _pan(event, actors[0], rng),
    )


def _actors(
    event: Event, present: list[str], seconds: float, half: float, rng: np.random.Generator
) -> list[Actor]:
    slots = {1: (0.0,), 2: (-0.48, 0.48), 3: (-0.54, 0.54, 0.0)}[len(present)]
    if rng.random() < 0.5:
        slots = tuple(-slot for slot in slots)
    actors = []
    for k, (name, slot) in enumerate(zip(present, slots, strict=True)):
        facing = (-1 if slot > 0 else 1) if slot else (1 if rng.random() < 0.5 else -1)
        action, offset = "stand", round(float(rng.uniform(0, 3)), 1)
        depth = DEPTHS[2] if k == 2 else DEPTHS[rng.integers(2)]
        if k == 0:
            action, offset = event.action, 0.0
        elif event.action == "catch" and name == event.partner:
            action, offset = "catch", CATCH_SECONDS
        if event.action == "catch" and k < 2:
            depth = DEPTHS[0]
        if action == "sleep" and slot:
            facing = -facing
        x, x_end = _track(action, slot * half, facing, half, seconds)
        actors.append(Actor(name, action, x, x_end, depth, facing, offset))
    return actors


def _track(action: str, x: float, facing: int, half: float, seconds: float) -> tuple[float, float]:
    """Where an actor starts and ends: only walking and running go anywhere."""
    stride = {"walk": 0.2, "run": 0.34}.get(action, 0.0) * half * min(1.0, seconds / 4)
    if action == "sleep":
        x = x + 0.14 * facing if x else 0.18 * facing
    return round(x - facing * stride / 2, 3), round(x + facing * stride / 2, 3)


def _things(
    cast: Cast, event: Event, place: Place, actors: tuple[Actor, ...], half: float
) -> list[Thing]:
    subject = actors[0]
    if event.action == "hide" and event.thing is not None:
        height = round(HIDDEN * cast[subject.name].height, 3)
        return [Thing(event.thing, subject.x, max(0.0, subject.depth - 0.1), height=height)]
    if event.action == "sit" and event.thing is not None:
        beside = round(subject.x + 0.28 * subject.facing, 3)
        return [Thing(event.thing, beside, max(0.0, subject.depth - 0.1))]
    taken = [actor.x for actor in actors]
    gaps = [0.02, 0.45 * half, -0.45 * half, 0.8 * half, -0.8 * half]
    free = max(gaps, key=lambda gap: min(abs(gap - x) for x in taken) - 0.15 * abs(gap))
    lift = 0.42 if place.dressing == "kite" else 0.0
    return [Thing(place.dressing, round(free, 3), 0.95, lift)]


def _pan(event: Event, subject: Actor, rng: np.random.Generator) -> tuple[float, float]:
    if event.action in ("walk", "run"):
        return -0.08 * subject.facing, 0.08 * subject.facing
    if rng.random() < 0.25:
        side = 1 if rng.random() < 0.5 else -1
        return -0.04 * side, 0.04 * side
    return 0.0, 0.0


def _captions(
    cast: Cast,
    event: Event,
    scene: Scene,
    count: int,
    is_known: bool,
    rng: np.random.Generator,
) -> tuple[Caption, ...]:
    """Different captions of one clip; a pronoun only where the clip before had the same subject."""
    told: list[Caption] = []
    while len(told) < count:
        draw = rng.random()
        reference: Reference = "name"
        if draw < 0.45 and is_known and not told:
            reference = "pronoun"
        elif draw < 0.35:
            reference = "species"
        elif draw < 0.5:
            reference = "full"
        caption = tell(
            cast, event, setting=scene.setting, light=scene.light, reference=reference, rng=rng
        )
        if caption.text not in [other.text for other in told]:
            told.append(caption)
    return tuple(told)
