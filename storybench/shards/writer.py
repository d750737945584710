"""Write stories or clips into one shard: a tar whose bytes are a function of those alone.

USTAR with pinned headers (no owner, no clock, mode 0644), members in the order of `format`. The
shard appears under its name only when it is whole and synced to disk; the name itself is synced
with that of the manifest, which comes last.
"""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TypedDict

from storybench.errors import InputError
from storybench.files import replacing
from storybench.shards.clip_format import ClipRecord, check_clip, clip_members
from storybench.shards.clip_index import ClipRow
from storybench.shards.format import StoryRecord, check_record, json_name, member_name, story_json
from storybench.shards.index import IndexRow

_BLANK = bytearray(tarfile.TarInfo("").tobuf(tarfile.USTAR_FORMAT, "ascii"))
_BLANK[148:156] = b" " * 8
"""A header without name, size and checksum, which is summed up as if it were eight spaces."""


class Places(TypedDict):
    """Where the members of one sample are: see `storybench.shards.index.IndexRow`."""

    shard: str
    names: tuple[str, ...]
    offsets: tuple[int, ...]
    sizes: tuple[int, ...]
    crcs: tuple[int, ...]


class ShardWriter:
    """Collect stories, or clips, into the shard at `path`, as a context manager.

    >>> with ShardWriter(path) as shard:  # doctest: +SKIP
    ...     rows = [shard.add(story) for story in stories]

    If the block ends with an error, nothing is left behind. A full disk is a `NoSpaceError`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._keys: set[str] = set()
        self._stack = ExitStack()

    def __enter__(self) -> ShardWriter:
        with ExitStack() as stack:
            self._file = stack.enter_context(replacing(self.path, sync="data"))
            stack.push(self._finish)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return self._stack.__exit__(kind, error, trace)

    def add(self, record: StoryRecord) -> IndexRow:
        """Append one story; returns its row of the index.

        Raises:
            InputError: the record cannot be written, or its key is in this shard already.
        """
        check_record(record)
        return IndexRow(
            key=record.key,
            split=record.split,
            cluster=record.cluster,
            position=record.position,
            orders=tuple(sorted(record.orders.items())),
            subsets=tuple(sorted(record.subsets)),
            label_source=record.label_source,
            captions=tuple(frame.captions for frame in record.frames),
            defaults=tuple(frame.default for frame in record.frames),
            characters=tuple(frame.characters for frame in record.frames),
            licences=tuple(frame.licence for frame in record.frames),
            **self._sample(record.key, _members(record)),
        )

    def add_clip(self, record: ClipRecord) -> ClipRow:
        """Append one clip; returns its row of the index of clips.

        Raises:
            InputError: the record cannot be written, or its key is in this shard already.
        """
        check_clip(record)
        return ClipRow(
            key=record.key,
            clip=record.origin.clip,
            cluster=record.cluster,
            n_frames=record.n_frames,
            captions=record.captions,
            default=record.default,
            characters=record.characters,
            label_source=record.label_source,
            **self._sample(record.key, clip_members(record)),
        )

    def _sample(self, key: str, members: Mapping[str, bytes]) -> Places:
        if key in self._keys:
            raise InputError(f"Expected every key once in {self.path.name}, found {key} twice.")
        self._keys.add(key)
        return Places(
            shard=self.path.name,
            names=tuple(members),
            offsets=tuple(self._append(name, data) for name, data in members.items()),
            sizes=tuple(len(data) for data in members.values()),
            crcs=tuple(zlib.crc32(data) for data in members.values()),
        )

    def _append(self, name: str, data: bytes) -> int:
        offset = self._file.tell() + tarfile.BLOCKSIZE
        self._file.write(header_bytes(name, len(data)))
        self._file.write(data)
        self._file.write(bytes(-len(data) % tarfile.BLOCKSIZE))
        return offset

    def _finish(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            end = self._file.tell() + 2 * tarfile.BLOCKSIZE
            self._file.write(bytes(2 * tarfile.BLOCKSIZE + -end % tarfile.RECORDSIZE))


def header_bytes(name: str, size: int) -> bytes:
    """The 512 bytes that stand before a member's content: nothing in them but name and size.

    They are those of `tarfile` in USTAR format, whose own way to them takes ten times as long.

    Raises:
        InputError: the name is not ASCII or longer than 100 characters, or the size 8 GiB or more.
    """
    if not name.isascii() or len(name) > tarfile.LENGTH_NAME or not 0 <= size < 8**11:
        raise InputError(
            f"Expected a member of at most 100 ASCII characters and less than 8 GiB, found "
            f"{name[:120]!r} of {size:,} bytes."
        )
    header = bytearray(_BLANK)
    header[: len(name)] = name.encode("ascii")
    header[124:135] = b"%011o" % size
    header[148:155] = b"%06o\0" % sum(header)
    return bytes(header)


def _members(record: StoryRecord) -> dict[str, bytes]:
    pictures = {
        member_name(record.key, k, frame.suffix): frame.data
        for k, frame in enumerate(record.frames)
    }
    return {**pictures, json_name(record.key): story_json(record)}
