"""One at a time, and free again however its holder ends."""

from __future__ import annotations

import errno
import fcntl
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from storybench.errors import InputError
from storybench.lock import at_work, only_one, wait_for_work

HOLD = """
import sys, time
from pathlib import Path
from storybench.lock import only_one
with only_one(Path(sys.argv[1]), what="run"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_one_is_refused(tmp_path: Path) -> None:
    """While one is at work; afterwards its file is gone and the next may begin."""
    path = tmp_path / "run.lock"
    with (
        only_one(path, what="run in preds"),
        pytest.raises(InputError, match=r"Expected no other run in preds, found one at work"),
        only_one(path, what="run in preds"),
    ):
        pytest.fail("two at once")
    assert not path.exists()
    with only_one(path, what="run in preds"):
        assert path.exists()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_gives_the_lock_back(tmp_path: Path, error: type[BaseException]) -> None:
    """However the block ends."""
    with pytest.raises(error), only_one(tmp_path / "lock", what="run"):
        raise error
    with only_one(tmp_path / "lock", what="run"):
        pass


def test_a_killed_holder_holds_no_more(tmp_path: Path) -> None:
    """Another process is kept out while it lives; SIGKILL frees the lock and the file may stay."""
    path = tmp_path / "lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(InputError, match="found one at work"), only_one(path, what="run"):
            pytest.fail("two at once")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with only_one(path, what="run"):
        pass
    assert not path.exists()


def test_a_file_that_its_holder_removed_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who opened the file just before it was removed tries again with the one that stands now."""
    path, flock, opened = tmp_path / "lock", fcntl.flock, []

    def late(file: object, kind: int) -> None:
        if not opened:
            path.unlink()  # the holder ends between opening and locking
            opened.append(file)
        flock(file, kind)  # type: ignore[arg-type]

    monkeypatch.setattr(fcntl, "flock", late)
    with only_one(path, what="run"):
        assert path.exists()
        with pytest.raises(InputError, match="found one at work"), only_one(path, what="run"):
            pytest.fail("two at once")


def test_waiting_lasts_as_long_as_the_work(tmp_path: Path) -> None:
    """Any number may be at work; who waits goes on when the last one ends."""
    path = tmp_path / "work.lock"
    waiting = threading.Thread(target=wait_for_work, args=(path,))
    with at_work(path):
        with at_work(path):
            waiting.start()
        waiting.join(0.05)
        assert waiting.is_alive()
    waiting.join(60)
    assert not waiting.is_alive()


def test_a_file_system_without_locks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some cluster disks have none: one sentence, not a traceback."""

    def unsupported(file: object, kind: int) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with (
        pytest.raises(InputError, match=r"a file system with locks at .* Function not implemented"),
        only_one(tmp_path / "lock", what="run"),
    ):
        pytest.fail("held without a lock")
