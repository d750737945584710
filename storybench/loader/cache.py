"""Decoded frames on disk, shared by every process that reads the same build.

Most of the time of loading is decoding, and neighbouring Pororo stories share four clips of five:
in every epoch each clip is decoded five times. Kept decoded in a file, it is decoded once, whatever
the number of epochs, workers, ranks and runs; the system's page cache holds what fits into memory.
What is over the bound is simply decoded again: nothing is thrown out, since in a shuffled epoch no
frame will be asked for sooner than another.

One file for a build: a head, one entry for each frame that can be kept, then pixels in the order
they came. An entry has its pixels' CRC-32 and is written after them, so a torn write is a miss.
"""

from __future__ import annotations

import fcntl
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.files import space_guard
from storybench.types import Image

SUFFIX = ".frames"
HEAD = struct.Struct("<8sQQ")
"""Magic, number of entries, and the byte behind the last pixels."""

ENTRY = struct.Struct("<QIIHH")
"""Where the pixels are, their CRC-32, the tag, height and width; height 0 where there are none."""

MAGIC = b"sbframe1"
MAX_SIDE = 0xFFFF


@dataclass(frozen=True)
class FrameCache:
    """A folder for decoded frames, best on a local disk, and how many bytes each build may use.

    The files are found again by later runs; delete them whenever nobody reads them.
    """

    folder: Path
    max_bytes: int = 8_000_000_000

    def slots(self, name: str, n: int) -> FrameSlots:
        """The places for `n` frames of one build; `name` has the build's digest in it."""
        return FrameSlots(Path(self.folder) / f"{name}{SUFFIX}", n, self.max_bytes)


class FrameSlots:
    """Numbered places for frames, filled by whoever decodes one first.

    Each process opens the file for itself, since the lock belongs to an open file. Safe to pickle
    and to fork.
    """

    def __init__(self, path: Path, n: int, max_bytes: int) -> None:
        self.path, self.n, self.max_bytes = path, n, max_bytes
        self._descriptor, self._owner = -1, 0

    def __reduce__(self) -> tuple[type[FrameSlots], tuple[Path, int, int]]:
        return (FrameSlots, (self.path, self.n, self.max_bytes))

    def __del__(self) -> None:
        self._close()

    def get(self, slot: int, *, tag: int = 0) -> Image | None:
        """The frame of a slot, read only; None where there is no whole one with this tag."""
        file = self._file()
        entry = os.pread(file, ENTRY.size, self._entry(slot))
        offset, crc, found, height, width = ENTRY.unpack(entry)
        if height == 0 or found != tag:
            return None
        data = os.pread(file, height * width * 3, offset)
        if len(data) != height * width * 3 or zlib.crc32(data) != crc:
            return None
        return np.frombuffer(data, np.uint8).reshape(height, width, 3)

    def put(self, slot: int, frames: NDArray[np.uint8], *, tag: int = 0) -> None:
        """Keep frames, (k, h, w, 3), in the slots from `slot` on, if there is room for all.

        `tag` says what they were decoded from, where a slot does not say it alone.

        Raises:
            NoSpaceError: the disk is full.
        """
        height, width = frames.shape[1:3]
        if max(height, width) > MAX_SIDE or slot + len(frames) > self.n:
            return
        pixels = [frame.tobytes() for frame in frames]
        with space_guard(self.path):
            offset = self._reserve(sum(map(len, pixels)))
            if offset is None:
                return
            os.pwrite(self._file(), b"".join(pixels), offset)
            entries = [
                ENTRY.pack(offset + k * len(data), zlib.crc32(data), tag, height, width)
                for k, data in enumerate(pixels)
            ]
            os.pwrite(self._file(), b"".join(entries), self._entry(slot))

    def _entry(self, slot: int) -> int:
        return HEAD.size + slot * ENTRY.size

    def _reserve(self, size: int) -> int | None:
        """Where `size` bytes may be written, None where that is over the bound."""
        file = self._file()
        with self._locked(file):
            magic, n, end = HEAD.unpack(os.pread(file, HEAD.size, 0))
            if end + size > self.max_bytes:
                return None
            os.pwrite(file, HEAD.pack(magic, n, end + size), 0)
            return end

    def _file(self) -> int:
        if self._owner != os.getpid():
            with space_guard(self.path):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._close()
                self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
                with self._locked(self._descriptor):
                    self._prepare(self._descriptor)
            self._owner = os.getpid()
        return self._descriptor

    def _prepare(self, file: int) -> None:
        """Write the head of a new file, check that of one that is there."""
        start = self._entry(self.n)
        if os.fstat(file).st_size < start:
            os.pwrite(file, HEAD.pack(MAGIC, self.n, start), 0)
            os.ftruncate(file, start)
        magic, n, _ = HEAD.unpack(os.pread(file, HEAD.size, 0))
        if (magic, n) != (MAGIC, self.n):
            raise InputError(
                f"Expected {self.path} to keep decoded frames of this build, {self.n:,} of them, "
                "found another file. Delete it, or choose another folder."
            )

    @contextmanager
    def _locked(self, file: int) -> Iterator[None]:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            raise InputError(
                f"Expected a file system with locks at {self.path.parent}, found {error.strerror}. "
                "Choose a folder on another disk."
            ) from error
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
