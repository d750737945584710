"""Every picture of a build, looked at once however often it is shown.

Pictures of the same bytes are decoded once, pictures of the same pixels count as one. Of each stays
what near-duplicates are found by: a perceptual hash of 64 bits and a tiny copy in colour.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

import imagehash
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from storybench.files import sha256_bytes
from storybench.images import decode, pixel_sha256

SIDE = 16
FLAT = 8
"""A picture whose tiny copy spans fewer grey levels than this in every channel shows nothing."""

THREADS = min(8, os.cpu_count() or 1)
BATCH = 16
"""Pictures that a thread takes at once: they are small, and handing over costs time."""

WAITING = 2 * THREADS
"""Batches that may wait for a thread: what bounds the memory."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """Distinct pictures in the order they were first met.

    `hashes` are perceptual, uint64 (p,); `tones` are tiny copies, uint8 (p, 16, 16, 3). `is_flat`
    marks those of one colour, whose hash is no more than rounding.
    """

    hashes: NDArray[np.uint64]
    tones: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def is_flat(self) -> NDArray[np.bool_]:
        """Which pictures are of one colour: (p,)."""
        pixels = self.tones.reshape(-1, SIDE * SIDE, 3)
        return (np.ptp(pixels, axis=1) < FLAT).all(axis=1)


@dataclass(frozen=True)
class _Look:
    pixels: str
    hash: int
    tones: bytes


class Album:
    """Collects pictures from encoded bytes, as a context manager; decodes in a few threads."""

    def __init__(self) -> None:
        self._by_bytes: dict[str, int] = {}
        self._by_pixels: dict[str, int] = {}
        self._picture_of: list[int] = []
        self._hashes: list[int] = []
        self._tones = bytearray()
        self._batch: list[tuple[bytes, str]] = []
        self._waiting: deque[Future[list[_Look]]] = deque()
        self._threads = ThreadPoolExecutor(THREADS)

    def __enter__(self) -> Album:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.shutdown(cancel_futures=True)

    def add(self, data: bytes, name: str) -> int:
        """Take a picture; returns the number of its bytes, which `pictures` takes to its pixels.

        Raises:
            InputError: an earlier one does not decode.
        """
        key = sha256_bytes(data)
        if key not in self._by_bytes:
            self._by_bytes[key] = len(self._by_bytes)
            self._batch.append((data, name))
            if len(self._batch) == BATCH:
                self._submit()
        return self._by_bytes[key]

    def pictures(self) -> tuple[Pictures, NDArray[np.int64]]:
        """The distinct pictures, and which of them each number that `add` returned means.

        Raises:
            InputError: one does not decode.
        """
        self._submit()
        while self._waiting:
            self._keep(self._waiting.popleft().result())
        tones = np.frombuffer(bytes(self._tones), np.uint8).reshape(-1, SIDE, SIDE, 3)
        hashes = np.array(self._hashes, np.uint64)
        return Pictures(hashes, tones), np.array(self._picture_of, np.int64)

    def _submit(self) -> None:
        self._waiting.append(self._threads.submit(_looks, self._batch))
        self._batch = []
        if len(self._waiting) > WAITING:
            self._keep(self._waiting.popleft().result())

    def _keep(self, looks: list[_Look]) -> None:
        for look in looks:
            if look.pixels not in self._by_pixels:
                self._by_pixels[look.pixels] = len(self._by_pixels)
                self._hashes.append(look.hash)
                self._tones += look.tones
            self._picture_of.append(self._by_pixels[look.pixels])


def perceptual_hash(picture: PIL.Image.Image) -> int:
    """The 64 bits of `imagehash.phash`, the first one highest."""
    bits = imagehash.phash(picture).hash
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def tones_of(picture: PIL.Image.Image) -> NDArray[np.uint8]:
    """A copy of 16 x 16 pixels, each the mean of what it covers: uint8 (16, 16, 3)."""
    return np.asarray(picture.resize((SIDE, SIDE), PIL.Image.Resampling.BOX))


def _looks(batch: list[tuple[bytes, str]]) -> list[_Look]:
    return [_look(data, name) for data, name in batch]


def _look(data: bytes, name: str) -> _Look:
    image = decode(data, name)
    picture = PIL.Image.fromarray(image)
    return _Look(pixel_sha256(image), perceptual_hash(picture), tones_of(picture).tobytes())
