"""A toy world with enough stories to prove something on, drawn quickly: one frame a clip."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storybench import registry
from storybench.errors import PredictionError
from storybench.predictions.doctor import examine
from storybench.predictions.doctor.alignment import Alignment, alignment
from storybench.predictions.doctor.diagnosis import Diagnosis
from storybench.predictions.doctor.examination import shown
from storybench.predictions.doctor.gathering import gathered
from storybench.predictions.doctor.glance import Glance, glance
from storybench.predictions.doctor.looking import Seen
from storybench.predictions.doctor.material import Glances, Material
from storybench.predictions.doctor.pictures import check_set
from storybench.predictions.problem import Problem
from storybench.shards.reader import Stories
from storybench.types import Image
from storydata.twin.pororo.release import write_quick_release
from storydata.twin.world.painter import Painter
from tests.predictions.doctor.learned import Learned

SIDE = 64

Frames = NDArray[np.uint8]
"""uint8 (n, t, s, s, 3); real ones have one more, the source first."""


@dataclass
class World:
    """Shards of a world, its pictures in memory, and what models draw in it."""

    shards: Path

    def stories(self, split: str) -> Stories:
        """The stories of a split."""
        return Stories(self.shards, split)

    def truth(self, split: str) -> Stories:
        """The same, with pictures that are at hand."""
        if split not in self._truths:
            self._truths[split] = AtHand(self.shards, split, self.real(split))
        return self._truths[split]

    def real(self, split: str) -> Frames:
        """Every real frame, the source first."""
        if split not in self._real:
            stories = self.stories(split)
            frames = range(stories.spec.n_targets + 1)
            self._real[split] = np.array(
                [[stories.image(i, k) for k in frames] for i in range(len(stories))]
            )
        return self._real[split]

    def looks(self, split: str) -> list[tuple[Glance, ...]]:
        """Glances of every real frame."""
        if split not in self._looks:
            self._looks[split] = [tuple(map(glance, row)) for row in self.real(split)]
        return self._looks[split]

    def captions(self, split: str) -> list[tuple[str, ...]]:
        """Default captions."""
        stories = self.stories(split)
        return [stories.captions(i) for i in range(len(stories))]

    @cached_property
    def model(self) -> Learned:
        """The learned model, fitted on train."""
        return Learned(self.real("train"), self.captions("train"))

    def drawn(self, model: str, split: str = "test") -> Frames:
        """What "learned", "copy-source" or "good" (the truth, blurred, with noise) draw."""
        if (model, split) not in self._drawn:
            real = self.real(split)
            if model == "learned":
                frames = self.model(real[:, 0], self.captions(split))
            elif model == "copy-source":
                frames = np.repeat(real[:, :1], real.shape[1] - 1, axis=1)
            else:
                frames = good(real[:, 1:], np.random.default_rng(0))
            self._drawn[model, split] = frames
        return self._drawn[model, split].copy()

    def __post_init__(self) -> None:
        self._real: dict[str, Frames] = {}
        self._looks: dict[str, list[tuple[Glance, ...]]] = {}
        self._drawn: dict[tuple[str, str], Frames] = {}
        self._truths: dict[str, Stories] = {}


class AtHand(Stories):
    """Stories of a split whose pictures were decoded before."""

    def __init__(self, shards: Path, split: str, frames: Frames) -> None:
        super().__init__(shards, split)
        self._at_hand = frames

    def image(self, index: int, k: int) -> Image:
        """Frame k of a story, 0 the source."""
        return self._at_hand[index, k]


def make_world(folder: Path, *, stories: int, seed: int = 5) -> World:
    """Draw and build one."""
    write_quick_release(folder / "raw", stories=stories, seed=seed, paint=_one_frame)
    registry.load("datasets", "pororosv").build(folder / "raw", folder / "shards", options={})
    return World(folder / "shards")


def good(targets: Frames, generator: np.random.Generator) -> Frames:
    """The fixture GOOD: real targets, slightly blurred, with noise of 8 levels."""
    wide = np.pad(targets, ((0, 0), (0, 0), (1, 1), (1, 1), (0, 0)), "edge").astype(np.float32)
    blurred = sum(
        wide[:, :, y : y + targets.shape[2], x : x + targets.shape[3]] * (4 >> (y != 1) >> (x != 1))
        for y in range(3)
        for x in range(3)
    ) / 16  # fmt: skip
    noisy = blurred + generator.normal(0, 8, targets.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class InMemory:
    """One picture of `Pictures`."""

    name: str
    image: Image
    file: Path = Path("nowhere")

    def size(self) -> tuple[int, int]:
        return self.image.shape[1], self.image.shape[0]

    def read(self) -> Image:
        return self.image

    def encoded(self) -> None:
        return None

    def container(self) -> None:
        return None


class Pictures:
    """A reader of pictures in memory, as `storybench.predictions.reader` wants one."""

    layout = "memory"
    manifest = None
    made = None
    model: Mapping[str, str] = {"name": "unknown"}
    digest = "0" * 64

    def __init__(self, ids: Sequence[str], frames: Sequence[Sequence[Image]] | Frames) -> None:
        self.directory = Path("preds")
        self._frames = dict(zip(ids, frames, strict=True))

    @property
    def story_ids(self) -> tuple[str, ...]:
        return tuple(sorted(self._frames))

    def frames(self, story_id: str) -> tuple[int, ...]:
        return tuple(range(1, len(self._frames.get(story_id, ())) + 1))

    def picture(self, story_id: str, k: int) -> InMemory:
        if k not in self.frames(story_id):
            raise PredictionError(f"no {story_id}/{k}")
        return InMemory(f"{story_id}/{k}", self._frames[story_id][k - 1])

    def image(self, story_id: str, k: int) -> Image:
        return self.picture(story_id, k).read()

    def recorded(self, story_id: str, k: int) -> None:
        return None

    def lossy(self, story_id: str, k: int) -> None:
        return None

    def load(self, story_id: str):
        raise NotImplementedError


def diagnose(world: World, frames: Sequence[Sequence[Image]] | Frames, **changes) -> Diagnosis:
    """Examine pictures of the test split as `storybench doctor` does."""
    stories = world.stories("test")
    facts = {"truth": stories, "others": [world.stories("train"), world.stories("val")]}
    return examine(
        Pictures(stories.ids, frames),
        story_ids=stories.ids,
        n_targets=stories.spec.n_targets,
        **{**facts, **changes},
    )


@dataclass(frozen=True)
class Told:
    """What detectors that look at pictures say of a set, and the verdict."""

    alignment: Alignment
    problems: tuple[Problem, ...]

    def has(self, kind: str, rules: Sequence[str]) -> bool:
        """Whether something of the kind is told, under one of the rules."""
        return any(one.kind == kind and one.rule in rules for one in self.problems)

    @property
    def kinds(self) -> set[str]:
        """Kinds of all problems."""
        return {problem.kind for problem in self.problems}


def told(
    world: World,
    frames: Frames,
    *,
    rows: Sequence[int] | None = None,
    split: str = "test",
    orders: Mapping[str, Sequence[int]] | None = None,
    others: Sequence[Stories] = (),
    change: Callable[[Material], Material] = lambda material: material,
) -> Told:
    """What is seen in pictures of some stories; real frames are looked at once a world.

    Args:
        world: the world.
        frames: of the stories of `rows`.
        rows: which stories of the split, in order; all if None.
        split: of the world.
        orders: in place of those of the release, for each of the rows.
        others: other splits.
        change: what is wrong with the data that the set is compared with.
    """  # fmt: skip
    stories = world.stories(split)
    rows = range(len(stories)) if rows is None else rows
    looks = Glances(len(rows), frames.shape[1])
    for i, k in np.ndindex(frames.shape[:2]):
        looks.put(i, k, glance(frames[i, k]))
    real = world.looks(split)
    seen = [Seen(int(row), (), (), real[row]) for row in rows]
    material = replace(
        gathered(stories, _wide(looks, rows, len(stories)), seen),
        **_apart(world, split, rows, frames),
    )
    if orders is not None:
        material = replace(material, orders={k: np.asarray(v) for k, v in orders.items()})
    material = change(material)
    verdict = alignment(material)
    assert verdict is not None
    problems = [*check_set(looks, material.real), *shown(material, verdict, others)]
    return Told(verdict, tuple(problems))


def _wide(looks: Glances, rows: Sequence[int], n: int) -> Glances:
    """Looks at some stories, in the places of all."""
    wide = Glances(n, looks.there.shape[1])
    for name, values in vars(looks).items():
        getattr(wide, name)[np.asarray(rows)] = values
    return wide


def _apart(world: World, split: str, rows: Sequence[int], frames: Frames) -> dict[str, np.ndarray]:
    """Differences pixel by pixel from truth and source."""
    real = world.real(split)[np.asarray(rows)].astype(np.int16)
    drawn = frames.astype(np.int16)
    return {
        "to_truth": np.abs(drawn - real[:, 1:]).mean(axis=(2, 3, 4)).astype(np.float32),
        "to_source": np.abs(drawn - real[:, :1]).mean(axis=(2, 3, 4)).astype(np.float32),
    }


def _one_frame(cast, scene, times, place):
    """Every frame of a clip is its first."""
    frame = Painter(cast, scene, (SIDE, SIDE)).paint(times[0])
    return np.stack([frame] * len(times))
