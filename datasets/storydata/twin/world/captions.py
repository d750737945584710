"""Sentences about what is drawn: who does what, to whom or with what, and where.

A `Caption` carries the facts it tells, so that a test can hold every word against the picture.
Text is written as a sentence ("Pim waves at Dot in the meadow."); a release changes case and adds
its quirks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from storydata.twin.drawing.character import Character
from storydata.twin.drawing.palette import LIGHTS
from storydata.twin.world.cast import Cast
from storydata.twin.world.props import PROPS
from storydata.twin.world.settings import SETTINGS

Reference = Literal["name", "species", "full", "pronoun"]

PHRASES: dict[str, tuple[str, ...]] = {
    "stand": ("{who} stands {where}", "{who} waits {where}"),
    "walk": ("{who} walks {where}", "{who} is walking {where}", "{who} takes a walk {where}"),
    "run": ("{who} runs {where}", "{who} is running fast {where}"),
    "jump": ("{who} jumps up and down {where}", "{who} is jumping {where}"),
    "wave": ("{who} waves at {whom} {where}", "{who} is waving to {whom} {where}"),
    "sleep": ("{who} is sleeping {where}", "{who} lies down and sleeps {where}"),
    "dance": ("{who} dances {where}", "{who} is dancing happily {where}"),
    "toss": ("{who} throws a ball in the air {where}", "{who} tosses the ball up {where}"),
    "catch": ("{who} and {whom} throw a ball to each other {where}",
              "{who} plays ball with {whom} {where}"),
    "hide": ("{who} hides behind {thing} {where}", "{who} peeks out from behind {thing} {where}"),
    "sit": ("{who} sits down next to {thing} {where}", "{who} is sitting by {thing} {where}"),
    "eat": ("{who} eats a red apple {where}", "{who} is eating an apple {where}"),
    "read": ("{who} reads a blue book {where}", "{who} is reading a book {where}"),
    "sing": ("{who} sings a song {where}", "{who} is singing {where}"),
    "look": ("{who} looks up {where}", "{who} is looking up at something {where}"),
    "balloon": ("{who} holds a red balloon {where}", "{who} is holding a balloon {where}"),
    "smell": ("{who} smells a pink flower {where}", "{who} is smelling a flower {where}"),
}  # fmt: skip
"""How each action is told; `whom` is the partner, `thing` the prop."""


@dataclass(frozen=True)
class Event:
    """The one thing that a clip is about."""

    subject: str
    action: str
    partner: str | None = None
    thing: str | None = None


@dataclass(frozen=True)
class Caption:
    """One sentence and the facts it tells; `place` is "" where it does not say where."""

    text: str
    subject: str
    reference: Reference
    action: str
    place: str
    partner: str | None
    thing: str | None


def tell(
    cast: Cast,
    event: Event,
    *,
    setting: str,
    light: str,
    reference: Reference,
    rng: np.random.Generator,
) -> Caption:
    """One caption of an event; `reference` says how its subject is called.

    Raises:
        KeyError: the event's action, or the setting or light, does not exist.
    """
    place = _place(setting, light, rng)
    whom = "" if event.partner is None else _name(cast[event.partner], _other(reference, rng))
    thing = "" if event.thing is None else PROPS[event.thing].phrase
    choices = PHRASES[event.action]
    text = choices[rng.integers(len(choices))].format(
        who=_name(cast[event.subject], reference), whom=whom, thing=thing, where=place
    )
    sentence = f"{text[0].upper()}{text[1:].strip()}."
    return Caption(
        sentence, event.subject, reference, event.action, place, event.partner, event.thing
    )


def names_of(character: Character) -> tuple[str, ...]:
    """Every way a caption may name a character without a pronoun."""
    kind = f"the {character.species}"
    return (character.name, kind, f"the {character.colour_name} {character.species}",
            f"{character.name} {kind}")  # fmt: skip


def _name(character: Character, reference: Reference) -> str:
    if reference == "pronoun":
        return character.pronouns[0]
    name, species, coloured, full = names_of(character)
    if reference == "name":
        return name
    if reference == "full":
        return full
    return coloured if len(name) % 2 else species


def _other(reference: Reference, rng: np.random.Generator) -> Reference:
    if reference in ("name", "full"):
        return "name"
    return "species" if rng.random() < 0.6 else "name"


def _place(setting: str, light: str, rng: np.random.Generator) -> str:
    draw = rng.random()
    phrases = SETTINGS[setting].phrases
    where = phrases[rng.integers(len(phrases))]
    if draw < 0.2:
        return ""
    if draw < 0.35 and not SETTINGS[setting].is_indoors:
        return f"{where} {LIGHTS[light].phrase}"
    return where
