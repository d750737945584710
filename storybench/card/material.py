"""The real frames that are spoilt.

Slots and real frames are those of protocol `sb-v1`: the reference is the middle frame of each
slot's clip, and what is spoilt is the first frame of the clip: as near to the reference as a model
could hope to come. Where a build keeps one frame a clip, both are that frame. Predictions on disk
and the doctor are left out: corrupted real frames are what the doctor is there to refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from storybench.card.layout import Layout
from storybench.errors import InputError
from storybench.evaluate.plan import plan
from storybench.evaluate.references import Pick, RealFrames, clip_rows, picks
from storybench.evaluate.subject import TRAIN
from storybench.images import centre_square
from storybench.metrics.evidence import Side
from storybench.protocols.sb_v1 import SB_V1
from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from storybench.types import Image


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
        self._plan = plan(self.stories, SB_V1)
        self._real = RealFrames(self._plan, Clips(data))

    @cached_property
    def layout(self) -> Layout:
        """Every slot of the split, and how many training frames there are."""
        n_frames = self.stories.spec.n_targets + 1
        return Layout(self._plan.described(), len(self._train or ()) * n_frames)

    def picture(self, number: int) -> Image:
        """A picture by its number, cropped to its centre square."""
        n_slots, n_stories = self.layout.slots.n, len(self.stories)
        if number < n_slots:
            return centre_square(self._real.image(number, self._unspoilt[number]))
        if number < n_slots + n_stories:
            return centre_square(self.stories.image(number - n_slots, 0))
        assert self._train is not None
        story, k = divmod(number - n_slots - n_stories, self.stories.spec.n_targets + 1)
        return centre_square(self._train.image(story, k))

    def of(self, side: Side) -> Iterator[Image]:
        """The real frames and the sources, as `evaluate` has them; the unspoilt as generated."""
        numbers = (self.layout.sources if side == "source" else self.layout.own).tolist()
        if side == "reference":
            return (centre_square(self._real.image(at, self._reference[at])) for at in numbers)
        return (self.picture(number) for number in numbers)

    def train(self) -> Iterator[Image] | None:
        """Every frame of the training split."""
        if self._train is None:
            return None
        return (self.picture(number) for number in self.layout.train.tolist())

    def place(self, slot: int) -> float:
        """How far into its story a slot stands, k / t."""
        return float(self.layout.slots.k[slot]) / self.layout.n_targets

    @cached_property
    def _reference(self) -> tuple[Pick, ...]:
        """The middle frame of the clip of each slot."""
        return picks(self._plan, self._real.clips, SB_V1.reference)

    @cached_property
    def _unspoilt(self) -> tuple[Pick, ...]:
        """The first frame of the clip of each slot."""
        return tuple(Pick(row) for row in clip_rows(self._plan, self._real.clips))
