"""Features of a stream of pictures: each distinct picture runs once, ever.

Pictures are told apart by a hash of their pixels, so a real frame that stands in several stories,
or a picture scored yesterday, costs a hash. Only features are kept in memory. Under torchrun the
processes share the pictures that nobody has computed yet (`storybench.metrics.ranks`).

On disk the cache of one extractor is a folder of packs. A pack is a file of two `.npy` arrays, the
keys and then their features, named by the SHA-256 of its bytes: it appears by rename, any number of
processes may add packs at once, and one that is damaged does not match its name, is removed, and is
computed again. Opening a cache reads the keys only; a pack is hashed when it is first used.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.files import sha256_bytes, sha256_file, write_atomic
from storybench.images import pixel_sha256
from storybench.metrics import ranks
from storybench.metrics.extractor import Extractor, Features
from storybench.types import Image

PACK = 256
SUFFIX = ".npy"
KEY = 32
"""Bytes of a key: a SHA-256."""


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
        self._dim = dim
        self._packs: dict[Path, Features | None] = {}
        self._found: dict[bytes, tuple[Path, int]] = {}
        self.refresh()

    def refresh(self) -> None:
        """See what other processes have added since."""
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            if path not in self._packs:
                self._index(path)

    def find(self, key: str) -> Features | None:
        """The feature (d,) of a picture, or None."""
        place = self._found.get(bytes.fromhex(key))
        if place is None:
            return None
        path, row = place
        pack = self._packs[path]
        if pack is None:
            pack = self._packs[path] = self._opened(path)
        return pack[row] if len(pack) else None

    def add(self, features: dict[str, Features]) -> None:
        """Write features (d,) by pixel hash as one pack; nothing if there are none.

        Raises:
            NoSpaceError: the disk is full; the cache is as it was before.
        """
        if not features:
            return
        keys = np.frombuffer(bytes.fromhex("".join(features)), np.uint8).reshape(-1, KEY)
        buffer = io.BytesIO()
        np.save(buffer, keys)
        np.save(buffer, np.stack(list(features.values())).astype("<f4"))
        data = buffer.getvalue()
        write_atomic(self.folder / f"{sha256_bytes(data)}{SUFFIX}", data)

    def _index(self, path: Path) -> None:
        """Remember which keys a pack says it has; one without keys is removed."""
        try:
            with path.open("rb") as file:
                keys = read_keys(file)
        except FileNotFoundError:  # another process found it damaged
            return
        except (ValueError, EOFError):
            path.unlink(missing_ok=True)
            return
        self._packs[path] = None
        places = ((path, row) for row in range(len(keys)))
        self._found.update(zip(map(bytes, keys), places, strict=True))

    def _opened(self, path: Path) -> Features:
        """The features of a pack that is what its name says; none of one that is not."""
        nothing = np.zeros((0, self._dim), np.float32)
        try:
            is_whole = sha256_file(path) == path.stem
            if is_whole:
                with path.open("rb") as file:
                    n = len(read_keys(file))
                    features = _rest(file, path)
                if features.shape == (n, self._dim):
                    _touch(path)
                    return features
        except FileNotFoundError:
            return nothing
        path.unlink(missing_ok=True)
        return nothing


def read_keys(file: BinaryIO) -> NDArray[np.uint8]:
    """The keys (n, 32) at the start of a pack.

    Raises:
        ValueError, EOFError: no pack.
    """
    keys = np.lib.format.read_array(file, allow_pickle=False)
    if keys.ndim != 2 or keys.shape[1] != KEY or keys.dtype != np.uint8:
        raise ValueError(f"expected keys of {KEY} bytes, found {keys.dtype} {keys.shape}")
    return keys


def _rest(file: BinaryIO, path: Path) -> Features:
    """The second array of a pack, left on disk until its rows are read."""
    version = np.lib.format.read_magic(file)
    assert version == (1, 0)
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    return np.memmap(path, dtype, "r", offset=file.tell(), shape=shape)


def _touch(path: Path) -> None:
    """Let `storybench cache ls` know that a pack was used; a cache may be read-only."""
    with suppress(OSError):
        os.utime(path)


def extract(images: Iterable[Image], extractor: Extractor, cache: FeatureCache) -> FeatureTable:
    """The features of a stream of pictures, computed where the cache has none.

    At most a batch of pictures is in memory at a time. What was computed is in the cache when the
    function ends, however it ends. Under torchrun every process must call it with the same pictures
    and the same cache folder; each computes its share, and all return the same table.

    Raises:
        InputError: the processes of torchrun don't see the same cache folder.
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
        worker.finish()
    ranks.wait_for_all()
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
        """Look a picture up, or put it in the next batch if it is in this process's share."""
        found = self._cache.find(key)
        if found is not None:
            self._known[key] = found
            return
        if not ranks.is_mine(key):
            return
        self._waiting[key] = image
        if len(self._waiting) == self._extractor.batch:
            self._run()

    def finish(self) -> None:
        """Run the last batch, and write what is not written."""
        self._run()
        self._save()

    def features(self, keys: Iterable[str]) -> Features:
        """The features (u, d) of pictures that were taken, in the order of their keys."""
        missing = [key for key in keys if key not in self._known]
        if missing:
            self._cache.refresh()
        for key in missing:
            self._known[key] = self._of_others(key)
        rows = [self._known[key] for key in keys]
        return np.stack(rows) if rows else np.zeros((0, self._extractor.dim), np.float32)

    def _of_others(self, key: str) -> Features:
        found = self._cache.find(key)
        if found is None:
            raise InputError(
                f"Expected the features that other processes computed in {self._cache.folder}, "
                "found some missing. Set STORYBENCH_HOME to one folder that all machines share."
            )
        return found

    def _run(self) -> None:
        if not self._waiting:
            return
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
