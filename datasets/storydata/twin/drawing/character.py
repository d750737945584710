"""A character as data: a handful of choices that `rig` and `faces` know how to draw.

Ears, muzzle, tail, build and what it wears: a new character is new data and no new code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from storydata.twin.drawing.palette import RED, Colour

Ears = Literal["round", "long", "pointed", "fan", "bumps", "horns", "antenna", "none"]
Muzzle = Literal["snout", "beak", "trunk", "wide", "whiskers", "plate", "none"]
Tail = Literal["bushy", "puff", "curl", "tuft", "feathers", "none"]
Build = Literal["round", "pear", "box", "tall", "broad", "small"]
Garment = Literal["scarf", "bow", "cap", "collar", "overalls", "none"]


@dataclass(frozen=True)
class Character:
    """One character: how it is named, told of and drawn.

    `height` is in units of the scene (a common adult is about 0.45); `pronouns` are subject, object
    and possessive. `coat` is the colour a caption may name, as `colour_name`.
    """

    name: str
    species: str
    colour_name: str
    pronouns: tuple[str, str, str]
    coat: Colour
    belly: Colour
    build: Build
    ears: Ears
    muzzle: Muzzle
    tail: Tail
    garment: Garment = "none"
    garment_colour: Colour = RED
    height: float = 0.44
    pattern: Literal["plain", "spots", "mask"] = "plain"
