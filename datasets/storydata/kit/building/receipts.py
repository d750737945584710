"""What a finished shard leaves behind, so that a later run can tell that it need not be made again.

A receipt says which row of the plan the shard was made by (a fingerprint), from which raw files,
and what came out: its hash, its rows of the index, what was dropped. It is written after the shard
itself. Receipts live in `.build` beside the shards and are no part of the dataset.

A file whose size and times of change are those of the receipt is taken to be unchanged; one
that was touched or copied is hashed and compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from storybench.errors import MissingError, RawDataError
from storybench.files import sha256_bytes, sha256_file, write_atomic
from storybench.shards.clip_index import ClipRow
from storybench.shards.index import IndexRow
from storydata.kit.drops import Drop
from storydata.kit.raw import RawFile

FOLDER = ".build"


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was when last read: size in bytes, times in nanoseconds, SHA-256.

    `mtime_ns` is of the content and can be set by anyone; `ctime_ns` is of any change, also of one
    that puts `mtime_ns` back. Of a member of a zip, hash and `size` are its own, and the times
    those of the zip.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    sha256: str

    def is_still(self, path: Path, *, is_zip: bool = False) -> bool:
        """Whether the times of the file, and its size if it is no zip, are as they were."""
        try:
            status = path.stat()
        except OSError:
            return False
        times = (status.st_mtime_ns, status.st_ctime_ns)
        is_as_long = is_zip or status.st_size == self.size
        return is_as_long and times == (self.mtime_ns, self.ctime_ns)

    def is_still_of(self, file: RawFile) -> bool:
        """As `is_still`, of a raw file that may stand in a zip."""
        return self.is_still(file.path, is_zip=file.member is not None)


@dataclass(frozen=True)
class Receipt:
    """One finished shard: why it is as it is, and what is in it (`rows` of stories, or `clips`).

    `raw` holds every raw file by name, `licences` how many frames stand under each licence (those
    without one are under the empty string).
    """

    fingerprint: str
    shard: Seen
    raw: Mapping[str, Seen]
    rows: tuple[IndexRow, ...]
    clips: tuple[ClipRow, ...]
    drops: tuple[Drop, ...]
    licences: Mapping[str, int]


_RECEIPT = TypeAdapter(Receipt)


def see(path: Path, known: Seen | None = None) -> Seen:
    """Hash a file, unless it is still as it is known to be.

    Raises:
        MissingError: it is not there any more.
        RawDataError: it cannot be read.
    """
    if known is not None and known.is_still(path):
        return known
    try:
        status = path.stat()
        digest = sha256_file(path)
        return Seen(status.st_size, status.st_mtime_ns, status.st_ctime_ns, digest)
    except FileNotFoundError as error:
        raise MissingError(_gone(path)) from error
    except OSError as error:
        raise RawDataError(
            f"Expected to be able to read {path}, found {error.strerror}."
        ) from error


def see_raw(file: RawFile, known: Seen | None = None) -> Seen:
    """As `see`, of a raw file that may stand in a zip.

    Raises:
        MissingError: it is not there any more.
        RawDataError: it cannot be read, or is damaged in its zip.
    """
    if file.member is None:
        return see(file.path, known)
    if known is not None and known.is_still_of(file):
        return known
    try:
        status = file.path.stat()
    except FileNotFoundError as error:
        raise MissingError(_gone(file.path)) from error
    data = file.read_bytes()
    return Seen(len(data), status.st_mtime_ns, status.st_ctime_ns, sha256_bytes(data))


def receipt_path(directory: Path, shard: str) -> Path:
    """Where the receipt of a shard lies."""
    return directory / FOLDER / f"{shard}.json"


def write_receipt(directory: Path, shard: str, receipt: Receipt) -> None:
    """Write the receipt of a shard; one that a power cut takes costs the making of that shard."""
    data = _RECEIPT.dump_json(receipt) + b"\n"
    write_atomic(receipt_path(directory, shard), data, sync="nothing")


def read_receipt(directory: Path, shard: str) -> Receipt | None:
    """The receipt of a shard, None if there is none that can be read."""
    try:
        return _RECEIPT.validate_json(receipt_path(directory, shard).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _gone(path: Path) -> str:
    return (
        f"Expected the file {path}, which was there when the build was planned, found none. "
        "Run the same command again."
    )
