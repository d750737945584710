"""Features of a stream of pictures: each distinct picture runs once, ever.

Pictures are told apart by a hash of their pixels, so a real frame that stands in several stories,
or a picture scored yesterday, costs a hash. Only features are kept in memory.

On disk the cache of one extractor is a folder of packs. A pack is a `.npy` file of (key, feature)
records named by the SHA-256 of its bytes: it appears by rename, any number of processes may add
packs at once, and one that is damaged does not match its name, is removed, and is computed again.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storybench.files import sha256_bytes, sha256_file, write_atomic
from storybench.images import pixel_sha256
from storybench.metrics.extractor import Extractor, Features
from storybench.types import Image

PACK = 256
SUFFIX = ".npy"


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """Features of n slots that show u distinct pictures.

    `rows` (u, d) holds the features of each distinct picture, `slots` (n,) the row of each slot,
    `hashes` the pixel hash of each row.
    """

    rows: Features
    slots: NDArray[np.intp]
    hashes: tuple[str, ...]

    @property
    def n_unique(self) -> int:
        """Distinct pictures."""
        return len(self.rows)

    def counts(self, kept: NDArray[np.bool_]) -> NDArray[np.intp]:
        """How often each row occurs among the slots that are kept (a mask of shape (n,))."""
        return np.bincount(self.slots[kept], minlength=self.n_unique)

    def hash_of(self, slot: int) -> str:
        """The pixel hash of the picture in a slot."""
        return self.hashes[self.slots[slot]]


class FeatureCache:
    """Features by pixel hash, for one extractor, in a folder that processes may share."""

    def __init__(self, folder: Path, *, dim: int) -> None:
        self.folder = folder
        self._record = np.dtype([("key", "u1", (32,)), ("feature", "<f4", (dim,))])
        self._found: dict[str, tuple[NDArray[np.void], int]] = {}
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            self._index(path)

    def find(self, key: str) -> Features | None:
        """The feature (d,) of a picture, or None."""
        if key not in self._found:
            return None
        pack, row = self._found[key]
        return pack["feature"][row]

    def add(self, features: dict[str, Features]) -> None:
        """Write features (d,) by pixel hash as one pack; nothing if there are none.

        Raises:
            NoSpaceError: the disk is full; the cache is as it was before.
        """
        if not features:
            return
        pack = np.empty(len(features), self._record)
        for row, (key, feature) in enumerate(features.items()):
            pack[row] = (np.frombuffer(bytes.fromhex(key), np.uint8), feature)
        buffer = io.BytesIO()
        np.save(buffer, pack)
        data = buffer.getvalue()
        write_atomic(self.folder / f"{sha256_bytes(data)}{SUFFIX}", data)

    def _index(self, path: Path) -> None:
        try:
            is_whole = sha256_file(path) == path.stem
            pack = np.load(path, mmap_mode="r") if is_whole else None
        except FileNotFoundError:  # another process found it damaged
            return
        if pack is None:
            path.unlink(missing_ok=True)
            return
        assert pack.dtype == self._record
        for row, key in enumerate(pack["key"]):
            self._found[key.tobytes().hex()] = (pack, row)


def extract(images: Iterable[Image], extractor: Extractor, cache: FeatureCache) -> FeatureTable:
    """The features of a stream of pictures, computed where the cache has none.

    At most a batch of pictures is in memory at a time. What was computed is in the cache when the
    function ends, however it ends.
    """
    rows: dict[str, int] = {}
    slots: list[int] = []
    with _Worker(extractor, cache) as worker:
        for image in images:
            key = pixel_sha256(image)
            if key not in rows:
                rows[key] = len(rows)
                worker.take(key, image)
            slots.append(rows[key])
        features = worker.features(rows)
    return FeatureTable(rows=features, slots=np.array(slots, np.intp), hashes=tuple(rows))


class _Worker:
    """Collects pictures into batches and features into packs; keeps every feature it saw."""

    def __init__(self, extractor: Extractor, cache: FeatureCache) -> None:
        self._extractor, self._cache = extractor, cache
        self._waiting: dict[str, Image] = {}
        self._unsaved: dict[str, Features] = {}
        self._known: dict[str, Features] = {}

    def __enter__(self) -> _Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._save()

    def take(self, key: str, image: Image) -> None:
        """Look a picture up, or put it in the next batch."""
        found = self._cache.find(key)
        if found is not None:
            self._known[key] = found
            return
        self._waiting[key] = image
        if len(self._waiting) == self._extractor.batch:
            self._run()

    def features(self, keys: Iterable[str]) -> Features:
        """The features (u, d) of pictures that were taken, in the order of their keys."""
        self._run()
        rows = [self._known[key] for key in keys]
        return np.stack(rows) if rows else np.zeros((0, self._extractor.dim), np.float32)

    def _run(self) -> None:
        features = self._extractor(list(self._waiting.values()))
        computed = dict(zip(self._waiting, features, strict=True))
        self._waiting = {}
        self._known |= computed
        self._unsaved |= computed
        if len(self._unsaved) >= PACK:
            self._save()

    def _save(self) -> None:
        self._cache.add(self._unsaved)
        self._unsaved = {}
