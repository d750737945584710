"""One build at a time in a folder, and none that a killed build's workers still write to."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storybench.errors import InputError
from storydata.kit.receipts import FOLDER

BUILD_LOCK = "build.lock"
WORK_LOCK = "work.lock"


@contextmanager
def only_build(directory: Path) -> Iterator[None]:
    """Hold the folder for one build, once workers of a build that was killed are gone.

    The system gives the lock back however the process ends.

    Raises:
        InputError: another build is at work in this folder.
    """
    (directory / FOLDER).mkdir(parents=True, exist_ok=True)
    with (directory / FOLDER / BUILD_LOCK).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"Expected no other build in {directory}, found one at work there. Wait for it to "
                "end, or choose another folder."
            ) from error
        with (directory / FOLDER / WORK_LOCK).open("ab") as work:
            fcntl.flock(work, fcntl.LOCK_EX)
        yield


@contextmanager
def at_work(directory: Path) -> Iterator[None]:
    """Say that this process writes to the folder, so that the next build waits for it to end."""
    with (directory / FOLDER / WORK_LOCK).open("ab") as work:
        fcntl.flock(work, fcntl.LOCK_SH)
        yield
