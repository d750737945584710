"""What lies in a folder of pictures, listed once: names only, in numeric order, with bounds."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from storybench.errors import PredictionError
from storybench.predictions.names import is_picture, is_seen, suffix

MAX_FILES = 2_000_000
MAX_DEPTH = 9
"""Folders below the one that is given; the deepest layout known (L23) has six."""

_DIGITS = re.compile(r"(\d+)")


class Folder:
    """The names of all files below a folder, as paths with forward slashes.

    Hidden names and what file managers leave behind are left out; links to folders, which `links`
    names, are not followed.

    Raises:
        PredictionError: no such folder, or more files than a set of predictions can have.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        if not self.path.is_dir():
            raise PredictionError(f"Expected a folder of predictions at {path}, found none.")
        links: list[str] = []
        self.files = tuple(sorted(_walk(self.path, links), key=numeric))
        self.links = tuple(sorted(links, key=numeric))

    def matching(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, str, re.Match[str]]]:
        """Files whose name (without folders) matches: their folder, path and match.

        Patterns are of endings in lower case, and fit those in upper case too.
        """
        for file, plain in self._plain.items():
            folder, _, name = plain.rpartition("/")
            if match := pattern.fullmatch(name):
                yield folder, file, match

    def paths(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
        """Files whose whole path below the folder matches; of endings as `matching`."""
        for file, plain in self._plain.items():
            if match := pattern.fullmatch(plain):
                yield file, match

    @cached_property
    def pictures(self) -> tuple[str, ...]:
        """The files that end as pictures do."""
        return tuple(filter(is_picture, self.files))

    @cached_property
    def _plain(self) -> dict[str, str]:
        """The files with their endings in lower case."""
        endings = {file: suffix(file) for file in self.files}
        return {file: file[: len(file) - len(end)] + end for file, end in endings.items()}

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


def grouped(
    found: Iterator[tuple[str, str, re.Match[str]]], key: Callable[[re.Match[str]], object]
) -> dict[object, list[tuple[str, re.Match[str]]]]:
    """Matches by what `key` says of them, in the order of the names."""
    groups: dict[object, list[tuple[str, re.Match[str]]]] = {}
    for _, file, match in found:
        groups.setdefault(key(match), []).append((file, match))
    return groups


def _walk(top: Path, links: list[str]) -> Iterator[str]:
    """Every file that counts; links to folders go to `links`."""
    n_files = 0
    for at, folders, files in os.walk(top):
        depth = len(Path(at).relative_to(top).parts)
        folders[:] = [name for name in folders if is_seen(name) and depth < MAX_DEPTH]
        below = (Path(at) / name for name in folders)
        links += [path.relative_to(top).as_posix() for path in below if path.is_symlink()]
        n_files += len(files)
        if n_files > MAX_FILES:
            raise PredictionError(
                f"Expected at most {MAX_FILES:,} files in {top}, found more. Name the folder of "
                "one run."
            )
        for name in filter(is_seen, files):
            yield (Path(at) / name).relative_to(top).as_posix()
