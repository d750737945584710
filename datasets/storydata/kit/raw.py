"""Raw folders as people have them: links, loops, odd names, broken JSON.

Nothing here decides what a file is for; it finds files and reads lists, and says in one sentence
what is wrong with them.
"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storybench.errors import InputError, MissingError, RawDataError, StorybenchError
from storybench.files import read_json
from storydata.kit.untrusted.archives import open_archive

MAX_BYTES = 256 * 2**20
"""Of a file that is read whole: more than any clip that is decoded, or any table."""


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file of the raw release: its name in the manifest, and where it lies.

    `name` is relative to the raw folder, with forward slashes. `place` is its path as text, since a
    release has tens of thousands and a `Path` takes three times the memory. `member` names a file
    inside the zip there, and is None for a file of its own.
    """

    name: str
    place: str
    member: str | None = None

    @property
    def path(self) -> Path:
        """Where it lies."""
        return Path(self.place)

    def read_bytes(self, limit: int = MAX_BYTES) -> bytes:
        """The whole content. Messages name the file as the manifest does, wherever it lies.

        Raises:
            MissingError: it is not there any more.
            RawDataError: it is larger than `limit` bytes, cannot be read, or is damaged in its zip.
        """
        if self.member is not None:
            archive = open_archive(self.path)
            self._check_size(archive.size(self.member), limit)
            return archive.read(self.member)
        try:
            self._check_size(self.path.stat().st_size, limit)
            return self.path.read_bytes()
        except FileNotFoundError as error:
            raise MissingError(f"Expected the file {self.name}, found none.") from error
        except OSError as error:
            raise RawDataError(
                f"Expected to be able to read {self.name}, found {error.strerror}."
            ) from error

    def reason(self, error: StorybenchError) -> str:
        """What is wrong with the file, for the ledger: named as the manifest does, not by place."""
        return str(error).replace(self.place, self.name)

    def _check_size(self, size: int, limit: int) -> None:
        if size > limit:
            raise RawDataError(
                f"Expected at most {limit:,} bytes in {self.name}, found {size:,}: no clip, "
                "picture or table of a release is that large."
            )


def walk(root: Path, *, what: str = "raw folder") -> Iterator[RawFile]:
    """Every file below `root`, sorted by name; links are followed, each folder is entered once.

    Hidden files and folders are left out. A link that leads back up, or nowhere, is survived.
    `what` names the folder in messages.

    Raises:
        MissingError: there is no such folder.
        InputError: it is a file.
    """
    if not root.exists():
        raise MissingError(f"Expected the {what} {root}, found nothing there.")
    if not root.is_dir():
        raise InputError(f"Expected the {what} {root}, found a file.")
    yield from _walk(root, prefix="", seen=set())


def by_name(files: Iterable[RawFile]) -> dict[str, RawFile]:
    """Files under their bare file name; of two with one name, the first in the order given."""
    index: dict[str, RawFile] = {}
    for file in files:
        index.setdefault(file.path.name, file)
    return index


def by_stem(files: Iterable[RawFile]) -> dict[str, list[RawFile]]:
    """Files under their name up to the first dot of the suffixes, in the order given.

    `a.mov.mp4` stands under `a`, as do `a.mp4` and `a.`.
    """
    index: dict[str, list[RawFile]] = defaultdict(list)
    for file in files:
        index[file.path.name.split(".", 1)[0]].append(file)
    return dict(index)


def read_records(path: Path) -> list[dict[str, Any]]:
    """Read a JSON list of objects.

    Raises:
        MissingError: there is no such file.
        RawDataError: it is not whole JSON, not a list, or an entry is not an object.
    """
    try:
        value = read_json(path)
    except InputError as error:
        raise RawDataError(str(error)) from error
    if not isinstance(value, list):
        raise RawDataError(f"Expected a JSON list in {path}, found {_kind(value)}.")
    for number, entry in enumerate(value):
        if not isinstance(entry, dict):
            raise RawDataError(
                f"Expected an object at entry {number} of {path}, found {_kind(entry)}."
            )
    return value


_NAMES = {str: "text", int: "a whole number", float: "a number", list: "a list", dict: "an object"}


def _walk(folder: Path, *, prefix: str, seen: set[tuple[int, int]]) -> Iterator[RawFile]:
    status = folder.stat()
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    for name in _listed(folder):
        path = folder / name
        if _is(path, stat.S_ISDIR):
            yield from _walk(path, prefix=f"{prefix}{_printable(name)}/", seen=seen)
        elif _is(path, stat.S_ISREG):
            yield RawFile(f"{prefix}{_printable(name)}", str(path))


def _listed(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except PermissionError as error:
        raise RawDataError(
            f"Expected to be allowed to read the folder {folder}, found it closed to this user."
        ) from error


def _is(path: Path, kind: Callable[[int], bool]) -> bool:
    try:
        return kind(path.stat().st_mode)
    except OSError:  # a link to nowhere, or to itself
        return False


def _printable(name: str) -> str:
    """A file name that can be written as UTF-8; stray bytes become escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    return _NAMES.get(type(value), type(value).__name__)
