"""One program at a time in a folder, by locks that the system gives back however a program ends.

`only_one` keeps a second program out, `one_of_several` only one that is alone; `in_turn` waits
until it is free. `at_work` and `wait_for_work` are for programs with worker processes, which may
outlive a parent that was killed: the next parent waits until they are gone.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from storybench.errors import InputError


@contextmanager
def only_one(path: Path, *, what: str) -> Iterator[None]:
    """Hold `path`, a file that is there while it is held; `what` is held, for the message.

    Raises:
        InputError: another program holds it, or the file system has no locks.
    """
    with _held(path, fcntl.LOCK_EX | fcntl.LOCK_NB, what=what):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)  # while it is still ours


@contextmanager
def one_of_several(path: Path, *, what: str) -> Iterator[None]:
    """Hold `path` together with any number of others who hold it so, but with no `only_one`.

    Raises:
        InputError: a program holds it alone, or the file system has no locks.
    """
    with _held(path, fcntl.LOCK_SH | fcntl.LOCK_NB, what=what):
        yield


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Hold `path` alone, once whoever holds it has let go; the file stays."""
    with path.open("ab") as file:
        _lock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def at_work(path: Path) -> Iterator[None]:
    """Say by the file `path` that this process is at work, as any number of others may be."""
    with path.open("ab") as file:
        _lock(file, fcntl.LOCK_SH)
        yield


def wait_for_work(path: Path) -> None:
    """Return when no process is `at_work` any more."""
    with path.open("ab") as file:
        _lock(file, fcntl.LOCK_EX)


@contextmanager
def _held(path: Path, kind: int, *, what: str) -> Iterator[None]:
    with ExitStack() as opened:
        file = None
        while file is None or not _is_at(path, file):  # its last holder may have removed it
            file = opened.enter_context(path.open("ab"))
            try:
                _lock(file, kind)
            except BlockingIOError as error:
                raise InputError(
                    f"Expected no other {what}, found one at work there. Wait for it to end, or "
                    "choose another folder."
                ) from error
        yield


def _is_at(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _lock(file: BinaryIO, kind: int) -> None:
    try:
        fcntl.flock(file, kind)
    except BlockingIOError:
        raise
    except OSError as error:
        raise InputError(
            f"Expected a file system with locks at {Path(file.name).parent}, found "
            f"{error.strerror}. Choose a folder on another disk."
        ) from error
