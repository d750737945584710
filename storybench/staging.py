"""A folder that is whole or absent: filled under another name, synced, renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from storybench.errors import InputError
from storybench.files import space_guard, sync_folder
from storybench.lock import only_one


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """A folder to fill, which appears at `folder` only if the block ends without an error.

    Raises:
        InputError: something is there already, of which nothing is touched; or another program is
            filling a folder for this place.
        NoSpaceError: the disk is full; nothing is left behind.
    """
    expect_free(folder)
    partial = folder.with_name(f".{folder.name}.partial")
    with ExitStack() as stack:
        stack.enter_context(space_guard(folder))
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = partial.with_suffix(".lock")
        stack.enter_context(only_one(lock, what=f"writer of {folder}"))
        stack.callback(shutil.rmtree, partial, ignore_errors=True)
        shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed
        partial.mkdir()
        yield partial
        _sync(partial)
        partial.rename(folder)
        sync_folder(folder.parent)


def expect_free(folder: Path) -> None:
    """See, also before work that a folder is to hold, that nothing is there but an empty folder.

    Raises:
        InputError: something is, of which nothing is touched.
    """
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() or folder.is_symlink():
        what = "files in it" if folder.is_dir() else "a file there"
        raise InputError(
            f"Expected a new or empty folder at {folder}, found {what}. Choose another, or delete "
            "that one."
        )


def _sync(folder: Path) -> None:
    """Put every file below a folder on the disk."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        with path.open("rb") as file:
            os.fsync(file.fileno())
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            sync_folder(path)
