"""A tiny build, written by the package itself: two splits, three shards, eight stories."""

from __future__ import annotations

import errno
import io
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from storybench.files import sha256_file, write_atomic
from storybench.images import encode_jpeg, encode_png
from storybench.shards.format import FrameRecord, StoryRecord, shard_name
from storybench.shards.index import INDEX_NAME, IndexRow, write_index
from storybench.shards.manifest import (
    RawEntry,
    ShardEntry,
    file_entry,
    make_manifest,
    write_manifest,
)
from storybench.shards.writer import ShardWriter
from storybench.types import Origin, StorySpec

SPEC = StorySpec(
    name="toy", version="1", n_targets=2, size=None, characters=("Ada", "Bo"), licence="CC0"
)
STORIES = {"test": 3, "train": 5}
STORIES_PER_SHARD = 3


def make_frame(seed: int) -> FrameRecord:
    """A noisy picture of a size of its own; every third has two captions and is a JPEG."""
    generator = np.random.default_rng(seed)
    image = generator.integers(0, 256, (12 + seed % 3, 16, 3), np.uint8)
    special = seed % 3 == 1
    return FrameRecord(
        data=encode_jpeg(image) if special else encode_png(image),
        suffix="jpg" if special else "png",
        captions=(f"Caption {seed}.", "Ada waves – «hé».") if special else (f"Caption {seed}.",),
        default=int(special),
        origin=Origin(file=f"videos/{seed}.mp4", clip=f"c{seed}", index=seed, time=seed / 30),
        characters=None if special else (seed % 2, 1),
        licence="CC-BY" if special else None,
    )


def make_record(split: str, position: int) -> StoryRecord:
    """Story `<split>-<position>`; two stories share a cluster."""
    first = 100 * len(split) + 3 * position
    return StoryRecord(
        key=f"{split}-{position}",
        split=split,
        cluster=f"{split}-video-{position // 2}",
        position=position,
        frames=tuple(make_frame(first + k) for k in range(3)),
        label_source="hand",
        orders={"file": 9 - position},
        subsets=("whole", "early"),
    )


def write_build(directory: Path, make: Callable[[str, int], StoryRecord] = make_record) -> Path:
    """Write the whole build, of records by split and position."""
    groups: list[Sequence[IndexRow]] = []
    shards: list[ShardEntry] = []
    for split, count in STORIES.items():
        for start in range(0, count, STORIES_PER_SHARD):
            path = directory / shard_name(split, start // STORIES_PER_SHARD)
            with ShardWriter(path) as shard:
                stop = min(start + STORIES_PER_SHARD, count)
                # backwards, so that reading has an order to restore
                groups.append([shard.add(make(split, p)) for p in range(start, stop)][::-1])
            shards.append(
                ShardEntry(
                    name=path.name,
                    split=split,
                    sha256=sha256_file(path),
                    size=path.stat().st_size,
                    n_stories=len(groups[-1]),
                )
            )
    write_index(directory / INDEX_NAME, groups)
    write_atomic(directory / "drops.jsonl", b'{"id":"train-5","reason":"no video"}\n')
    manifest = make_manifest(
        SPEC,
        shards=shards,
        files=[file_entry(directory / name) for name in (INDEX_NAME, "drops.jsonl")],
        raw=[RawEntry(path="annotations.json", size=2, sha256="0" * 64)],
        options={"image": "png"},
        drops={"no video": 1},
        n_planned=9,
        n_dropped=1,
    )
    write_manifest(directory, manifest)
    return directory


@pytest.fixture(scope="session")
def record() -> Callable[[str, int], StoryRecord]:
    """Makes the record that story `<split>-<position>` of the tiny build was written from."""
    return make_record


@pytest.fixture(scope="session")
def write() -> Callable[..., Path]:
    """Writes the tiny build into a folder, of other records where it is given a maker of them."""
    return write_build


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny build, to be read only."""
    return write_build(tmp_path_factory.mktemp("build"))


@pytest.fixture
def own_build(build: Path, tmp_path: Path) -> Path:
    """A copy of the tiny build that a test may damage."""
    return shutil.copytree(build, tmp_path / "build")


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes every file that is opened for writing fail as a full disk does, after some bytes."""

    class Full(io.FileIO):
        room = 0

        def write(self, data: object, /) -> int:
            size = memoryview(data).nbytes  # pyright: ignore[reportArgumentType]
            Full.room -= size
            if Full.room < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)  # pyright: ignore[reportArgumentType]

    def fill(room: int) -> None:
        Full.room = room
        monkeypatch.setattr(Path, "open", lambda path, mode: Full(path, mode))

    return fill
