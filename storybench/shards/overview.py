"""The numbers of a build at a glance: what `storybench inspect` prints.

Counts come from the manifest and the index; of the pictures only the headers are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import pyarrow as pa

from storybench.errors import InputError
from storybench.images import header_size
from storybench.shards.format import split_rank
from storybench.shards.index import INDEX_NAME, read_index
from storybench.shards.manifest import Manifest, read_manifest
from storybench.shards.members import ShardFile

HEAD_BYTES = 1 << 16
NOT_STATED = "not stated"
NAME_LENGTH = 80
"""Up to which length a dataset's terms are taken for the name of a licence, not for a paragraph."""


@dataclass(frozen=True)
class SplitOverview:
    """One split: its stories, the episodes or videos they come from, and their frames."""

    split: str
    n_stories: int
    n_clusters: int
    n_frames: int


@dataclass(frozen=True)
class PictureOverview:
    """Every picture: the smallest and largest side lengths in pixels, and a count per suffix."""

    widths: tuple[int, int]
    heights: tuple[int, int]
    suffixes: Mapping[str, int]


@dataclass(frozen=True)
class CaptionOverview:
    """Every caption: counts, and the words of the default ones (smallest, mean, largest)."""

    n_captions: int
    n_distinct: int
    n_frames_with_several: int
    words: tuple[int, float, int]


@dataclass(frozen=True)
class Overview:
    """A build in numbers.

    `n_clips` counts raw clips kept whole beside the stories, `n_shards` the tars of both. `bytes`
    are those of all its files on disk, `drops` entries of drops.jsonl by reason, `licences`
    frames by licence: their own, else that of the dataset. `pictures` and `captions` are None where
    there is no story.
    """

    dataset: str
    version: str
    digest: str
    n_targets: int
    splits: tuple[SplitOverview, ...]
    n_clips: int
    n_shards: int
    bytes: int
    n_planned: int
    n_dropped: int
    drops: Mapping[str, int]
    options: Mapping[str, Any]
    licences: Mapping[str, int]
    pictures: PictureOverview | None
    captions: CaptionOverview | None


def overview(directory: Path) -> Overview:
    """Count and measure a finished build.

    Raises:
        MissingError: no finished build there, or a shard of it is gone.
        InputError: the index cannot be read, or a picture is none.
    """
    manifest = read_manifest(directory)
    index = read_index(directory / INDEX_NAME)
    files = (*manifest.shards, *manifest.clips, *manifest.files)
    return Overview(
        dataset=manifest.spec["name"],
        version=manifest.spec["version"],
        digest=manifest.digest,
        n_targets=manifest.spec["n_targets"],
        splits=_splits(manifest, index),
        n_clips=sum(entry.n_clips for entry in manifest.clips),
        n_shards=len(manifest.shards) + len(manifest.clips),
        bytes=sum(entry.size for entry in files),
        n_planned=manifest.n_planned,
        n_dropped=manifest.n_dropped,
        drops=manifest.drops,
        options=manifest.options,
        licences=_licences(index, manifest.spec["licence"]),
        pictures=_pictures(directory, index) if index.num_rows else None,
        captions=_captions(index) if index.num_rows else None,
    )


def licence_of(frame: str | None, dataset: str) -> str | None:
    """What a frame stands under: its own licence, else the dataset's where that is one by name.

    >>> licence_of(None, "CC-BY-ND-4.0")
    'CC-BY-ND-4.0'
    """
    if frame is not None:
        return frame
    return dataset if 0 < len(dataset) <= NAME_LENGTH else None


def _splits(manifest: Manifest, index: pa.Table) -> tuple[SplitOverview, ...]:
    stories, frames = Counter[str](), Counter[str]()
    clusters: dict[str, set[str]] = {split: set() for split in manifest.splits}
    columns = (index.column(name).to_pylist() for name in ("split", "cluster", "defaults"))
    for split, cluster, defaults in zip(*columns, strict=True):
        stories[split] += 1
        frames[split] += len(defaults)
        clusters.setdefault(split, set()).add(cluster)
    return tuple(
        SplitOverview(
            split=split,
            n_stories=stories[split],
            n_clusters=len(clusters[split]),
            n_frames=frames[split],
        )
        for split in sorted(clusters, key=split_rank)
    )


def _licences(index: pa.Table, of_dataset: str) -> dict[str, int]:
    """Frames by licence, the most frequent first."""
    tally = Counter(
        licence_of(licence, of_dataset) or NOT_STATED
        for licences in index.column("licences").to_pylist()
        for licence in licences
    )
    return dict(tally.most_common())


def _captions(index: pa.Table) -> CaptionOverview:
    frames = [
        (alternatives, default)
        for captions, defaults in zip(
            index.column("captions").to_pylist(), index.column("defaults").to_pylist(), strict=True
        )
        for alternatives, default in zip(captions, defaults, strict=True)
    ]
    words = [len(alternatives[default].split()) for alternatives, default in frames]
    return CaptionOverview(
        n_captions=sum(len(alternatives) for alternatives, _ in frames),
        n_distinct=len({caption for alternatives, _ in frames for caption in alternatives}),
        n_frames_with_several=sum(len(alternatives) > 1 for alternatives, _ in frames),
        words=(min(words), fmean(words), max(words)),
    )


def _pictures(directory: Path, index: pa.Table) -> PictureOverview:
    sizes, suffixes = Counter[tuple[int, int]](), Counter[str]()
    for name, size in _sizes(directory, index):
        sizes[size] += 1
        suffixes[name.rpartition(".")[2]] += 1
    widths, heights = zip(*sizes, strict=True)
    return PictureOverview(
        widths=(min(widths), max(widths)),
        heights=(min(heights), max(heights)),
        suffixes=dict(suffixes.most_common()),
    )


def _sizes(directory: Path, index: pa.Table) -> Iterator[tuple[str, tuple[int, int]]]:
    """Name, width and height of every picture; the rows of one shard stand together."""
    opened, shard = "", None
    columns = (index.column(name).to_pylist() for name in ("shard", "names", "offsets", "sizes"))
    for name, *members in zip(*columns, strict=True):
        if shard is None or name != opened:
            opened, shard = name, ShardFile(directory / name)
        for member, offset, size in list(zip(*members, strict=True))[:-1]:
            yield member, _size(shard, member, offset=offset, size=size)


def _size(shard: ShardFile, name: str, *, offset: int, size: int) -> tuple[int, int]:
    """Width and height of one picture, from its first bytes where they hold the whole header."""
    if size > HEAD_BYTES:
        try:
            return header_size(shard.read(offset, HEAD_BYTES), name)
        except InputError:  # a large colour profile, say: the header goes on
            pass
    return header_size(shard.read(offset, size), name)
