"""Stories for `torch.utils.data.DataLoader`: a map-style dataset that needs no torch itself.

    dataset = StoryDataset("shards", "train", frames="random", transform=Transform(crop="random"))
    loader = DataLoader(dataset, batch_size=8, sampler=StorySampler(len(dataset)), num_workers=2)

An item is a dict of numpy arrays, strings and integers, which the default collate makes a batch
of. Everything random in it is a hash of (seed, epoch, story): see `storybench.loader.choice`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.loader.cache import FrameCache
from storybench.loader.choice import Draw, draw_of, pick
from storybench.loader.epoch import SharedEpoch
from storybench.loader.pictures import pictures
from storybench.loader.presets import Preset
from storybench.loader.samples import Samples
from storybench.loader.transform import Transform
from storybench.shards.format import FrameDocument, StoryDocument
from storybench.shards.reader import Stories
from storybench.types import Image

Frames = Literal["stored", "random"]
Captions = Literal["default", "first", "last", "random"]
Fed = Callable[[Sequence[Image], Draw], Any]
"""From a story's frames and draws to one array or tensor, frames along its first axis."""

FRAMES = ("stored", "random")
CAPTIONS = ("default", "first", "last", "random")
NO_LABEL = -1


class Item(TypedDict):
    """One story: t targets, c characters.

    `source` is (3, h, w) and `targets` (t, 3, h, w), in the range of the transform. `captions` has
    the source's first; a batch of them is a list over frames, so `captions[1:]` are those of the
    targets, as StoryDALL-E is given them. `characters` is multi-hot (t + 1, c) in the order of the
    spec, a row of -1 where the raw data has no label. `index` counts in this dataset.
    """

    source: Any
    targets: Any
    captions: tuple[str, ...]
    characters: NDArray[np.int64]
    id: str
    index: int


class StoryDataset:
    """The stories of a split, as a network is fed them.

    Args:
        stories: a folder of shards, or `Stories` (or a slice of them) that are read already.
        split: which split; None for all that `stories` has.
        subset: only a named part of it, as in `Story.subsets`.
        frames: "stored": the frame that the build chose of each clip. "random": another one each
            epoch, for the source and every target alike.
        captions: of several, the default, first, last, or another one each epoch.
        lower: lower-case the captions.
        transform: from the frames of a story (uint8 RGB, (h, w, 3), source first) and its draws to
            one array, frames first.
        seed: of every choice.
        cache: keep decoded frames on disk, for all workers and runs.

    Raises:
        InputError: no such split or subset, an option that is none, or frames are to be drawn where
            the build keeps no clips.
        MissingError: no finished build there.
    """

    def __init__(
        self,
        stories: Stories | Path | str,
        split: str | None = None,
        *,
        subset: str | None = None,
        frames: Frames = "stored",
        captions: Captions = "default",
        lower: bool = False,
        transform: Fed = Transform(),  # noqa: B008  (frozen)
        seed: int = 0,
        cache: FrameCache | None = None,
    ) -> None:
        _check(frames=(frames, FRAMES), captions=(captions, CAPTIONS))
        self.stories = stories if isinstance(stories, Stories) else Stories(stories, split)
        rows = _rows(self.stories, split, subset)
        self._samples = Samples(self.stories, rows)
        self._pictures = pictures(self.stories, self._samples, frames=frames, cache=cache)
        self._n_characters = len(self.stories.spec.characters)
        self._epoch = SharedEpoch()
        self.captions, self.lower, self.transform, self.seed = captions, lower, transform, seed

    @classmethod
    def like(
        cls, preset: Preset, stories: Stories | Path | str, split: str | None = None, **changes: Any
    ) -> StoryDataset:
        """The stories as a published model was fed them; `changes` are arguments of the class."""
        options = {name: getattr(preset, name) for name in OPTIONS}
        return cls(stories, split, **{**options, **changes})

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Item:
        row = range(len(self))[index]
        draw = draw_of(self.seed, self.epoch, self.ids[row])
        document, images = self._pictures(row, draw)
        fed = self.transform(images, draw)
        return Item(
            source=fed[0],
            targets=fed[1:],
            captions=self._told(document, draw),
            characters=self._characters(document.frames),
            id=document.id,
            index=row,
        )

    def captions_of(self, index: int) -> tuple[str, ...]:
        """The captions of an item, source first; no picture is read."""
        row = range(len(self))[index]
        draw = draw_of(self.seed, self.epoch, self.ids[row])
        return self._told(self._samples.document(row), draw)

    def __repr__(self) -> str:
        return f"<StoryDataset: {len(self):,} of {self.stories!r}>"

    @property
    def ids(self) -> tuple[str, ...]:
        """Id of every story, in order."""
        return self._samples.ids

    @property
    def epoch(self) -> int:
        """The epoch whose frames, captions and crops are shown."""
        return self._epoch.value

    def set_epoch(self, epoch: int) -> None:
        """Show another epoch, in worker processes that are running too."""
        self._epoch.value = epoch

    def _told(self, document: StoryDocument, draw: Draw) -> tuple[str, ...]:
        return tuple(self._caption(f, draw, k) for k, f in enumerate(document.frames))

    def _caption(self, frame: FrameDocument, draw: Draw, k: int) -> str:
        choices = {"default": frame.default, "first": 0, "last": len(frame.captions) - 1}
        chosen = choices.get(self.captions)
        if chosen is None:
            chosen = pick(len(frame.captions), draw(f"caption/{k}"))
        caption = frame.captions[chosen]
        return caption.lower() if self.lower else caption

    def _characters(self, frames: Sequence[FrameDocument]) -> NDArray[np.int64]:
        unlabelled = (NO_LABEL,) * self._n_characters
        rows = [unlabelled if f.characters is None else f.characters for f in frames]
        return np.array(rows, np.int64).reshape(len(rows), self._n_characters)


OPTIONS = ("frames", "captions", "lower", "transform")


def _rows(stories: Stories, split: str | None, subset: str | None) -> NDArray[np.intp]:
    """Which of the stories are wanted."""
    table = stories.table()
    wanted = np.ones(len(table), bool)
    if split is not None:
        wanted &= _in_split(stories, table["split"].to_numpy(), split)
    if subset is not None:
        wanted &= _in_subset(stories, table["subsets"].tolist(), subset)
    return np.flatnonzero(wanted)


def _in_split(stories: Stories, splits: NDArray[Any], split: str) -> NDArray[np.bool_]:
    if split not in stories.manifest.splits:
        known = ", ".join(stories.manifest.splits)
        raise InputError(f"Expected one of the splits {known or '(none)'}, found {split!r}.")
    return splits == split


def _in_subset(stories: Stories, subsets: Sequence[Any], subset: str) -> NDArray[np.bool_]:
    known = sorted({name for of in subsets for name in of})
    if subset not in known:
        raise InputError(
            f"Expected a subset of {stories!r}, which has {', '.join(known) or 'none'}, found "
            f"{subset!r}."
        )
    return np.array([subset in of for of in subsets], bool)


def _check(**options: tuple[str, tuple[str, ...]]) -> None:
    for name, (value, known) in options.items():
        if value not in known:
            raise InputError(f"Expected {name} to be {' or '.join(known)}, found {value!r}.")
