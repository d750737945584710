"""Where in a raw folder a release may lie: people unpack archives in more than one way.

The folder that a user names may be the release, hold it under its own name, or hold one folder that
the archive made, which again is the release or holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from storybench.errors import InputError, MissingError

DEPTH = 3
"""How many folders with nothing beside them are entered."""

LEFTOVERS = ("__MACOSX",)
"""Folders that archives leave beside what they hold."""


def homes(raw: Path, *names: str) -> Iterator[Path]:
    """Folders that may be the release, likeliest first; `names` are what it may be called.

    They are `raw`, those of `names` in it, then the same for the only folder in `raw`, and so on.
    Files beside an only folder do not count, nor do hidden folders.

    Raises:
        MissingError: there is no such folder.
        InputError: it is a file, or may not be listed.
    """
    if not raw.exists():
        raise MissingError(f"Expected the raw folder {raw}, found nothing there.")
    if not raw.is_dir():
        raise InputError(f"Expected the raw folder {raw}, found a file.")
    folder: Path | None = raw
    for _ in range(DEPTH):
        if folder is None:
            return
        yield folder
        yield from (folder / name for name in names if (folder / name).is_dir())
        folder = _only_folder(folder)


def _only_folder(folder: Path) -> Path | None:
    try:
        inside = [
            path
            for path in folder.iterdir()
            if path.is_dir() and not path.name.startswith(".") and path.name not in LEFTOVERS
        ]
    except PermissionError as error:
        raise InputError(
            f"Expected to be allowed to read the folder {folder}, found it closed to this user."
        ) from error
    return inside[0] if len(inside) == 1 else None
