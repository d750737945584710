"""A `.tar` or `.tgz` of a raw release, walked to its end before anyone unpacks it.

Refused, with the file and the reason: one cut short; members that lead out of the folder; links,
devices and sparse files; two members of one name; and bombs. The standard library reads single
headers (`tarfile.TarInfo.frombuf`); the walk from one to the next is ours, since `tarfile` believes
lengths that a header states: it follows negative ones back and reads long ones into memory.
"""

from __future__ import annotations

import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from storybench.errors import RawDataError
from storybench.types import Progress
from storydata.kit.untrusted.member_names import name_problem, plain_name

MAX_RATIO = 200
"""Bytes unpacked for each byte of a `.tgz`, where that is more than `FREE_BYTES`."""

FREE_BYTES = 2**30
MAX_HEADER_BYTES = 2**20
"""Of a long name or an extended header; real ones have hundreds."""

_GZIP = b"\x1f\x8b"
_PIECE = 2**20
_PAX = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
_PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)


def is_tar(path: Path) -> bool:
    """Whether a file starts as a `.tar` or a gzip does."""
    with path.open("rb") as file:
        start = file.read(tarfile.BLOCKSIZE)
    return start.startswith(_GZIP) or start[257:262] == b"ustar"


def check_tar(path: Path, on_progress: Progress | None = None) -> None:
    """Walk every member to the end of the archive.

    Raises:
        RawDataError: it is cut short, damaged, or refused (see above).
    """
    seen: set[str] = set()
    try:
        with path.open("rb") as file:
            for name in _checked_names(_Stream(file, path)):
                if plain_name(name) in seen:
                    raise _TarError(f"two members called {name[:200]!r}")
                seen.add(plain_name(name))
                if on_progress:
                    on_progress(len(seen), len(seen), "files in the archive")
    except (_TarError, zlib.error, OSError, EOFError, ValueError) as error:
        raise RawDataError(
            f"Expected a whole tar of plain files in {path}, found {error}."
        ) from error


class _TarError(Exception):
    """What is wrong with a tar, to stand after "found"."""


class _Stream:
    """The unpacked bytes of a tar, forward only and bounded in all."""

    def __init__(self, file: IO[bytes], path: Path):
        is_packed = file.read(2) == _GZIP
        file.seek(0)
        self._file = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if is_packed else file
        self._left = max(FREE_BYTES, MAX_RATIO * path.stat().st_size)

    def take(self, length: int) -> bytes:
        """The next bytes, all of them, up to the next full block."""
        if not 0 <= length <= MAX_HEADER_BYTES:
            raise _TarError(f"a header of {length:,} bytes")
        data = self._read(_padded(length))
        if len(data) < _padded(length):
            raise _TarError("it cut short. Fetch it again")
        return data[:length]

    def skip(self, length: int) -> None:
        """Pass over the bytes of a member."""
        if length < 0:
            raise _TarError("a member of negative length")
        left = _padded(length)
        while left:
            data = self._read(min(_PIECE, left))
            if not data:
                raise _TarError("it cut short. Fetch it again")
            left -= len(data)

    def finish(self) -> None:
        """Read what follows the last member; the checksum of a gzip stands at its end."""
        while self._read(_PIECE):
            pass

    def _read(self, length: int) -> bytes:
        data = self._file.read(length)
        self._left -= len(data)
        if self._left < 0:
            raise _TarError("many times its own size in it. That is a bomb, not a release")
        return data


def _padded(length: int) -> int:
    return -(-length // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE


def _checked_names(stream: _Stream) -> Iterator[str]:
    """The name of every file and folder, after judging it."""
    for member in _members(stream):
        problem = name_problem(member.name)
        if member.type not in (*_PLAIN, tarfile.DIRTYPE):
            problem = "a link, a device or a sparse file"
        if problem:
            raise _TarError(f"{problem} ({member.name[:200]!r})")
        yield member.name
        stream.skip(member.size)
    stream.finish()


def _members(stream: _Stream) -> Iterator[tarfile.TarInfo]:
    """Header after header up to the empty block at the end; long names stand in their members."""
    lasting: dict[str, str] = {}
    once: dict[str, str] = {}
    while any(block := stream.take(tarfile.BLOCKSIZE)):
        member = _header(block)
        if member.type in _PAX:
            records = _pax_records(stream.take(member.size))
            (lasting if member.type == tarfile.XGLTYPE else once).update(records)
        elif member.type == tarfile.GNUTYPE_LONGNAME:
            once["path"] = stream.take(member.size).rstrip(b"\0").decode("utf-8", "surrogateescape")
        elif member.type == tarfile.GNUTYPE_LONGLINK:
            raise _TarError("a link with a long name")
        else:
            yield _with_records(member, lasting | once)
            once = {}


def _header(block: bytes) -> tarfile.TarInfo:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.TarError as error:
        raise _TarError(f"a damaged header ({error}). Fetch it again") from error


def _pax_records(data: bytes) -> dict[str, str]:
    """The records of an extended header: a length, a key, "=", a value and a line end each."""
    records: dict[str, str] = {}
    at = 0
    while found := re.compile(rb"(\d{1,7}) ([^=\n]+)=").match(data, at):
        end = at + int(found[1])
        if not found.end() < end <= len(data):
            break
        value = data[found.end() : end - 1]
        records[found[2].decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        at = end
    if data[at:].strip(b"\0"):
        raise _TarError("a broken extended header")
    return records


def _with_records(member: tarfile.TarInfo, records: dict[str, str]) -> tarfile.TarInfo:
    if any(key.startswith("GNU.sparse") for key in records):
        raise _TarError(f"a sparse file ({member.name[:200]!r})")
    member.name = records.get("path", member.name)
    size = records.get("size")
    if size is not None:
        if not re.fullmatch(r"[0-9]{1,18}", size):
            raise _TarError(f"a member of {size[:40]!r} bytes")
        member.size = int(size)
    return member
