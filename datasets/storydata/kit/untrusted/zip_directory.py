"""The directory of a zip, judged whole before a byte of a member is read.

Refused, with the file and the reason: no zip, or one cut short; members that lead out of the
folder; links and devices; two members of one name; encrypted members; rare ways of packing; and
bombs, which are members that overlap, that state more than their packed bytes can hold, or that
make up many times the archive. The standard library's `zipfile` reads the directory, with a bound
on its length; it never reads a member.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storybench.errors import RawDataError
from storydata.kit.untrusted.member_names import name_problem, plain_name

MAX_DIRECTORY_BYTES = 64 * 2**20
"""About half a million members; FlintstonesSV's 25,184 take three of these 64."""

MAX_MEMBER_BYTES = 2**30
"""Of one member, since it is read into memory whole."""

MAX_RATIO = 200
"""Bytes in all for each byte of the archive, where that is more than `FREE_BYTES`."""

FREE_BYTES = 2**30

LOCAL_HEADER = 30
"""Bytes before a member's name, its extra field and its packed bytes."""

_DEFLATE_RATIO = 1_032
"""What the DEFLATE format can reach at most: 258 bytes from two bits."""

_ENCRYPTED = 0x1 | 0x40 | 0x2000
"""Flags of members and directories that need a password."""

_KINDS = (0, stat.S_IFREG, stat.S_IFDIR)


@dataclass(frozen=True)
class Member:
    """One file of a zip: its bytes when read, and where its packed bytes lie.

    `offset` is that of its local header; `limit` that of whatever follows it.
    """

    name: str
    size: int
    packed: int
    crc: int
    method: int
    offset: int
    limit: int


def read_directory(path: Path) -> dict[str, Member]:
    """Every file of a zip under its name, sorted; folders are left out.

    Raises:
        RawDataError: not a whole zip, or one that is refused (see above).
    """
    with _Bounded(path) as file:
        entries, start, n_bytes = _entries(file, path)
    for problem in _problems(entries, n_bytes):
        raise _refused(path, problem)
    members = sorted(_members(entries, path, start), key=lambda member: member.name)
    return {member.name: member for member in members}


class _Bounded(io.FileIO):
    """A file that refuses to give more at once than a directory may have."""

    def read(self, size: int | None = -1, /) -> bytes:
        """As a file; `zipfile` asks for the whole directory at once."""
        if size is not None and size > MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"a directory of {size:,} bytes")
        return super().read(-1 if size is None else size) or b""


def _entries(file: _Bounded, path: Path) -> tuple[list[zipfile.ZipInfo], int, int]:
    """The directory's entries by place in the file, where it starts, and the file's length."""
    start = file.read(4)
    if start[:1] == b"<":
        raise _refused(path, "a web page. Did the download need a click?")
    if start not in (b"PK\x03\x04", b"PK\x05\x06"):
        raise _refused(path, "other bytes")
    n_bytes = file.seek(0, io.SEEK_END)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
            return entries, archive.start_dir, n_bytes
    except zipfile.BadZipFile as error:
        raise _refused(
            path, f"no whole directory at its end ({error}). It is cut short: fetch it again"
        ) from error
    except (ValueError, OSError, OverflowError, NotImplementedError, struct.error) as error:
        raise _refused(path, f"a broken directory ({error}). Fetch it again") from error


def _problems(entries: list[zipfile.ZipInfo], n_bytes: int) -> Iterator[str]:
    """What is wrong with the directory, to stand after "found": each member, then all of them."""
    for entry in entries:
        for problem in _member_problems(entry):
            yield f"{problem} ({entry.orig_filename[:200]!r})"
    counts = Counter(plain_name(entry.filename) for entry in entries)
    yield from (f"two members called {name!r}" for name, count in counts.items() if count > 1)
    total = sum(entry.file_size for entry in entries)
    if total > max(FREE_BYTES, MAX_RATIO * n_bytes):
        yield f"{total:,} bytes packed into {n_bytes:,}. That is a zip bomb, not a release"


def _member_problems(entry: zipfile.ZipInfo) -> Iterator[str]:
    name = name_problem(entry.orig_filename)
    if name:
        yield name
    if stat.S_IFMT(entry.external_attr >> 16) not in _KINDS:
        yield "a link or device"
    if entry.flag_bits & _ENCRYPTED:
        yield "an encrypted member"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield f"packing method {entry.compress_type}, which is neither 0 nor 8"
    if entry.file_size > MAX_MEMBER_BYTES:
        yield f"a member of {entry.file_size:,} bytes, over {MAX_MEMBER_BYTES:,}"
    if entry.file_size > _most_bytes(entry):
        yield f"{entry.file_size:,} bytes stated for {entry.compress_size:,} packed ones"
    if entry.is_dir() and entry.file_size:
        yield "a folder with bytes of its own"


def _most_bytes(entry: zipfile.ZipInfo) -> int:
    """What the packed bytes of a member can hold at most."""
    if entry.compress_type == zipfile.ZIP_STORED:
        return entry.compress_size
    return _DEFLATE_RATIO * entry.compress_size


def _members(entries: list[zipfile.ZipInfo], path: Path, end: int) -> Iterator[Member]:
    """Members with the place that each may take, which ends where the next one begins.

    Names and packed bytes stand in it after the local header: members that share bytes cannot.
    """
    limits = [*(entry.header_offset for entry in entries[1:]), end]
    for entry, limit in zip(entries, limits, strict=False):  # an empty zip has an end all the same
        if entry.header_offset < 0:
            raise _refused(path, f"a member before its start ({entry.filename[:200]!r})")
        if entry.header_offset + LOCAL_HEADER + entry.compress_size > limit:
            raise _refused(path, f"members that overlap ({entry.filename[:200]!r})")
        if not entry.is_dir():
            yield Member(
                name=entry.filename,
                size=entry.file_size,
                packed=entry.compress_size,
                crc=entry.CRC,
                method=entry.compress_type,
                offset=entry.header_offset,
                limit=limit,
            )


def _refused(path: Path, found: str) -> RawDataError:
    return RawDataError(f"Expected a whole zip of plain files in {path}, found {found}.")
