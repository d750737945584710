"""A show of the toy world whose every episode has been seen, so that intervals can be put to test.

Episodes are the serials that the twin of FlintstonesSV is made of, drawn at 64 pixels and seen
through the twin extractor. Beside the real frame of a clip stand four pictures of a model, one for
each place that the clip can have among the targets of a story: the scene at another moment, at
times without one of its characters, in colours that are the model's own everywhere and drift from
episode to episode. An evaluation is K episodes drawn from the show with replacement, with every
window of five clips as a story, so the show itself is the population and its expectations are what
an interval must cover.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from storybench.metrics import twin
from storybench.metrics.evidence import Evidence, Side, Slots
from storybench.metrics.extractor import Extractor
from storybench.metrics.features import FeatureTable
from storybench.types import Image
from storydata.twin.flintstones.clips import MANNER, SECONDS
from storydata.twin.world.cast import FLINTSTONES_CAST
from storydata.twin.world.painter import Painter
from storydata.twin.world.serial import Take, serial

SIDE = 64
T = 4
MOST_CLIPS, FEWEST_CLIPS = 26, 12
FORGETS = 0.3
"""Chance that the model leaves a character out."""

Rows = NDArray[np.float32]
Names = NDArray[np.object_]
Which = Side | Literal["train"]

Colours = tuple[float, float, float]
"""What red, green and blue are multiplied by."""

MANNERISM: Colours = (1.12, 1.0, 0.8)
"""How the model colours everything: a fault of its own, the same in every episode."""

NO_MANNERISM: Colours = (1.0, 1.0, 1.0)
"""A model whose pictures differ from real ones no more than moments of a clip differ."""


@dataclass(frozen=True, eq=False)
class Footage:
    """The real picture of each of n clips, the four that the model makes of it, labels (n, c)."""

    real: list[Image]
    made: list[list[Image]]
    labels: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Episode:
    """Features of the real frames (n, d), of the model's (n, 4, d), and labels (n, c)."""

    real: NDArray[np.float32]
    made: NDArray[np.float32]
    labels: NDArray[np.bool_]

    @property
    def n_stories(self) -> int:
        """Windows of a source and four targets."""
        return len(self.real) - T


def footage(number: int, mannerism: Colours) -> Footage:
    """An episode of the show and of the model: a pure function of its number and the mannerism."""
    rng = np.random.default_rng([7, number])
    n_clips = int(rng.integers(FEWEST_CLIPS, MOST_CLIPS + 1))
    takes = serial(
        FLINTSTONES_CAST,
        rng,
        number=number,
        seconds=SECONDS,
        n_lines=[1] * n_clips,
        manner=MANNER,
    )
    tint = np.array(mannerism) * rng.normal(1, 0.06, 3)
    pictures = [_pictures(take, tint, rng) for take in takes]
    labels = [FLINTSTONES_CAST.multi_hot(take.scene.visible) for take in takes]
    return Footage(
        real=[of_clip[0] for of_clip in pictures],
        made=[of_clip[1:] for of_clip in pictures],
        labels=np.array(labels, bool),
    )


def episode(number: int, extractor: Extractor, mannerism: Colours) -> Episode:
    """The features of an episode."""
    shot = footage(number, mannerism)
    real, made = seen(shot, extractor)
    return Episode(real, made, shot.labels)


