"""Rows of numbers by key, on disk: what was computed once is found again by every later process.

A cache is a folder of packs. A pack is a file of two `.npy` arrays, the keys and then their rows,
named by the SHA-256 of its bytes: it appears by rename, any number of processes may add packs at
once, and one that is damaged does not match its name, is removed, and its rows are computed again.
Opening a cache reads the keys only; a pack is hashed when it is first used.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from storybench.files import sha256_bytes, sha256_file, write_atomic

SUFFIX = ".npy"
KEY = 32
"""Bytes of a key: a SHA-256."""

Rows = NDArray[Any]


class Packs:
    """Rows of `width` numbers by key (a SHA-256 in hex), in a folder that processes may share."""

    def __init__(self, folder: Path, *, width: int, dtype: str = "<f4") -> None:
        self.folder = folder
        self.width, self.dtype = width, np.dtype(dtype)
        self._packs: dict[Path, Rows | None] = {}
        self._found: dict[bytes, tuple[Path, int]] = {}
        self.refresh()

    def refresh(self) -> None:
        """See what other processes have added since."""
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            if path not in self._packs:
                self._index(path)

    def find(self, key: str) -> Rows | None:
        """The row (width,) of a key, or None."""
        place = self._found.get(bytes.fromhex(key))
        if place is None:
            return None
        path, row = place
        pack = self._packs[path]
        if pack is None:
            pack = self._opened(path)
            if pack is None:
                self._forget(path)
                return None
            self._packs[path] = pack
        return pack[row]

    def add(self, rows: Mapping[str, Rows]) -> None:
        """Write rows (width,) by key as one pack; nothing if there are none.

        Raises:
            NoSpaceError: the disk is full; the cache is as it was before.
        """
        if not rows:
            return
        keys = np.frombuffer(bytes.fromhex("".join(rows)), np.uint8).reshape(-1, KEY)
        buffer = io.BytesIO()
        np.save(buffer, keys)
        np.save(buffer, np.stack(list(rows.values())).astype(self.dtype))
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

    def _forget(self, path: Path) -> None:
        """Know nothing of a pack; one of that name may be written again."""
        del self._packs[path]
        self._found = {key: place for key, place in self._found.items() if place[0] != path}

    def _opened(self, path: Path) -> Rows | None:
        """The rows of a pack that is what its name says; one that is not is removed."""
        try:
            if sha256_file(path) == path.stem:
                with path.open("rb") as file:
                    n = len(read_keys(file))
                    rows = _rest(file, path)
                if rows.shape == (n, self.width) and rows.dtype == self.dtype:
                    _touch(path)
                    return rows
        except FileNotFoundError:
            return None
        path.unlink(missing_ok=True)
        return None


def read_keys(file: BinaryIO) -> NDArray[np.uint8]:
    """The keys (n, 32) at the start of a pack.

    Raises:
        ValueError, EOFError: no pack.
    """
    keys = np.lib.format.read_array(file, allow_pickle=False)
    if keys.ndim != 2 or keys.shape[1] != KEY or keys.dtype != np.uint8:
        raise ValueError(f"expected keys of {KEY} bytes, found {keys.dtype} {keys.shape}")
    return keys


def _rest(file: BinaryIO, path: Path) -> Rows:
    """The second array of a pack, left on disk until its rows are read."""
    version = np.lib.format.read_magic(file)
    assert version == (1, 0)
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    return np.memmap(path, dtype, "r", offset=file.tell(), shape=shape)


def _touch(path: Path) -> None:
    """Let `storybench cache ls` know that a pack was used; a cache may be read-only."""
    with suppress(OSError):
        os.utime(path)
