"""Labelled real frames of a build, to learn from: of its clips whole, or of its stories.

Where a build keeps raw clips, every frame of a clip carries its labels. Elsewhere the frames of
stories do, each distinct one once. Pictures are read when asked for, scaled to what the network
sees, and kept while there is room.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.loader.resize import Planes
from storybench.metrics.classifier.pixels import cropped
from storybench.shards.clip_index import CLIP_INDEX_NAME, read_clip_index
from storybench.shards.clips import Clips
from storybench.shards.manifest import checked_file
from storybench.shards.reader import Stories

ROOM = 1_000_000_000
"""Bytes of scaled pictures that are kept."""

THREADS = 2
AHEAD = 2
"""Batches that are read while another is learnt from."""


@dataclass(frozen=True, eq=False)
class Frames:
    """n labelled frames: which, whose, of which episode.

    `rows` (n,) is the clip or story of each frame in its index and `k` (n,) the frame in it;
    `labels` (n, c) multi-hot. Frames of one row stand together where they are of clips.
    """

    is_of_clips: bool
    rows: NDArray[np.intp]
    k: NDArray[np.intp]
    labels: NDArray[np.bool_]
    episodes: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, episodes: Iterable[str]) -> Frames:
        """Those of some episodes."""
        return self.at(np.flatnonzero(np.isin(self.episodes, list(episodes))))

    def at(self, places: NDArray[np.intp]) -> Frames:
        """Those at some places, in that order."""
        return Frames(
            self.is_of_clips,
            self.rows[places],
            self.k[places],
            self.labels[places],
            self.episodes[places],
        )

    def middles(self) -> Frames:
        """The middle frame of each clip, as references are chosen; all frames of stories."""
        if not self.is_of_clips:
            return self
        _, counts = np.unique(self.rows, return_counts=True)
        starts = np.cumsum(counts) - counts
        return self.at(starts + counts // 2)

    def one_each(self, rng: np.random.Generator) -> Frames:
        """One frame of each clip, drawn anew; all frames of stories."""
        if not self.is_of_clips:
            return self
        _, counts = np.unique(self.rows, return_counts=True)
        starts = np.cumsum(counts) - counts
        return self.at(starts + rng.integers(counts))


def labelled_frames(directory: Path) -> Frames:
    """Every labelled frame of a build, in the order of its index.

    Raises:
        MissingError: no finished build there.
        InputError: the dataset has no characters, or no frame has labels.
    """
    stories = Stories(directory)
    frames = None
    if stories.spec.characters:
        frames = _of_clips(directory) if stories.manifest.clips else _of_stories(stories)
    if frames is None or not len(frames):
        raise InputError(
            f"Expected a dataset whose frames are labelled with characters, found none in "
            f"{stories!r}. PororoSV, FlintstonesSV and one's own data with a cast have labels."
        )
    return frames


class Reader:
    """Scaled pictures of a build's frames: uint8 (n, 3, side, side)."""

    def __init__(self, directory: Path, *, side: int, room: int = ROOM) -> None:
        self.side, self._room = side, room // (3 * side * side)
        self._clips, self._stories = Clips(directory), Stories(directory)
        self._kept: dict[tuple[int, int], Planes] = {}

    def batches(self, frames: Frames, size: int) -> Iterator[tuple[Planes, NDArray[np.bool_]]]:
        """Pictures and labels of `size` frames at a time, in order; the last may be shorter."""
        starts = deque(range(0, len(frames), size))
        waiting: deque[tuple[Frames, list[Future[Planes]]]] = deque()
        with ThreadPoolExecutor(THREADS) as pool:
            while starts or waiting:
                while starts and len(waiting) <= AHEAD:
                    start = starts.popleft()
                    part = frames.at(np.arange(start, min(start + size, len(frames))))
                    tasks = [
                        pool.submit(self._planes, part.is_of_clips, int(row), int(k))
                        for row, k in zip(part.rows, part.k, strict=True)
                    ]
                    waiting.append((part, tasks))
                part, tasks = waiting.popleft()
                yield np.stack([task.result() for task in tasks]), part.labels

    def _planes(self, is_of_clips: bool, row: int, k: int) -> Planes:
        kept = self._kept.get((row, k))
        if kept is not None:
            return kept
        if not is_of_clips:
            return self._keep(row, k, cropped(self._stories.image(row, k), self.side))
        if len(self._kept) >= self._room:
            return cropped(self._clips.frame(row, k), self.side)
        for index, image in enumerate(self._clips[row].frames):
            self._keep(row, index, cropped(image, self.side))
        return self._planes(is_of_clips, row, k)

    def _keep(self, row: int, k: int, planes: Planes) -> Planes:
        if len(self._kept) < self._room or (row, k) in self._kept:
            self._kept[row, k] = np.ascontiguousarray(planes)
        return planes


def _of_clips(directory: Path) -> Frames:
    clips = Clips(directory)
    table = read_clip_index(checked_file(directory, clips.manifest, CLIP_INDEX_NAME))
    characters = table.column("characters").to_pylist()
    clusters = table.column("cluster").to_pylist()
    rows = [row for row, labels in enumerate(characters) if labels is not None]
    counts = np.array([clips.counts[row] for row in rows], np.intp)
    return Frames(
        is_of_clips=True,
        rows=np.repeat(np.array(rows, np.intp), counts),
        k=np.concatenate([np.arange(count) for count in counts] or [np.zeros(0, np.intp)]),
        labels=np.repeat(_multi_hot([characters[row] for row in rows]), counts, axis=0),
        episodes=np.repeat(np.array([clusters[row] for row in rows], str), counts),
    )


def _of_stories(stories: Stories) -> Frames:
    """Distinct frames by episode, size and checksum of their files, so overlaps count once."""
    table = stories.table()
    seen: dict[tuple[str, int, int], tuple[int, int, Sequence[int]]] = {}
    columns = (table[name] for name in ("cluster", "characters", "sizes", "crcs"))
    for row, (cluster, characters, sizes, crcs) in enumerate(zip(*columns, strict=True)):
        for k, labels in enumerate(characters):
            if labels is not None:
                key = (cluster, int(sizes[k]), int(crcs[k]))
                seen.setdefault(key, (row, k, labels))
    return Frames(
        is_of_clips=False,
        rows=np.array([row for row, _, _ in seen.values()], np.intp),
        k=np.array([k for _, k, _ in seen.values()], np.intp),
        labels=_multi_hot([labels for _, _, labels in seen.values()]),
        episodes=np.array([cluster for cluster, _, _ in seen], str),
    )


def _multi_hot(labels: Sequence[Sequence[int]]) -> NDArray[np.bool_]:
    return np.array([list(row) for row in labels], bool).reshape(len(labels), -1)