def seen(shot: Footage, extractor: Extractor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Features of the real frames (n, d) and of the model's (n, 4, d)."""
    clips = zip(shot.real, shot.made, strict=True)
    features = extractor([picture for real, made in clips for picture in (real, *made)])
    features = features.reshape(len(shot.real), 1 + T, -1)
    return features[:, 0], features[:, 1:]


def recoloured(picture: NDArray[Any], by: NDArray[np.float64] | float) -> Image:
    """A picture with its colours multiplied, uint8 again."""
    return np.clip((picture * by).round(), 0, 255).astype(np.uint8)


def _pictures(take: Take, tint: NDArray[np.float64], rng: np.random.Generator) -> list[Image]:
    """The real frame in the middle of a clip, then what the model makes of it four times."""
    scene = take.scene
    whole = Painter(FLINTSTONES_CAST, scene, (SIDE, SIDE))
    fewer = Painter(FLINTSTONES_CAST, replace(scene, actors=scene.actors[1:]), (SIDE, SIDE))
    found = [whole.paint(SECONDS / 2)]
    for _ in range(T):
        painter = fewer if rng.random() < FORGETS else whole
        colours = painter.paint(float(rng.uniform(0, SECONDS)))
        found.append(recoloured(colours, tint * rng.normal(1, 0.04)))
    return found


def show(n_episodes: int, mannerism: Colours) -> list[Episode]:
    """The first episodes of the show."""
    extractor = twin.load()
    return [episode(number, extractor, mannerism) for number in range(n_episodes)]


@dataclass(frozen=True, eq=False)
class Layout:
    """Every story of some episodes: its slots, and where its pictures lie among all clips.

    `clips` (n,) is the clip of each slot, `sources` (s,) that of the source of each story.
    """

    slots: Slots
    clips: NDArray[np.intp]
    sources: NDArray[np.intp]

    def tables(
        self, made: Rows, real: Rows, made_names: Names, real_names: Names
    ) -> dict[Which, FeatureTable]:
        """What slots show of the pictures of n clips: made (n, 4, d), real (n, d), and names."""
        at = self.clips, self.slots.k - 1
        generated = FeatureTable(made[at], np.arange(len(self.clips)), tuple(made_names[at]))
        names = tuple(real_names)
        return {
            "generated": generated,
            "reference": FeatureTable(real, self.clips, names),
            "source": FeatureTable(real, self.sources, names),
        }

    def evidence(
        self,
        tables: Mapping[Which, FeatureTable],
        extractor: Extractor,
        more: Mapping[tuple[Which, Extractor], FeatureTable] | None = None,
    ) -> Evidence:
        """The evidence of these tables, with those of other extractors."""
        return Evidence.of(
            tables["generated"],
            tables["reference"],
            self.slots.groups,
            extractor=extractor,
            slots=self.slots,
            source=tables["source"],
            train=tables.get("train"),
            more=more,
        )


def layout(labels: list[NDArray[np.bool_]]) -> Layout:
    """The layout of episodes, from the labels (n, c) of the clips of each."""
    n_stories = [len(one) - T for one in labels]
    groups = np.arange(len(labels)).repeat([n * T for n in n_stories])
    starts = np.cumsum([0, *(len(one) for one in labels)])
    first = starts[groups] + np.concatenate([np.arange(n).repeat(T) for n in n_stories])
    n = sum(n_stories)
    k = np.tile(np.arange(1, T + 1), n)
    said = np.concatenate(labels)[first + k]
    slots = Slots(
        stories=tuple(f"s{number:05d}" for number in range(n)),
        clusters=tuple(f"e{group:02d}" for group in groups[::T]),
        story=np.arange(n).repeat(T),
        k=k,
        groups=groups,
        captions=tuple(map(caption, said)),
        characters=FLINTSTONES_CAST.names,
        labels=said,
    )
    return Layout(slots, first + k, first[::T])


def caption(labels: NDArray[np.bool_]) -> str:
    """Who is there, in words."""
    names = zip(FLINTSTONES_CAST.names, labels, strict=True)
    return " and ".join(name for name, is_there in names if is_there)


def evaluation(episodes: list[Episode], extractor: Extractor) -> Evidence:
    """The evidence of a model on these episodes: every story, its real frames shared by windows."""
    of = layout([one.labels for one in episodes])
    made = np.concatenate([one.made for one in episodes])
    real = np.concatenate([one.real for one in episodes])
    nameless = (np.full(rows.shape[:-1], "", object) for rows in (made, real))
    return of.evidence(of.tables(made, real, *nameless), extractor)
