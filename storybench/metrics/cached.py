"""What lies in the cache of features, by extractor, and how it is cleared away.

A folder of the cache is named `<architecture>-<pixel path>-<SHA-256 of the weights>`; what reads it
is `storybench.packs`. Everything in it can be computed again.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from storybench.errors import UnknownNameError
from storybench.home import features_dir
from storybench.packs import SUFFIX, read_keys


@dataclass(frozen=True)
class Cached:
    """The features of one extractor.

    `last_use` is in seconds since 1970, None where nothing was ever written.
    """

    extractor: str
    folder: Path
    n_entries: int
    n_bytes: int
    n_packs: int
    last_use: float | None


def caches() -> list[Cached]:
    """Every folder of the cache, the one that was used last first."""
    folders = [path for path in features_dir().glob("*") if path.is_dir()]
    found = [_look(path) for path in sorted(folders)]
    return sorted(found, key=lambda cache: cache.last_use or 0, reverse=True)


def chosen(names: Sequence[str]) -> list[Cached]:
    """The folders whose names begin so; all of them without names.

    Raises:
        UnknownNameError: no folder begins so; lists those there are.
    """
    there = caches()
    for name in names:
        if not any(cache.extractor.startswith(name) for cache in there):
            listed = ", ".join(cache.extractor for cache in there) or "none"
            raise UnknownNameError(
                f"Expected cached features of an extractor {name!r}…, found {listed}."
            )
    return [
        cache
        for cache in there
        if not names or any(cache.extractor.startswith(name) for name in names)
    ]


def clear(cache: Cached) -> None:
    """Remove the features of one extractor; a process that is reading them computes them again."""
    shutil.rmtree(cache.folder, ignore_errors=False)


def _look(folder: Path) -> Cached:
    packs = [path for path in sorted(folder.glob(f"*{SUFFIX}")) if path.is_file()]
    stats = [path.stat() for path in packs]
    return Cached(
        extractor=folder.name,
        folder=folder,
        n_entries=len(set().union(*map(_keys, packs))),
        n_bytes=sum(stat.st_size for stat in stats),
        n_packs=len(packs),
        last_use=max((stat.st_mtime for stat in stats), default=None),
    )


def _keys(path: Path) -> set[bytes]:
    try:
        with path.open("rb") as file:
            return set(map(bytes, read_keys(file)))
    except (ValueError, EOFError):  # damaged: the next run removes it
        return set()
