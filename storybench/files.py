"""Files that are whole or absent: written under another name, synced, renamed.

Also the project's one way to hash and to read and write JSON, so that digests agree everywhere.
A full disk becomes a `NoSpaceError`: what was finished before stays.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Literal

from storybench.errors import InputError, MissingError, NoSpaceError

CHUNK = 1 << 20

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the operating system says of a disk, or a share of one, that has no room."""

ENTRIES = 1_000
"""Of a long list, how many are text at a time."""


Sync = Literal["name", "data", "nothing"]
"""What a power cut cannot take: the file under its name; its content, if the name is there; or
neither, for what is checked when it is read and made again if it is not whole."""


@contextmanager
def replacing(path: Path, *, sync: Sync = "name") -> Iterator[BinaryIO]:
    """Open a file that appears at `path` only if the block ends without an error.

    Raises:
        NoSpaceError: the disk is full; `path` is as it was before.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with space_guard(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("wb") as file:
                yield file
                file.flush()
                if sync != "nothing":
                    os.fsync(file.fileno())
            partial.replace(path)
            if sync == "name":
                sync_folder(path.parent)
        finally:
            partial.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk, so that a rename outlives a power cut.

    Does nothing where the platform cannot open a folder or the file system cannot sync one.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # as Windows answers for any folder
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def write_atomic(path: Path, data: bytes, *, sync: Sync = "name") -> None:
    """Write `data` to `path`, whole or not at all."""
    with replacing(path, sync=sync) as file:
        file.write(data)


def write_json(path: Path, value: Any) -> None:
    """Write sorted, indented JSON with a newline at the end, whole or not at all."""
    text = json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    write_atomic(path, f"{text}\n".encode())


def file_in_the_way(path: Path) -> Path | None:
    """The first of a path and the folders above it that is there, if it is no folder."""
    there = next(place for place in (path, *path.parents) if os.path.lexists(place))
    return None if there.is_dir() else there


def expect_folder(path: Path, *, what: str) -> None:
    """See, before any work is done, that there is a folder at `path` or that one can be made.

    Raises:
        InputError: a file is in the way; `what` is what the folder is for.
    """
    if (file := file_in_the_way(path)) is not None:
        found = "a file" if file == path else f"the file {file}"
        raise InputError(
            f"Expected a folder for {what} at {path}, found {found}. Name another folder."
        )


def expect_file(path: Path, *, what: str) -> None:
    """See, before any work is done, that a file can be written, or replaced, at `path`.

    Raises:
        InputError: a folder is there, or a file where its folder would be; `what` it is is said.
    """
    if path.is_dir():
        raise InputError(f"Expected a file for {what} at {path}, found a folder. Name another.")
    expect_folder(path.parent, what=what)


def read_json(path: Path) -> Any:
    """Parse a JSON file.

    Raises:
        MissingError: there is no such file.
        InputError: it is not UTF-8 JSON; names the line and column.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise MissingError(f"Expected the file {path}, found none.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"Expected JSON in UTF-8 in {path}, found other bytes.") from error
    except json.JSONDecodeError as error:
        raise InputError(
            f"Expected JSON in {path}, found an error at line {error.lineno}, column "
            f"{error.colno} ({error.msg}). Is the file whole? Fetch or write it again."
        ) from error
    except RecursionError as error:
        raise InputError(f"Expected JSON in {path}, found it nested too deep to read.") from error
    except ValueError as error:  # an integer of thousands of digits
        raise InputError(f"Expected JSON in {path}, found a number too long to read.") from error


def canonical_json(value: Any) -> bytes:
    """The bytes that are hashed for a value: sorted keys, no spaces, UTF-8.

    A dataclass stands as an object of its fields.

    >>> canonical_json({"b": 1, "a": [True, None]})
    b'{"a":[true,null],"b":1}'
    """
    text = json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
        default=_fields,
    )
    return text.encode()


def sha256_bytes(data: bytes) -> str:
    """SHA-256 in hex, as `sha256sum` prints it."""
    return hashlib.sha256(data).hexdigest()


def sha256_json(value: Any) -> str:
    """SHA-256 of the canonical JSON of a value."""
    return sha256_bytes(canonical_json(value))


def sha256_object(fields: Mapping[str, Any]) -> str:
    """As `sha256_json`, of an object with long lists, of which the text is never there whole."""
    digest = hashlib.sha256()
    for number, (name, value) in enumerate(sorted(fields.items())):
        digest.update((b"," if number else b"{") + canonical_json(name) + b":")
        for piece in _pieces(value):
            digest.update(piece)
    digest.update(b"}" if fields else b"{}")
    return digest.hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file in hex, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _pieces(value: Any) -> Iterator[bytes]:
    """Canonical JSON in pieces that follow each other."""
    if not isinstance(value, list):
        yield canonical_json(value)
        return
    yield b"["
    for start in range(0, len(value), ENTRIES):
        entries = canonical_json(value[start : start + ENTRIES])[1:-1]
        yield b"," + entries if start else entries
    yield b"]"


def _fields(value: Any) -> dict[str, Any]:
    """A dataclass as JSON can hold it, field by field (`dataclasses.asdict` copies all of it)."""
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{type(value).__name__} is no JSON value and no dataclass")
    return {name: getattr(value, name) for name in _names(type(value))}


@lru_cache(maxsize=256)
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@contextmanager
def space_guard(path: Path) -> Iterator[None]:
    """Turn "no space left on device" and "quota exceeded" into a `NoSpaceError`."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise NoSpaceError(
            f"Expected room on the disk to write {path}, found it full. What was finished is kept: "
            "free some space and run the same command again."
        ) from error
