"""Small builds with what an audit looks for planted in them, or with nothing to find."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from storybench.audit.material import Material, read_material
from storybench.images import encode_jpeg, encode_png, resize
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
from storybench.types import Image, Origin, StorySpec

CAST = ("Ada", "Bo", "Cleo")
SPLITS = ("train", "val", "test")


def painted(number: int, *, size: tuple[int, int] = (64, 64)) -> Image:
    """A picture of 8 x 8 coloured patches; each number has its own, and no two look alike."""
    patches = np.random.default_rng(number).integers(0, 256, (8, 8, 3), np.uint8)
    return resize(patches, height=size[0], width=size[1])


def saved_again(image: Image) -> bytes:
    """The same picture, smaller and as a poor JPEG."""
    height, width = image.shape[:2]
    return encode_jpeg(resize(image, height=height * 3 // 4, width=width * 3 // 4), quality=40)


def frame(
    picture: int | bytes,
    *,
    clip: str | None = None,
    captions: Sequence[str] | None = None,
    characters: Sequence[int] | None = None,
    file: str = "film.mp4",
) -> FrameRecord:
    """One frame: a painted picture by its number, or the bytes of a JPEG."""
    data = encode_png(painted(picture)) if isinstance(picture, int) else picture
    name = clip or f"clip-{picture if isinstance(picture, int) else hash(picture)}"
    return FrameRecord(
        data=data,
        suffix="png" if isinstance(picture, int) else "jpg",
        captions=tuple(captions or (f"Something happens in {name}.",)),
        origin=Origin(file=file, clip=name, index=0),
        characters=None if characters is None else tuple(characters),
    )


def story(
    key: str,
    frames: Iterable[FrameRecord],
    *,
    split: str = "train",
    cluster: str | None = None,
    label_source: str | None = None,
) -> StoryRecord:
    """One story; its cluster is its own unless it is named."""
    return StoryRecord(
        key, split, cluster or f"episode-{key}", 0, tuple(frames), label_source=label_source
    )


def write(
    directory: Path,
    stories: Sequence[StoryRecord],
    *,
    characters: Sequence[str] = (),
    name: str = "toy",
    clips: Sequence[ClipRecord] = (),
) -> Path:
    """Write a finished build of three splits; positions are counted anew in each."""
    directory.mkdir(parents=True, exist_ok=True)
    groups, entries = [], []
    for split in SPLITS:
        path = directory / shard_name(split, 0)
        mine = [one for one in stories if one.split == split]
        with ShardWriter(path) as shard:
            groups.append([shard.add(_at(one, n)) for n, one in enumerate(mine)])
        entry = file_entry(path)
        entries.append(ShardEntry(**entry.model_dump(), split=split, n_stories=len(mine)))
    write_index(directory / INDEX_NAME, groups)
    manifest = make_manifest(
        StorySpec(name, "1", n_targets=1, characters=tuple(characters), licence="CC0-1.0"),
        shards=entries,
        clips=_write_clips(directory, clips) if clips else (),
        files=[
            file_entry(directory / of) for of in (INDEX_NAME, *([CLIP_INDEX_NAME] if clips else []))
        ],
        raw=[],
        options={},
        drops={},
        n_planned=len(stories),
        n_dropped=0,
    )
    write_manifest(directory, manifest)
    return directory


def material(directory: Path, stories: Sequence[StoryRecord], **changes) -> Material:
    """Write a build and read it as an audit does."""
    return read_material(write(directory, stories, **changes))


def _at(record: StoryRecord, position: int) -> StoryRecord:
    return StoryRecord(**{**vars(record), "position": position})


def _write_clips(directory: Path, clips: Sequence[ClipRecord]) -> list[ClipShardEntry]:
    path = directory / clip_shard_name(0)
    with ShardWriter(path) as shard:
        rows = [shard.add_clip(clip) for clip in clips]
    write_clip_index(directory / CLIP_INDEX_NAME, [rows])
    return [ClipShardEntry(**file_entry(path).model_dump(), n_clips=len(clips))]
