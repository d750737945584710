"""Labelled shards that are learnt in seconds: shapes as characters, whole episodes a split."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from storybench.images import encode_png
from storybench.shards.format import FrameRecord, StoryRecord, shard_name
from storybench.shards.index import INDEX_NAME, write_index
from storybench.shards.manifest import ShardEntry, file_entry, make_manifest, write_manifest
from storybench.shards.writer import ShardWriter
from storybench.types import Origin, StorySpec

CAST = ("Disc", "Box", "Wedge")
COLOURS = ((210, 50, 40), (40, 170, 70), (60, 70, 220))
EPISODES = {"train": 6, "val": 2, "test": 3}
SIDE = 72


def draw(labels: tuple[int, ...], *, seed: int) -> np.ndarray:
    """A picture that shows whom the labels say: uint8 RGB (72, 72, 3)."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (SIDE, SIDE), tuple(int(x) for x in rng.integers(150, 255, 3)))
    pen = ImageDraw.Draw(picture)
    for who, is_there in enumerate(labels):
        if is_there:
            x, y = (int(at) for at in rng.integers(0, SIDE - 28, 2))
            corners = (x, y, x + 26, y + 26)
            if who == 0:
                pen.ellipse(corners, fill=COLOURS[who])
            elif who == 1:
                pen.rectangle(corners, fill=COLOURS[who])
            else:
                pen.polygon([(x, y + 26), (x + 26, y + 26), (x + 13, y)], fill=COLOURS[who])
    return np.asarray(picture)


def write_cast(
    directory: Path, *, episodes: Mapping[str, int] = EPISODES, stories: int = 5, seed: int = 0
) -> Path:
    """A finished build of stories of three frames, five stories an episode."""
    directory.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    groups, entries = [], []
    for split, n in episodes.items():
        path = directory / shard_name(split, 0)
        with ShardWriter(path) as shard:
            rows = [
                shard.add(_story(split, number, f"{split}-{number // stories}", rng))
                for number in range(n * stories)
            ]
        groups.append(rows)
        entry = file_entry(path).model_dump()
        entries.append(ShardEntry(**entry, split=split, n_stories=len(rows)))
    write_index(directory / INDEX_NAME, groups)
    manifest = make_manifest(
        StorySpec("cast", "1", 2, characters=CAST),
        shards=entries,
        files=[file_entry(directory / INDEX_NAME)],
        raw=[],
        options={},
        drops={},
        n_planned=sum(episodes.values()) * stories,
        n_dropped=0,
    )
    write_manifest(directory, manifest)
    return directory


def _story(split: str, number: int, cluster: str, rng: np.random.Generator) -> StoryRecord:
    key = f"{split}-{number:03d}"
    frames = []
    for k in range(3):
        labels = tuple(int(x) for x in rng.random(3) < 0.5)
        image = draw(labels, seed=int(rng.integers(1 << 31)))
        frames.append(
            FrameRecord(
                encode_png(image), "png", ("?",), Origin(f"{key}.mp4", f"{key}/{k}"), 0, labels
            )
        )
    return StoryRecord(key, split, cluster, number, tuple(frames), "toy")
