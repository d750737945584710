"""Captions that name everyone: what someone tells who writes down all that is in a picture.

`captions` tells one event in one sentence, as annotators of home videos do. Those of cartoons also
say who else is there and what the weather is like: a `Line` is up to three sentences, and carries
the facts they tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from storydata.twin.drawing.palette import LIGHTS
from storydata.twin.world.captions import Event, Reference, tell
from storydata.twin.world.cast import Cast
from storydata.twin.world.props import PROPS
from storydata.twin.world.scene import Scene
from storydata.twin.world.settings import SETTINGS

WATCHERS: dict[int, tuple[str, ...]] = {
    1: (". {who} is watching.", ", and {who} looks on.", ". {who} stands nearby."),
    2: (". {who} are watching.", ", and {who} look on.", ". {who} are there, too."),
}
"""How one or two others are told of, after the sentence of the event."""

WEATHER: dict[str, tuple[str, ...]] = {
    "morning": ("It is a fine morning.", "It is early in the morning."),
    "noon": ("The sky is blue and clear.", "The sun is shining."),
    "sunset": ("The sun is going down.", "It is a warm evening."),
    "night": ("It is night.", "It is dark, and the moon is up."),
}
"""What is said of the light, out of doors."""

VIEWS = (
    "We see {thing} {where}.",
    "You can see {thing} {where}, and no one else.",
    "It is quiet {where}.",
    "Nobody is {where} {light}.",
)
"""How a place is told of when no one is in it."""


@dataclass(frozen=True)
class Manner:
    """How someone tells: chances that a subject is called otherwise than by its name.

    `others` is the chance that those who only stand by are told of, `weather` that the light is.
    """

    pronoun: float
    species: float
    full: float
    others: float
    weather: float


@dataclass(frozen=True)
class Line:
    """One caption and the facts it tells; a view of a place has no subject and no action.

    `others` are those who stand by, as far as they are told of.
    """

    text: str
    subject: str | None
    reference: Reference | None
    action: str | None
    place: str
    partner: str | None
    thing: str | None
    others: tuple[str, ...]


def narrate(
    cast: Cast,
    event: Event,
    scene: Scene,
    *,
    is_known: bool,
    manner: Manner,
    rng: np.random.Generator,
) -> Line:
    """One caption of what happens; `is_known` allows a pronoun for its subject."""
    reference = _reference(manner, rng, is_known=is_known)
    told = tell(cast, event, setting=scene.setting, light=scene.light, reference=reference, rng=rng)
    others = tuple(name for name in cast.names if name in _bystanders(event, scene))
    if rng.random() >= (0.25 if reference == "pronoun" else manner.others):
        others = ()
    text = told.text
    if others:
        text = text[:-1] + _one_of(WATCHERS[len(others)], rng).format(who=" and ".join(others))
    text = _with_weather(text, scene, manner.weather, rng)
    return Line(
        text, event.subject, reference, event.action, told.place, event.partner, event.thing, others
    )


def describe_view(scene: Scene, *, manner: Manner, rng: np.random.Generator) -> Line:
    """One caption of a place where no one is to be seen; the scene has one thing."""
    thing = scene.things[0].name
    phrase, where = PROPS[thing].phrase, _one_of(SETTINGS[scene.setting].phrases, rng)
    view = _one_of(VIEWS, rng)
    text = view.format(thing=phrase, where=where, light=LIGHTS[scene.light].phrase)
    text = _with_weather(f"{text[0].upper()}{text[1:]}", scene, manner.weather, rng)
    return Line(text, None, None, None, where, None, thing if "{thing}" in view else None, ())


def different(tell_one: Callable[[], Line], count: int) -> tuple[Line, ...]:
    """That many captions, no two of which are the same."""
    told: dict[str, Line] = {}
    while len(told) < count:
        line = tell_one()
        told.setdefault(line.text, line)
    return tuple(told.values())


def _reference(manner: Manner, rng: np.random.Generator, *, is_known: bool) -> Reference:
    draw = rng.random()
    if draw < manner.pronoun:
        return "pronoun" if is_known else "name"
    if draw < manner.pronoun + manner.species:
        return "species"
    if draw < manner.pronoun + manner.species + manner.full:
        return "full"
    return "name"


def _bystanders(event: Event, scene: Scene) -> set[str]:
    return set(scene.visible) - {event.subject, event.partner}


def _with_weather(text: str, scene: Scene, chance: float, rng: np.random.Generator) -> str:
    if SETTINGS[scene.setting].is_indoors or rng.random() >= chance:
        return text
    return f"{text} {_one_of(WEATHER[scene.light], rng)}"


def _one_of(choices: tuple[str, ...], rng: np.random.Generator) -> str:
    return choices[rng.integers(len(choices))]
