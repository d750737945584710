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

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from storybench.metrics import twin
from storybench.metrics.evidence import Evidence, Slots
from storybench.metrics.extractor import Extractor
from storybench.metrics.features import FeatureTable
from storydata.twin.flintstones.clips import MANNER, SECONDS
from storydata.twin.world.cast import FLINTSTONES_CAST
from storydata.twin.world.painter import Painter
from storydata.twin.world.serial import Take, serial

SIDE = 64
T = 4
MOST_CLIPS, FEWEST_CLIPS = 26, 12
FORGETS = 0.3
"""Chance that the model leaves a character out."""

Colours = tuple[float, float, float]
"""What red, green and blue are multiplied by."""

MANNERISM: Colours = (1.12, 1.0, 0.8)
"""How the model colours everything: a fault of its own, the same in every episode."""

NO_MANNERISM: Colours = (1.0, 1.0, 1.0)
"""A model whose pictures differ from real ones no more than moments of a clip differ."""


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


def episode(number: int, extractor: Extractor, mannerism: Colours) -> Episode:
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
    pictures = [picture for take in takes for picture in _pictures(take, tint, rng)]
    features = extractor(pictures).reshape(n_clips, 1 + T, -1)
    labels = [FLINTSTONES_CAST.multi_hot(take.scene.visible) for take in takes]
    return Episode(features[:, 0], features[:, 1:], np.array(labels, bool))


def _pictures(
    take: Take, tint: NDArray[np.float64], rng: np.random.Generator
) -> list[NDArray[np.uint8]]:
    """The real frame in the middle of a clip, then what the model makes of it four times."""
    scene = take.scene
    whole = Painter(FLINTSTONES_CAST, scene, (SIDE, SIDE))
    fewer = Painter(FLINTSTONES_CAST, replace(scene, actors=scene.actors[1:]), (SIDE, SIDE))
    found = [whole.paint(SECONDS / 2)]
    for _ in range(T):
        painter = fewer if rng.random() < FORGETS else whole
        colours = painter.paint(float(rng.uniform(0, SECONDS))) * tint * rng.normal(1, 0.04)
        found.append(np.clip(colours.round(), 0, 255).astype(np.uint8))
    return found


def show(n_episodes: int, mannerism: Colours) -> list[Episode]:
    """The first episodes of the show."""
    extractor = twin.load()
    return [episode(number, extractor, mannerism) for number in range(n_episodes)]


def evaluation(episodes: list[Episode], extractor: Extractor) -> Evidence:
    """The evidence of a model on these episodes: every story, its real frames shared by windows."""
    story = np.concatenate([np.arange(one.n_stories).repeat(T) for one in episodes])
    sizes = [one.n_stories * T for one in episodes]
    groups = np.arange(len(episodes)).repeat(sizes)
    k = np.tile(np.arange(T), sum(sizes) // T)
    starts = np.cumsum([0, *(len(one.real) for one in episodes)])
    clips = starts[groups] + story + k + 1
    made = np.concatenate([one.made for one in episodes])[clips, k]
    real = np.concatenate([one.real for one in episodes])
    tables = (
        FeatureTable(made, np.arange(len(made)), ("",) * len(made)),
        FeatureTable(real, clips, ("",) * len(real)),
    )
    n_stories = len(clips) // T
    slots = Slots(
        stories=tuple(f"s{number:05d}" for number in range(n_stories)),
        clusters=tuple(f"e{group:02d}" for group in groups[::T]),
        story=np.arange(n_stories).repeat(T),
        k=k + 1,
        groups=groups,
    )
    return Evidence.of(*tables, groups, extractor=extractor, slots=slots)
