"""Small finished folders of shards, made through the public API: what tests of every floor need.

from tests.factories import make_shards
stories = Stories(make_shards(tmp_path / "shards", stories={"train": 4, "test": 3}))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.images import encode_png
from storybench.predictions.manifest import Run
from storybench.predictions.store import PredictionSet, PredictionWriter
from storybench.shards.format import FrameRecord, StoryRecord, shard_name
from storybench.shards.index import INDEX_NAME, IndexRow, write_index
from storybench.shards.manifest import ShardEntry, file_entry, make_manifest, write_manifest
from storybench.shards.writer import ShardWriter
from storybench.types import Image, Origin, Prediction, StorySpec

Captions = Callable[[str, int, int], Sequence[str]]
"""All captions of a frame, from the split, the number of the story in it, and k (0 the source)."""

NAMES = ("Ada", "Bo", "Cleo", "Dan")
ACTIONS = ("runs", "sleeps", "sings", "cooks", "reads")
PLACES = ("in the garden", "at home", "by the sea")


def make_shards(
    directory: Path,
    *,
    stories: Mapping[str, int] | None = None,
    n_targets: int = 2,
    size: tuple[int, int] | Callable[[str, int], tuple[int, int]] = (72, 96),
    seed: int = 0,
    captions: Captions | None = None,
    stories_per_cluster: int = 2,
    stories_per_shard: int = 4,
    characters: Sequence[str] = (),
    name: str = "toy",
) -> Path:
    """Write a finished build and return its folder.

    Args:
        directory: where; made if absent.
        stories: how many per split, 4 train and 4 test by default; 0 writes an empty shard.
        n_targets: target frames per story.
        size: height and width of every picture, or a function of split and story number.
        seed: of the pictures.
        captions: captions of each frame; a sentence of its own for each by default.
        stories_per_cluster: consecutive stories of a split that share a cluster.
        stories_per_shard: stories in each tar.
        characters: label names; each frame then has a multi-hot label.
        name: of the dataset in its spec.
    """
    stories = {"train": 4, "test": 4} if stories is None else stories
    directory.mkdir(parents=True, exist_ok=True)
    entries: list[ShardEntry] = []
    groups: list[list[IndexRow]] = []
    for split, count in stories.items():
        records = [
            _story(
                split,
                number,
                n_targets=n_targets,
                size=size(split, number) if callable(size) else size,
                seed=seed,
                captions=captions or default_captions,
                cluster=f"{split}-cluster-{number // stories_per_cluster}",
                n_characters=len(characters),
            )
            for number in range(count)
        ]
        for first in range(0, count or 1, stories_per_shard):
            path = directory / shard_name(split, first // stories_per_shard)
            groups.append(_write_shard(path, records[first : first + stories_per_shard]))
            entries.append(_shard_entry(path, split, len(groups[-1])))
    write_index(directory / INDEX_NAME, groups)
    manifest = make_manifest(
        StorySpec(name, "1", n_targets, characters=tuple(characters), licence="CC0-1.0"),
        shards=entries,
        files=[file_entry(directory / INDEX_NAME)],
        raw=[],
        options={"seed": seed},
        drops={},
        n_planned=sum(stories.values()),
        n_dropped=0,
    )
    write_manifest(directory, manifest)
    return directory


def open_run(directory: Path, **changes: Any) -> PredictionWriter:
    """A writer for two targets a story of the dataset "toy"; `changes` are its arguments."""
    run: dict[str, Any] = {
        "dataset": "toy",
        "split": "test",
        "data_digest": "d" * 64,
        "n_targets": 2,
        "model": {"name": "noise", "version": 1},
        "seed": 0,
    }
    return PredictionWriter(directory, Run(**{**run, **changes}))


def make_predictions(
    directory: Path, story_ids: Iterable[str], *, side: int = 64, **changes: Any
) -> PredictionSet:
    """Write a finished run of `noise_frames`; `changes` as for `open_run`."""
    writer = open_run(directory, **changes)
    for story_id in story_ids:
        frames = noise_frames(story_id, side=side, n_targets=writer.run.n_targets)
        writer.add(Prediction(story_id, frames, seed=writer.run.seed))
    return writer.finish()


def noise_frames(story_id: str, *, side: int = 64, n_targets: int = 2) -> NDArray[np.uint8]:
    """Noise that belongs to one story, uint8 (t, s, s, 3)."""
    generator = np.random.default_rng(int.from_bytes(story_id.encode(), "big"))
    return generator.integers(0, 256, (n_targets, side, side, 3), dtype=np.uint8)


def story_key(split: str, number: int) -> str:
    """The id of a story that `make_shards` writes.

    >>> story_key("test", 3)
    'test-003'
    """
    return f"{split}-{number:03d}"


def default_captions(split: str, number: int, k: int) -> tuple[str, ...]:
    """One sentence, different for neighbouring stories and frames."""
    who, what, where = NAMES[number % 4], ACTIONS[(number + k) % 5], PLACES[(number // 4 + k) % 3]
    return (f"{who} {what} {where}.",)


def picture(size: tuple[int, int], *, seed: int) -> Image:
    """A coloured picture, (h, w, 3): a gradient, a disc and grain, all drawn from the seed."""
    generator = np.random.default_rng(seed)
    height, width = size
    top, bottom, disc = generator.uniform(0, 255, (3, 3))
    rows = np.linspace(0, 1, height)[:, None, None]
    image = np.broadcast_to(top * (1 - rows) + bottom * rows, (height, width, 3)).copy()
    y, x = np.mgrid[:height, :width]
    middle = generator.uniform(0.25, 0.75, 2) * (height, width)
    image[np.hypot(y - middle[0], x - middle[1]) < min(size) / 4] = disc
    image += generator.normal(0, 4, image.shape)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def _story(
    split: str,
    number: int,
    *,
    n_targets: int,
    size: tuple[int, int],
    seed: int,
    captions: Captions,
    cluster: str,
    n_characters: int,
) -> StoryRecord:
    key = story_key(split, number)
    frames = tuple(
        FrameRecord(
            data=encode_png(picture(size, seed=_frame_seed(seed, key, k))),
            suffix="png",
            captions=tuple(captions(split, number, k)),
            origin=Origin(file=f"{cluster}.mp4", clip=f"{key}/{k}", index=k, time=k / 25),
            characters=_labels(n_characters, number + k),
        )
        for k in range(n_targets + 1)
    )
    return StoryRecord(key, split, cluster, number, frames, "toy" if n_characters else None)


def _frame_seed(seed: int, key: str, k: int) -> int:
    return int.from_bytes(f"{seed}/{key}/{k}".encode(), "big")


def _labels(n_characters: int, number: int) -> tuple[int, ...] | None:
    if not n_characters:
        return None
    return tuple(int(index == number % n_characters) for index in range(n_characters))


def _write_shard(path: Path, records: Sequence[StoryRecord]) -> list[IndexRow]:
    with ShardWriter(path) as shard:
        return [shard.add(record) for record in records]


def _shard_entry(path: Path, split: str, n_stories: int) -> ShardEntry:
    entry = file_entry(path)
    return ShardEntry(
        name=entry.name, split=split, sha256=entry.sha256, size=entry.size, n_stories=n_stories
    )
