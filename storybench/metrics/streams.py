"""Streams of pictures that a digest fixes, so that a repeat need not decode them again.

What a training split shows is fixed by the digest of the build. Once its features are computed, the
pixel hashes of its pictures are kept beside them, and whoever asks for the same stream through the
same extractor reads two tables instead of tens of thousands of pictures.

A file holds the SHA-256 of the rest, then two `.npy` arrays: the hash of each distinct picture, and
the number of the picture that each place of the stream shows. One that is damaged is computed anew.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from storybench.files import write_atomic
from storybench.metrics import ranks
from storybench.metrics.extractor import Extractor
from storybench.metrics.features import FeatureCache, FeatureTable, extract
from storybench.packs import KEY, read_keys
from storybench.types import Image

SUFFIX = ".stream"


@dataclass(frozen=True)
class Stream:
    """Pictures that are the same, in the same order, whenever `digest` (hex) is.

    `read` opens the stream; nothing is read before it is iterated over.
    """

    digest: str
    read: Callable[[], Iterator[Image]]

    def __iter__(self) -> Iterator[Image]:
        return self.read()


def features_of(images: Iterable[Image], extractor: Extractor, cache: FeatureCache) -> FeatureTable:
    """As `features.extract`; a `Stream` whose features are all in the cache is not read.

    Raises:
        InputError: the processes of torchrun don't see the same cache folder.
    """
    if not isinstance(images, Stream):
        return extract(images, extractor, cache)
    path = cache.folder / f"{images.digest}{SUFFIX}"
    known = _known(path, cache)
    if known is not None:
        ranks.wait_for_all()  # as `extract` does, which another process may have had to call
        return known
    table = extract(images, extractor, cache)
    if ranks.is_first():
        _write(path, table)
    return table


def _known(path: Path, cache: FeatureCache) -> FeatureTable | None:
    """The table of a stream; None where its file or a feature is not there."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    if hashlib.sha256(data[KEY:]).digest() != data[:KEY]:
        return None
    buffer = io.BytesIO(data[KEY:])
    keys = read_keys(buffer)
    slots = np.lib.format.read_array(buffer, allow_pickle=False)
    hashes = tuple(bytes(key).hex() for key in keys)
    rows = [row for key in hashes if (row := cache.find(key)) is not None]
    if not rows or len(rows) < len(hashes):
        return None
    return FeatureTable(rows=np.stack(rows), slots=slots.astype(np.intp), hashes=hashes)


def _write(path: Path, table: FeatureTable) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.frombuffer(bytes.fromhex("".join(table.hashes)), np.uint8).reshape(-1, KEY))
    np.save(buffer, table.slots.astype("<i8"))
    data = buffer.getvalue()
    write_atomic(path, hashlib.sha256(data).digest() + data)
