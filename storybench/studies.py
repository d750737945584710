"""A study as data: toy worlds, trainings on them, and what a paper says that must come out.

A model registers one as `storybench.studies`; `storybench reproduce` carries it out. Nothing is
measured on real data: what is tried is whether a claim holds in miniature, and what comes out is
reported, also where it contradicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class World:
    """A toy release to learn from and to be scored on.

    Attributes:
        release: as in `storybench.twins`.
        dataset: as in `storybench.datasets`: what it is built as.
        stories: at least so many.
        seed: another seed, another world.
        held_out: a character whom only its test split shows.
    """

    release: str
    dataset: str
    stories: int
    seed: int
    held_out: str | None = None


@dataclass(frozen=True, slots=True)
class Training:
    """A preset learning from a world, once with each seed.

    Attributes:
        world: whose stories.
        preset: as the trainer knows it.
        options: of `storybench train`, by name.
    """

    world: str
    preset: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Better:
    """The pictures of one training score better than those of another.

    Attributes:
        says: the claim in a sentence.
        first: the training that is said to be better.
        second: the other, on the same world.
        by: families of metrics, such as "fd" and "charf1".
    """

    says: str
    first: str
    second: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BetterCharacter:
    """One training draws a character better than another: the F1 of that character alone."""

    says: str
    first: str
    second: str
    character: str


@dataclass(frozen=True, slots=True)
class Swapped:
    """Whether another story's source makes real frames less expected, in nats per code."""

    says: str
    training: str
    hurts: bool


Claim = Better | BetterCharacter | Swapped


@dataclass(frozen=True, slots=True)
class Study:
    """What is tried.

    Attributes:
        about: what it is, and of which paper, in a sentence.
        trainer: as in `storybench.trainers`.
        looks: the analysis of `storybench.analyses` that swaps sources.
        worlds: by name.
        judge: the world that the character classifier is fitted on; it shows everyone, and none of
            its episodes is scored.
        trainings: by name.
        claims: in the order of the table.
        drawing: options of `storybench generate`, by name.
    """

    about: str
    trainer: str
    looks: str
    worlds: Mapping[str, World]
    judge: str
    trainings: Mapping[str, Training]
    claims: tuple[Claim, ...]
    drawing: Mapping[str, Any] = field(default_factory=dict)
