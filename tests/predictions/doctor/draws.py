"""Two hundred stories of a world at a time: what every measurement of the doctor is made on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.doctor.material import Material
from storydata.twin.world.cast import PORORO_CAST
from tests.predictions.doctor.world import Frames, Told, World, told

OTHER_SPLITS = ("val", "train")


@dataclass(frozen=True)
class Draw:
    """Stories of a world's test split, and a generator for what is random.

    Attributes:
        world: the world.
        rows: which stories, in order.
        generator: for whoever spoils their pictures.
    """

    world: World
    rows: NDArray[np.intp]
    generator: np.random.Generator

    def real(self) -> Frames:
        """Their real frames."""
        return self.world.real("test")[self.rows]

    def drawn(self, model: str) -> Frames:
        """What a model draws for them."""
        return self.world.drawn(model)[self.rows]

    def told(self, frames: Frames, **changes) -> Told:
        """What the doctor says, with the other splits at hand and captions that name the cast."""
        facts = {
            "rows": self.rows.tolist(),
            "others": [self.world.truth(split) for split in OTHER_SPLITS],
            "change": in_the_names_of_labels,
        }
        return told(self.world, frames, **{**facts, **changes})


def whole(world: World) -> Draw:
    """Every test story of a world."""
    return Draw(world, np.arange(len(world.real("test"))), np.random.default_rng(0))


def draws(worlds: Sequence[World], n: int, *, stories: int, seed: int) -> Iterator[Draw]:
    """Windows of whole neighbourhoods: stories in a row of a world, from a random one on."""
    for number in range(n):
        generator = np.random.default_rng([seed, number])
        world = worlds[number % len(worlds)]
        start = int(generator.integers(len(world.real("test")) - stories + 1))
        yield Draw(world, np.arange(start, start + stories), generator)


def in_the_names_of_labels(material: Material) -> Material:
    """Captions that speak of the release's characters; those of the twin have names of its own."""
    names = dict(zip(PORORO_CAST.names, material.characters, strict=True))

    def renamed(text: str) -> str:
        return re.sub(r"[A-Za-z]+", lambda word: names.get(word[0].title(), word[0]), text)

    return replace(material, captions=tuple(tuple(map(renamed, row)) for row in material.captions))
