"""A small build in the manner of PororoSV, written by the package itself: stories beside clips.

Stories are every run of five clips of an episode, so neighbours share four. Clips have two to five
frames; every frame has a colour of its own, which says what it is: see `frame_colour`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from storybench.images import encode_jpeg, encode_png
from storybench.shards.clip_format import ClipRecord, clip_shard_name
from storybench.shards.clip_index import CLIP_INDEX_NAME, write_clip_index
from storybench.shards.format import FrameRecord, StoryRecord, shard_name
from storybench.shards.index import INDEX_NAME, write_index
from storybench.shards.manifest import (
    ClipShardEntry,
    ShardEntry,
    file_entry,
    make_manifest,
    write_manifest,
)
from storybench.shards.writer import ShardWriter
from storybench.types import Origin, StorySpec

CHARACTERS = ("Pororo", "Loopy", "Crong")
N_FRAMES = 5
PER_SHARD = 4


def captions_of(clip: str) -> tuple[str, ...]:
    """One caption, or three for every fourth clip."""
    n = number(clip)
    alternatives = (f"Loopy waits in {n}.", f"CRONG sings in {n}.") if n % 4 == 0 else ()
    return (f"Pororo runs in {n}.", *alternatives)


def n_frames(clip: str) -> int:
    """How many frames a clip has: two to five."""
    return 2 + number(clip) % 4


def draw(clip: str, k: int, side: int) -> NDArray[np.uint8]:
    """A frame of one colour, with a white mark at the left."""
    frame = np.empty((side, side, 3), np.uint8)
    frame[:] = frame_colour(clip, k)
    frame[: side // 2, : side // 4] = 255
    return frame


@dataclass(frozen=True)
class Cartoon:
    """What to write: clips as strips ("png") or arrays ("npy"), `side` pixels wide.

    `stored` is the form of the stories' own frames.
    `episodes` holds the number of clips of each episode, by split; a clip is called
    `<episode>/<n>`, n from 1. The others are functions of that.
    """

    suffix: Literal["png", "npy"] = "png"
    stored: Literal["png", "jpg"] = "png"
    side: int = 16
    episodes: Mapping[str, Mapping[str, int]] = field(
        default_factory=lambda: {"train": {"ep1": 9, "ep2": 7}, "test": {"ep3": 6}}
    )
    licence: Callable[[str], str | None] = lambda clip: None
    captions: Callable[[str], tuple[str, ...]] = captions_of
    n_frames: Callable[[str], int] = n_frames
    draw: Callable[[str, int, int], NDArray[np.uint8]] = draw

    def write(self, directory: Path) -> Path:
        """Write the finished build and return its folder."""
        directory.mkdir(parents=True)
        stories = {split: self.stories(split) for split in self.episodes}
        entries, groups = [], []
        for split, records in stories.items():
            for first in range(0, len(records), PER_SHARD):
                path = directory / shard_name(split, first // PER_SHARD)
                with ShardWriter(path) as shard:
                    groups.append([shard.add(r) for r in records[first : first + PER_SHARD]])
                whole = file_entry(path).model_dump()
                entries.append(ShardEntry(split=split, n_stories=len(groups[-1]), **whole))
        write_index(directory / INDEX_NAME, groups)
        clips = self._write_clips(directory)
        manifest = make_manifest(
            StorySpec("toon", "1", N_FRAMES - 1, self.side, CHARACTERS, citation="@misc{toon}"),
            shards=entries,
            clips=[clips],
            files=[file_entry(directory / name) for name in (INDEX_NAME, CLIP_INDEX_NAME)],
            raw=[],
            options={},
            drops={},
            n_planned=sum(map(len, stories.values())),
            n_dropped=0,
        )
        write_manifest(directory, manifest)
        return directory

    def stories(self, split: str) -> list[StoryRecord]:
        """Every story of a split, in order; the first two are the subset "short"."""
        starts = [
            (episode, n)
            for episode, length in self.episodes[split].items()
            for n in range(1, length - N_FRAMES + 2)
        ]
        return [
            StoryRecord(
                key=f"{episode}-{n}",
                split=split,
                cluster=episode,
                position=position,
                frames=tuple(self._frame(f"{episode}/{n + k}") for k in range(N_FRAMES)),
                label_source="drawn",
                orders={"file": 1000 - position},
                subsets=("short",) if position < 2 else (),
            )
            for position, (episode, n) in enumerate(starts)
        ]

    def clips(self) -> list[str]:
        """The id of every clip."""
        return [
            f"{episode}/{n}"
            for of in self.episodes.values()
            for episode, length in of.items()
            for n in range(1, length + 1)
        ]

    def chosen(self, clip: str) -> int:
        """Which frame of a clip the stories show."""
        return number(clip) % self.n_frames(clip)

    def frames(self, clip: str) -> NDArray[np.uint8]:
        """Every frame of a clip, (k, side, side, 3)."""
        return np.stack([self.draw(clip, k, self.side) for k in range(self.n_frames(clip))])

    def _frame(self, clip: str) -> FrameRecord:
        return FrameRecord(
            data=(encode_png if self.stored == "png" else encode_jpeg)(
                self.draw(clip, self.chosen(clip), self.side)
            ),
            suffix=self.stored,
            captions=self.captions(clip),
            origin=Origin(f"{clip}.{self.suffix}", clip, index=self.chosen(clip)),
            characters=labels(clip),
            licence=self.licence(clip),
        )

    def _clip(self, clip: str) -> ClipRecord:
        return ClipRecord(
            key=clip.replace("/", "-"),
            cluster=clip.partition("/")[0],
            data=encoded(self.frames(clip), self.suffix),
            suffix=self.suffix,
            n_frames=self.n_frames(clip),
            captions=self.captions(clip),
            origin=Origin(f"{clip}.{self.suffix}", clip),
            characters=labels(clip),
            label_source="drawn",
        )

    def _write_clips(self, directory: Path) -> ClipShardEntry:
        path = directory / clip_shard_name(0)
        with ShardWriter(path) as shard:
            rows = [shard.add_clip(self._clip(clip)) for clip in self.clips()]
        write_clip_index(directory / CLIP_INDEX_NAME, [rows])
        return ClipShardEntry(n_clips=len(rows), **file_entry(path).model_dump())


def number(clip: str) -> int:
    """The number of a clip in its episode."""
    return int(clip.rpartition("/")[2])


def frame_colour(clip: str, k: int) -> tuple[int, int, int]:
    """Red for the episode, green for the clip, blue for the frame: no two frames share one."""
    return (40 * int(clip[2]), 8 * number(clip), 30 + 40 * k)


def named(colour: NDArray[np.uint8]) -> tuple[str, int]:
    """The clip and frame that a colour stands for."""
    red, green, blue = (int(value) for value in colour)
    return f"ep{red // 40}/{green // 8}", (blue - 30) // 40


def labels(clip: str) -> tuple[int, ...] | None:
    """Which characters are in a clip; of every seventh nobody knows."""
    n = number(clip)
    return None if n % 7 == 0 else (1, n % 2, int(n % 3 == 0))


def encoded(frames: NDArray[np.uint8], suffix: str) -> bytes:
    """A clip as its release has it."""
    if suffix == "png":
        return encode_png(frames.reshape(-1, *frames.shape[2:]))
    buffer = io.BytesIO()
    np.save(buffer, frames, allow_pickle=False)
    return buffer.getvalue()
