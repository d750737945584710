"""The real frames that are spoilt.

The reference is the middle frame of each slot's clip, as in protocol `sb-v1`, and what is spoilt is
the first frame of the clip: as near to the reference as a model could hope to come. Where a build
keeps one frame a clip, both are that frame. Predictions on disk and the doctor are left out:
corrupted real frames are what the doctor is there to refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storybench.card.layout import Layout
from storybench.errors import InputError
from storybench.images import centre_square
from storybench.metrics.evidence import Side, Slots
from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from storybench.stats import jackknife
from storybench.types import Image, Origin

TRAIN = "train"


class Material:
    """The pictures of one split of a build by their numbers in a `Layout`, read when asked for.

    Args:
        data: the folder of a finished build.
        split: whose targets are spoilt.
        limit: only the first stories.

    Raises:
        MissingError: no finished build there.
        InputError: no such split, or no story in it.
    """

    def __init__(self, data: Path | str, split: str, *, limit: int | None = None) -> None:
        self.stories = Stories(data, split)[:limit]
        if not len(self.stories):
            raise InputError(f"Expected stories to spoil, found none in {self.stories!r}.")
        has_train = TRAIN in self.stories.manifest.splits and split != TRAIN
        self._train = Stories(data, TRAIN) if has_train else None
        self._clips = Clips(data)

    @cached_property
    def layout(self) -> Layout:
        """Every slot of the split, and how many training frames there are."""
        n_frames = self.stories.spec.n_targets + 1
        return Layout(_slots(self.stories), len(self._train or ()) * n_frames)

    def picture(self, number: int) -> Image:
        """A picture by its number, cropped to its centre square."""
        n_slots, n_stories = self.layout.slots.n, len(self.stories)
        if number < n_slots:
            return self._unspoilt(*self._place(number))
        if number < n_slots + n_stories:
            return centre_square(self.stories.image(number - n_slots, 0))
        assert self._train is not None
        story, k = divmod(number - n_slots - n_stories, self.stories.spec.n_targets + 1)
        return centre_square(self._train.image(story, k))

    def of(self, side: Side) -> Iterator[Image]:
        """The real frames and the sources, as `evaluate` has them; the unspoilt as generated."""
        numbers = self.layout.sources if side == "source" else self.layout.own
        if side == "reference":
            return (self._reference(*self._place(slot)) for slot in numbers.tolist())
        return (self.picture(number) for number in numbers.tolist())

    def train(self) -> Iterator[Image] | None:
        """Every frame of the training split."""
        if self._train is None:
            return None
        return (self.picture(number) for number in self.layout.train.tolist())

    def place(self, slot: int) -> float:
        """How far into its story a slot stands, k / t."""
        return float(self.layout.slots.k[slot]) / self.layout.n_targets

    def _place(self, slot: int) -> tuple[int, int]:
        return int(self.layout.slots.story[slot]), int(self.layout.slots.k[slot])

    def _reference(self, story: int, k: int) -> Image:
        """The middle frame of a target's clip."""
        return self._of_clip(story, k, lambda n: n // 2)

    def _unspoilt(self, story: int, k: int) -> Image:
        """The first frame of a target's clip."""
        return self._of_clip(story, k, lambda n: 0)

    def _of_clip(self, story: int, k: int, choose: Callable[[int], int]) -> Image:
        """A frame of a target's clip by how many there are; the stored one where there is one."""
        clip = self._origins[story][k].clip
        n = self._clip_counts.get(clip, 1)
        if n < 2:
            return centre_square(self.stories.image(story, k))
        return centre_square(self._clips.frame(self._clips.find(clip), choose(n)))

    @cached_property
    def _clip_counts(self) -> dict[str, int]:
        return dict(zip(self._clips.ids, self._clips.counts, strict=True))

    @cached_property
    def _origins(self) -> list[list[Origin]]:
        """Where each frame of each story came from, source first."""
        return [[frame.origin for frame in story.frames] for story in self.stories]


def _slots(stories: Stories) -> Slots:
    """All targets of all stories, with cluster, caption and labels of each."""
    numbers = range(1, stories.spec.n_targets + 1)
    places = [(story, k) for story in range(len(stories)) for k in numbers]
    captions = [stories.captions(story) for story in range(len(stories))]
    return Slots(
        stories=stories.ids,
        clusters=stories.clusters,
        story=np.array([story for story, _ in places], np.intp),
        k=np.array([k for _, k in places], np.intp),
        groups=jackknife.deal([stories.clusters[story] for story, _ in places]),
        captions=tuple(captions[story][k] for story, k in places),
        characters=stories.spec.characters,
        labels=_labels(stories, places),
    )


def _labels(stories: Stories, places: list[tuple[int, int]]) -> NDArray[np.bool_] | None:
    """Multi-hot labels (n, c) of the slots; None where the dataset has no characters."""
    if not stories.spec.characters:
        return None
    rows = stories.table()["characters"].tolist()
    if any(row is None or row[k] is None for row in rows for k in range(1, len(row))):
        return None
    return np.array([rows[story][k] for story, k in places], bool)
