"""Archives of a raw release: a zip read in place of the folder it holds, without unpacking it.

An archive from outside can lead out of its folder, hold a thousand times its size, or say two
things about one member. So its directory is judged whole before anything else (`zip_directory` has
the rules), and a member gives exactly the bytes that the directory promises, with their checksum,
or an error. Reads share no position: they are safe in
threads, and in workers that were forked while the archive was open. A tar can only be checked; it
has no directory, so it is unpacked before use.
"""

from __future__ import annotations

import os
import stat
import struct
import weakref
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zipfile import ZIP_STORED

from storybench.errors import MissingError, RawDataError
from storybench.types import Progress
from storydata.kit.untrusted.tarballs import check_tar, is_tar
from storydata.kit.untrusted.zip_directory import LOCAL_HEADER, Member, read_directory

_PIECE = 1 << 18
_HEADER = struct.Struct("<4s5H3L2H")
_SIZES_FOLLOW, _UTF8 = 0x8, 0x800
_IN_EXTRA_FIELD = 0xFFFFFFFF


@dataclass(frozen=True)
class Damage:
    """A member of an archive that is not what its directory says, and why."""

    member: str
    reason: str


class Archive:
    """A zip whose directory was found sound; its files by name, folders left out.

    `open_archive` makes them.
    """

    def __init__(self, path: Path):
        self.path = path
        self._members = read_directory(path)
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    @property
    def names(self) -> tuple[str, ...]:
        """Every file in the archive, sorted, with forward slashes."""
        return tuple(self._members)

    def __contains__(self, member: object) -> bool:
        return member in self._members

    def size(self, member: str) -> int:
        """Bytes of a member when read.

        Raises:
            MissingError: there is no such member.
        """
        return self._find(member).size

    def read(self, member: str) -> bytes:
        """The bytes of a member: as many as `size` says, with the checksum they should have.

        Raises:
            MissingError: there is no such member.
            RawDataError: it is damaged; names the archive, the member and the damage.
        """
        found = self._find(member)
        try:
            return b"".join(self._pieces(found))
        except _DamageError as error:
            raise RawDataError(
                f"Expected {member!r} whole in {self.path.name}, found {error}. Fetch the archive "
                "again."
            ) from error

    def verify(self, on_progress: Progress | None = None) -> tuple[Damage, ...]:
        """Read every member to its end, in pieces; the damaged ones, in the order of names."""
        damages: list[Damage] = []
        for done, (name, member) in enumerate(self._members.items(), start=1):
            try:
                for _ in self._pieces(member):
                    pass
            except _DamageError as error:
                damages.append(Damage(member=name, reason=str(error)))
            if on_progress:
                on_progress(done, len(self._members), "files in the archive")
        return tuple(damages)

    def _find(self, member: str) -> Member:
        found = self._members.get(member)
        if found is None:
            raise MissingError(
                f"Expected {member!r} in {self.path.name}, found no such file in it."
            )
        return found

    def _pieces(self, member: Member) -> Iterator[bytes]:
        """The bytes of a member, never more than were promised; the checksum is compared last."""
        left, crc = member.size, 0
        for piece in _inflated(self._packed(member), member):
            left -= len(piece)
            if left < 0:
                raise _DamageError(f"more than the {member.size:,} bytes it should have")
            crc = zlib.crc32(piece, crc)
            yield piece
        if left:
            raise _DamageError(f"{left:,} of {member.size:,} bytes missing")
        if crc != member.crc:
            raise _DamageError("another checksum than it should have")

    def _packed(self, member: Member) -> Iterator[bytes]:
        """The packed bytes of a member, after comparing what stands before them."""
        header = self._at(member.offset, LOCAL_HEADER)
        magic, _, flags, method, _, _, crc, packed, size, n_name, n_extra = _HEADER.unpack(header)
        name = self._at(member.offset + LOCAL_HEADER, n_name)
        if (
            magic != b"PK\x03\x04"
            or method != member.method
            or name.decode("utf-8" if flags & _UTF8 else "cp437", "replace") != member.name
            or not (flags & _SIZES_FOLLOW or _agree(member, crc, packed, size))
        ):
            raise _DamageError("a header that differs from the directory")
        start = member.offset + LOCAL_HEADER + n_name + n_extra
        if start + member.packed > member.limit:
            raise _DamageError("bytes that belong to the next member")
        for at in range(start, start + member.packed, _PIECE):
            yield self._at(at, min(_PIECE, start + member.packed - at))

    def _at(self, offset: int, length: int) -> bytes:
        data = os.pread(self._file, length, offset)
        if len(data) < length:
            raise _DamageError("the archive cut short")
        return data


def open_archive(path: Path) -> Archive:
    """The zip at `path`, opened once a process for as long as the file stays as it is.

    Raises:
        MissingError: there is no such file.
        RawDataError: it is no whole zip, or is refused.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingError(f"Expected the archive {path}, found none.") from error
    if not stat.S_ISREG(status.st_mode):
        raise RawDataError(f"Expected an archive at {path}, found something else.")
    return _opened(path.absolute(), status.st_ino, status.st_size, status.st_mtime_ns)


def check_archive(path: Path, on_progress: Progress | None = None) -> tuple[Damage, ...]:
    """Read a zip, `.tar` or `.tgz` to its end; what is damaged comes back.

    A tar has no checksums for its members: one that can be walked to its end is taken as whole.

    Raises:
        MissingError: there is no such file.
        RawDataError: it is neither, is cut short, or is refused: members that lead out of their
            folder, links, devices, two of one name, encryption, bombs.
    """
    if path.is_file() and is_tar(path):
        check_tar(path, on_progress)
        return ()
    return open_archive(path).verify(on_progress)


class _DamageError(Exception):
    """What is wrong with a member, to stand after "found"."""


@lru_cache(maxsize=8)
def _opened(path: Path, inode: int, size: int, mtime_ns: int) -> Archive:
    """The key is the file as it is: one that was replaced is opened anew."""
    try:
        return Archive(path)
    except OSError as error:
        raise RawDataError(
            f"Expected to be able to read {path}, found {error.strerror}."
        ) from error


def _agree(member: Member, crc: int, packed: int, size: int) -> bool:
    """Whether a local header says what the directory says; lengths of 4 GiB stand elsewhere."""
    return (
        crc == member.crc
        and packed in (member.packed, _IN_EXTRA_FIELD)
        and size in (member.size, _IN_EXTRA_FIELD)
    )


def _inflated(packed: Iterator[bytes], member: Member) -> Iterator[bytes]:
    """The bytes that were packed, in pieces of bounded length."""
    if member.method == ZIP_STORED:
        yield from packed
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for data in packed:
            while data and not inflater.eof:
                yield inflater.decompress(data, _PIECE)
                data = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error as error:
        raise _DamageError(f"packed bytes that are damaged ({error})") from error
    if not inflater.eof:
        raise _DamageError("packed bytes that break off")
