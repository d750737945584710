"""Read single members of shards by offset, without scanning the tar.

Reads are positional (`pread`), so threads and forked processes may share one open file, and every
member is checked against its CRC-32: a damaged shard is an error, never a strange picture.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from storybench.errors import MissingError, VerificationError

OPEN_SHARDS = 128


@dataclass(frozen=True)
class Member:
    """Where one file of a story is: its name, and offset, size and CRC-32 of its content."""

    name: str
    offset: int
    size: int
    crc: int


class ShardFile:
    """One shard, open for reading until nobody refers to it any more."""

    def __init__(self, path: Path) -> None:
        self._descriptor = -1
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise MissingError(
                f"Expected the shard {path}, which the manifest lists; found no such file."
            ) from error

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; fewer where the file ends."""
        return os.pread(self._descriptor, size, offset)


class ShardPool:
    """The shards of one folder, opened when first read; the least recently read one is closed.

    Pickles as the folder alone: descriptors stay with the process that opened them.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._open = lru_cache(maxsize=OPEN_SHARDS)(ShardFile)

    def __reduce__(self) -> tuple[type[ShardPool], tuple[Path]]:
        return (ShardPool, (self.directory,))

    def read(self, shard: str, members: Sequence[Member]) -> list[bytes]:
        """The content of neighbouring members, in one read.

        Raises:
            MissingError: the shard is not there.
            VerificationError: a member is cut short or damaged; names it and the shard.
        """
        start = members[0].offset
        span = members[-1].offset + members[-1].size - start
        data = self._open(self.directory / shard).read(start, span)
        return [_content(data, member, start=start, shard=shard) for member in members]


def _content(data: bytes, member: Member, *, start: int, shard: str) -> bytes:
    begin = member.offset - start
    content = data[begin : begin + member.size]
    if len(content) == member.size and zlib.crc32(content) == member.crc:
        return content
    found = "other bytes" if len(content) == member.size else "the shard cut short"
    raise VerificationError(
        f"Expected the bytes of {member.name} in shard {shard} that the index promises, found "
        f"{found}. Fetch the shard again, or delete it and run the build command again."
    )
