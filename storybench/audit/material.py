"""What an audit looks at: every story, frame and picture of a build, read once, as numbers.

A *slot* is a place in a story; a *frame* is one frame of the raw release, in however many slots it
stands; a *clip* is what the release cut frames from; a *picture* is what a frame looks like, pixel
by pixel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from storybench.audit.album import Album, Pictures
from storybench.shards.clip_index import CLIP_INDEX_NAME, read_clip_index
from storybench.shards.format import FrameDocument, StoryDocument, parse_story, split_rank
from storybench.shards.index import INDEX_NAME, read_index
from storybench.shards.manifest import Manifest, checked_file, read_manifest
from storybench.shards.manifest import spec as spec_of
from storybench.shards.members import Member, ShardPool
from storybench.types import Progress, StorySpec

MEMBERS = ("names", "offsets", "sizes", "crcs")

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class FrameFacts:
    """What the release says about a frame: every caption, and its characters, multi-hot."""

    captions: tuple[str, ...]
    characters: tuple[int, ...] | None


@dataclass(frozen=True, eq=False)
class Slots:
    """Every place of every story: its story, its place there (0 is the source), what it shows."""

    story: Numbers
    k: Numbers
    frame: Numbers
    clip: Numbers
    picture: Numbers


@dataclass(frozen=True, eq=False)
class Material:
    """A build as numbers: arrays point into the tuples of names beside them.

    Stories are in the order of the shards. `split_of` and `cluster_of` run over stories.
    `clip_captions` holds the captions of every clip that is kept whole, empty where none is.
    """

    spec: StorySpec
    digest: str
    splits: tuple[str, ...]
    clusters: tuple[str, ...]
    stories: tuple[str, ...]
    label_sources: tuple[str | None, ...]
    split_of: Numbers
    cluster_of: Numbers
    slots: Slots
    clips: tuple[str, ...]
    frames: tuple[FrameFacts, ...]
    pictures: Pictures
    clip_captions: tuple[tuple[str, ...], ...] = ()

    def slots_in(self, split: int) -> Numbers:
        """Which slots stand in stories of a split."""
        return np.flatnonzero(self.split_of[self.slots.story] == split)

    def frames_in(self, split: int) -> Numbers:
        """Which frames the stories of a split show, each once."""
        return np.unique(self.slots.frame[self.slots_in(split)])

    def n_stories(self, split: int) -> int:
        """How many stories a split has."""
        return int((self.split_of == split).sum())


def read_material(directory: Path, *, on_progress: Progress | None = None) -> Material:
    """Read a build: every story's text, every distinct picture.

    Raises:
        MissingError: no finished build there, or a shard of it is gone.
        InputError: the index or a story cannot be read, or a picture is none.
        VerificationError: bytes are not those that the build wrote.
    """
    manifest = read_manifest(directory)
    table = read_index(checked_file(directory, manifest, INDEX_NAME))
    reading = _Reading(manifest)
    with Album() as album:
        for done, (document, pictures) in enumerate(_stories(directory, table), start=1):
            reading.add(document, [album.add(data, name) for name, data in pictures.items()])
            if on_progress is not None:
                on_progress(done, table.num_rows, "stories")
        pictures, picture_of = album.pictures()
    return reading.finish(pictures, picture_of, _clip_captions(directory, manifest))


class _Reading:
    """Numbers for everything met so far."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.splits = {split: k for k, split in enumerate(sorted(manifest.splits, key=split_rank))}
        self.clusters: dict[str, int] = {}
        self.clips: dict[tuple[str, str], int] = {}
        self.frames: dict[tuple[object, ...], int] = {}
        self.facts: list[FrameFacts] = []
        self.stories: list[str] = []
        self.label_sources: list[str | None] = []
        self.split_of: list[int] = []
        self.cluster_of: list[int] = []
        self.slots: list[tuple[int, int, int, int, int]] = []

    def add(self, document: StoryDocument, bytes_of: list[int]) -> None:
        story = len(self.stories)
        self.stories.append(document.id)
        self.label_sources.append(document.label_source)
        self.split_of.append(_number(self.splits, document.split))
        self.cluster_of.append(_number(self.clusters, document.cluster))
        for k, (frame, picture) in enumerate(zip(document.frames, bytes_of, strict=True)):
            clip = _number(self.clips, (frame.origin.file, frame.origin.clip))
            self.slots.append((story, k, self._frame(frame), clip, picture))

    def finish(
        self,
        pictures: Pictures,
        picture_of: Numbers,
        clip_captions: tuple[tuple[str, ...], ...],
    ) -> Material:
        story, k, frame, clip, coded = np.array(self.slots, np.int64).reshape(-1, 5).T
        return Material(
            spec=spec_of(self.manifest),
            digest=self.manifest.digest,
            splits=tuple(self.splits),
            clusters=tuple(self.clusters),
            stories=tuple(self.stories),
            label_sources=tuple(self.label_sources),
            split_of=np.array(self.split_of, np.int64),
            cluster_of=np.array(self.cluster_of, np.int64),
            slots=Slots(story, k, frame, clip, picture_of[coded]),
            clips=tuple(clip for _, clip in self.clips),
            frames=tuple(self.facts),
            pictures=pictures,
            clip_captions=clip_captions,
        )

    def _frame(self, frame: FrameDocument) -> int:
        """The number of a frame; captions that another story gives it are added to its own."""
        origin = frame.origin
        key = (origin.file, origin.clip, origin.index, origin.time)
        number = _number(self.frames, key)
        if number == len(self.facts):
            self.facts.append(FrameFacts(frame.captions, frame.characters))
        elif new := set(frame.captions) - set(self.facts[number].captions):
            old = self.facts[number]
            captions = (*old.captions, *(text for text in frame.captions if text in new))
            self.facts[number] = FrameFacts(captions, old.characters)
        return number


def _number(numbers: dict, key: object) -> int:
    """The number of a key, the next one if it is new."""
    return numbers.setdefault(key, len(numbers))


def _stories(directory: Path, table: pa.Table) -> Iterator[tuple[StoryDocument, dict[str, bytes]]]:
    """What every story says and its encoded pictures by name, in the order of the shards."""
    pool = ShardPool(directory)
    columns = (table.column(name).to_pylist() for name in ("shard", *MEMBERS))
    for shard, *values in zip(*columns, strict=True):
        members = [Member(*of) for of in zip(*values, strict=True)]
        *pictures, text = pool.read(shard, members)
        document = parse_story(text, name=f"{members[-1].name} in shard {shard}")
        names = [member.name for member in members[:-1]]
        yield document, dict(zip(names, pictures, strict=True))


def _clip_captions(directory: Path, manifest: Manifest) -> tuple[tuple[str, ...], ...]:
    if not manifest.clips:
        return ()
    table = read_clip_index(checked_file(directory, manifest, CLIP_INDEX_NAME))
    return tuple(tuple(captions) for captions in table.column("captions").to_pylist())
