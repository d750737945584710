"""What lies in a folder of pictures, listed once: names only, in numeric order, with bounds."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from storybench.errors import PredictionError

MAX_FILES = 2_000_000
MAX_DEPTH = 9
"""Folders below the one that is given; the deepest layout known (L23) has six."""

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
_IGNORED = {"__MACOSX", "Thumbs.db"}
_DIGITS = re.compile(r"(\d+)")


class Folder:
    """The names of all files below a folder, as paths with forward slashes.

    Hidden names are left out; links to folders are not followed.

    Raises:
        PredictionError: no such folder, or more files than a set of predictions can have.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        if not self.path.is_dir():
            raise PredictionError(f"Expected a folder of predictions at {path}, found none.")
        self.files = tuple(sorted(_walk(self.path), key=numeric))

    def matching(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, str, re.Match[str]]]:
        """Files whose name (without folders) matches: their folder, path and match."""
        for file in self.files:
            folder, _, name = file.rpartition("/")
            if match := pattern.fullmatch(name):
                yield folder, file, match

    def paths(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
        """Files whose whole path below the folder matches."""
        for file in self.files:
            if match := pattern.fullmatch(file):
                yield file, match

    @cached_property
    def pictures(self) -> tuple[str, ...]:
        """The files that end as pictures do."""
        return tuple(file for file in self.files if suffix(file) in PICTURES)

    @cached_property
    def kinds(self) -> list[tuple[str, int]]:
        """Names with every number as "#", with their counts, most frequent first."""
        return Counter(_DIGITS.sub("#", file) for file in self.files).most_common()


def numeric(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key of names in which numbers count as numbers.

    >>> sorted(["b10.png", "b9.png", "a1/2.png"], key=numeric)
    ['a1/2.png', 'b9.png', 'b10.png']
    """
    parts = _DIGITS.split(name)
    return tuple((0, int(part), part) if k % 2 else (1, 0, part) for k, part in enumerate(parts))


def suffix(file: str) -> str:
    """The ending of a name in lower case, with its dot."""
    return PurePosixPath(file).suffix.lower()


def grouped(
    found: Iterator[tuple[str, str, re.Match[str]]], key: Callable[[re.Match[str]], object]
) -> dict[object, list[tuple[str, re.Match[str]]]]:
    """Matches by what `key` says of them, in the order of the names."""
    groups: dict[object, list[tuple[str, re.Match[str]]]] = {}
    for _, file, match in found:
        groups.setdefault(key(match), []).append((file, match))
    return groups


def _walk(top: Path) -> Iterator[str]:
    n_files = 0
    for at, folders, files in os.walk(top):
        depth = len(Path(at).relative_to(top).parts)
        folders[:] = [name for name in folders if _is_seen(name) and depth < MAX_DEPTH]
        n_files += len(files)
        if n_files > MAX_FILES:
            raise PredictionError(
                f"Expected at most {MAX_FILES:,} files in {top}, found more. Name the folder of "
                "one run."
            )
        for name in filter(_is_seen, files):
            yield (Path(at) / name).relative_to(top).as_posix()


def _is_seen(name: str) -> bool:
    return not name.startswith(".") and name not in _IGNORED
