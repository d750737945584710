"""Builds of shapes whose stories are windows of episodes, as those of the real datasets are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from storybench.images import encode_png
from storybench.predictions.manifest import Run
from storybench.predictions.store import PredictionWriter
from storybench.shards.format import FrameRecord, StoryRecord, shard_name
from storybench.shards.index import INDEX_NAME, write_index
from storybench.shards.manifest import ShardEntry, file_entry, make_manifest, write_manifest
from storybench.shards.reader import Stories
from storybench.shards.writer import ShardWriter
from storybench.types import Image, Origin, Prediction, StorySpec
from tests.metrics.classifier.casts import CAST, draw

WINDOW = 3

Labels = tuple[int, ...] | None
Episodes = Mapping[str, Sequence[Sequence[Labels]]]
"""Labels of every frame of every episode, by split."""


def write_windows(
    directory: Path, episodes: Episodes, *, characters: tuple[str, ...] = CAST
) -> Path:
    """A finished build: a story for every three frames in a row; neighbours share two."""
    directory.mkdir(parents=True)
    groups, entries = [], []
    for split, of_split in episodes.items():
        path = directory / shard_name(split, 0)
        records = [
            _story(split, number, first, labels)
            for number, labels in enumerate(of_split)
            for first in range(len(labels) - WINDOW + 1)
        ]
        with ShardWriter(path) as shard:
            groups.append([shard.add(record) for record in records])
        entry = file_entry(path).model_dump()
        entries.append(ShardEntry(**entry, split=split, n_stories=len(records)))
    write_index(directory / INDEX_NAME, groups)
    manifest = make_manifest(
        StorySpec("windows", "1", WINDOW - 1, characters=characters),
        shards=entries,
        files=[file_entry(directory / INDEX_NAME)],
        raw=[],
        options={},
        drops={},
        n_planned=sum(map(len, groups)),
        n_dropped=0,
    )
    write_manifest(directory, manifest)
    return directory


def predict(
    folder: Path, data: Path, drawn: Callable[[Image, tuple[int, ...], int], Image]
) -> Path:
    """Predictions of the test split: `drawn` gets picture, labels and a seed."""
    stories = Stories(data, "test")
    run = Run(
        dataset=stories.spec.name,
        split="test",
        data_digest=stories.digest,
        n_targets=WINDOW - 1,
        model={"name": "shapes", "version": 1},
        seed=0,
    )
    writer = PredictionWriter(folder, run)
    for at, story in enumerate(stories):
        frames = [
            drawn(frame.image, frame.characters or (), 10 * at + k)
            for k, frame in enumerate(story.targets)
        ]
        writer.add(Prediction(story.id, np.stack(frames), seed=0))
    writer.finish()
    return folder


def nearly(image: Image, labels: tuple[int, ...], seed: int) -> Image:
    """The real frame but for one corner: as good as a model can be, and no copy."""
    changed = image.copy()
    changed[0, 0] ^= 1
    return changed


def without_discs(image: Image, labels: tuple[int, ...], seed: int) -> Image:
    """All but the first of the cast."""
    return draw((0, *labels[1:]), seed=seed)


def _story(split: str, number: int, first: int, labels: Sequence[Labels]) -> StoryRecord:
    cluster = f"{split}-{number}"
    frames = []
    for at in range(first, first + WINDOW):
        seed = int.from_bytes(f"{cluster}/{at}".encode(), "big") % 2**31
        data = encode_png(draw(labels[at] or (), seed=seed))
        origin = Origin(f"{cluster}.mp4", f"{cluster}/{at}", 0, 0.0)
        frames.append(FrameRecord(data, "png", (f"frame {at}",), origin, 0, labels[at]))
    key = f"{cluster}-{first:02d}"
    return StoryRecord(key, split, cluster, 100 * number + first, tuple(frames), "toy")
