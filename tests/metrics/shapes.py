"""Shards of coloured shapes whose captions say what is in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from storybench.images import encode_png
from storybench.shards.format import FrameRecord, StoryRecord, shard_name
from storybench.shards.index import INDEX_NAME, write_index
from storybench.shards.manifest import ShardEntry, file_entry, make_manifest, write_manifest
from storybench.shards.writer import ShardWriter
from storybench.types import Origin, StorySpec

COLOURS = {"red": (200, 40, 40), "green": (40, 180, 60), "blue": (50, 60, 210)}
SHAPES = ("disc", "box", "wedge")
GROUNDS = {"snow": (235, 238, 245), "night": (25, 22, 50)}


def draw(colour: str, shape: str, ground: str, *, seed: int, side: int = 96) -> np.ndarray:
    """One shape somewhere on a ground: uint8 RGB (side, side, 3)."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (side, side), GROUNDS[ground])
    pen = ImageDraw.Draw(picture)
    size = int(rng.integers(side // 3, side // 2))
    left, top = (int(at) for at in rng.integers(0, side - size, 2))
    box = (left, top, left + size, top + size)
    if shape == "disc":
        pen.ellipse(box, fill=COLOURS[colour])
    elif shape == "box":
        pen.rectangle(box, fill=COLOURS[colour])
    else:
        pen.polygon(
            [(left, top + size), (left + size, top + size), (left + size // 2, top)],
            fill=COLOURS[colour],
        )
    grain = rng.normal(0, 6, (side, side, 3))
    return np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8)


def sample(n: int, *, seed: int, shapes: Sequence[str] = SHAPES) -> list[tuple[np.ndarray, str]]:
    """Pictures with their captions, drawn from a seed."""
    rng = np.random.default_rng(seed)
    pairs = []
    for _ in range(n):
        colour, shape = str(rng.choice(list(COLOURS))), str(rng.choice(shapes))
        ground, picture_seed = str(rng.choice(list(GROUNDS))), int(rng.integers(1 << 31))
        caption = f"A {colour} {shape} in the {ground}."
        pairs.append((draw(colour, shape, ground, seed=picture_seed), caption))
    return pairs


def write_shards(directory: Path, *, stories: int, seed: int = 0) -> Path:
    """A finished build with one split, train, of stories of three shapes."""
    directory.mkdir(parents=True)
    pairs = sample(stories * 3, seed=seed)
    path = directory / shard_name("train", 0)
    with ShardWriter(path) as shard:
        rows = [shard.add(_story(number, pairs[3 * number :][:3])) for number in range(stories)]
    write_index(directory / INDEX_NAME, [rows])
    entry = file_entry(path)
    manifest = make_manifest(
        StorySpec("shapes", "1", 2),
        shards=[ShardEntry(**entry.model_dump(), split="train", n_stories=stories)],
        files=[file_entry(directory / INDEX_NAME)],
        raw=[],
        options={},
        drops={},
        n_planned=stories,
        n_dropped=0,
    )
    write_manifest(directory, manifest)
    return directory


def _story(number: int, pairs: Sequence[tuple[np.ndarray, str]]) -> StoryRecord:
    key = f"s-{number:04d}"
    frames = tuple(
        FrameRecord(encode_png(image), "png", (caption,), Origin(f"{key}.mp4", f"{key}/{k}"))
        for k, (image, caption) in enumerate(pairs)
    )
    return StoryRecord(key, "train", key, number, frames)
