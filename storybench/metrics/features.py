"""Features of a stream of pictures: each distinct picture runs once, ever.

Pictures are told apart by a hash of their pixels, so a real frame that stands in several stories,
or a picture scored yesterday, costs a hash. Only features are kept in memory. Under torchrun the
processes share the pictures that nobody has computed yet (`storybench.metrics.ranks`).

On disk the cache of one extractor is a folder of packs (`storybench.packs`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.images import pixel_sha256
from storybench.metrics import ranks
from storybench.metrics.extractor import Extractor, Features
from storybench.packs import Packs
from storybench.types import Image

PACK = 256


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

    def of(self, slots: NDArray[np.intp]) -> FeatureTable:
        """The table of some slots, with the rows that these show."""
        shown, places = np.unique(self.slots[slots], return_inverse=True)
        hashes = tuple(self.hashes[row] for row in shown)
        return FeatureTable(rows=self.rows[shown], slots=places.astype(np.intp), hashes=hashes)

    def counts(self, kept: NDArray[np.bool_]) -> NDArray[np.intp]:
        """How often each row occurs among the slots that are kept (a mask of shape (n,))."""
        return np.bincount(self.slots[kept], minlength=self.n_unique)

    def hash_of(self, slot: int) -> str:
        """The pixel hash of the picture in a slot."""
        return self.hashes[self.slots[slot]]


class FeatureCache(Packs):
    """Features by pixel hash, for one extractor, in a folder that processes may share."""

    def __init__(self, folder: Path, *, dim: int) -> None:
        super().__init__(folder, width=dim)


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
