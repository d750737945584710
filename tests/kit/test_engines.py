"""Engines give the same results, and the same errors."""

from __future__ import annotations

import multiprocessing
import operator
import subprocess
import sys

import pytest

from storybench.errors import InputError
from storydata.kit.building.engines import InProcess, Pool, engine


@pytest.mark.parametrize("runner", [InProcess(), Pool(2)])
def test_every_item_is_done_once(runner: InProcess | Pool) -> None:
    """Results are those of the task, one for each item."""
    assert sorted(runner.run(operator.neg, range(9))) == list(range(-8, 1))
    assert list(runner.run(operator.neg, [])) == []


@pytest.mark.parametrize("runner", [InProcess(), Pool(2)])
def test_an_error_ends_the_run_and_leaves_nobody(runner: InProcess | Pool) -> None:
    """The exception of a task is the caller's, and no process is left."""
    with pytest.raises(ZeroDivisionError):
        list(runner.run(_inverse, [1, 0, 2, 3]))
    assert multiprocessing.active_children() == []


def test_stopping_half_way_leaves_nobody() -> None:
    """Whoever takes only the first result has no workers afterwards."""
    results = Pool(2).run(operator.neg, range(50))
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


def test_a_worker_that_is_let_go_as_it_starts_leaves_in_silence() -> None:
    """Its initializer raises nothing, since a pool would print that as a crash."""
    script = (
        "import multiprocessing, time\n"
        "from storydata.kit.building.engines import _on_leash\n"
        "leash, hand = multiprocessing.Pipe(duplex=False)\n"
        "hand.close()\n"
        "try:\n"
        "    _on_leash(leash)\n"
        "    time.sleep(60)\n"
        "except BaseException as error:\n"
        "    print('raised', repr(error))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (143, b"", b"")


def test_a_worker_that_misses_the_first_signal_is_told_again() -> None:
    """As when it comes just before a wait for a lock whose holder is gone."""
    script = """
import multiprocessing, signal, time
from storydata.kit.building.engines import _leave_at_once, _on_leash

leash, hand = multiprocessing.Pipe(duplex=False)
_on_leash(leash)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
hand.close()
time.sleep(0.5)
signal.signal(signal.SIGTERM, _leave_at_once)
multiprocessing.Semaphore(0).acquire(timeout=30)
print("still here")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")


def test_a_worker_that_is_told_to_leave_twice_still_cleans_up() -> None:
    """A signal to the whole group reaches a worker twice: straight, and by the end of its leash."""
    script = """
import os, signal, sys
from storydata.kit.building.engines import _work

def task(item):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        return "not told"
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        print("cleaned up", flush=True)

_work(task, 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (143, "cleaned up\n", "")


def test_the_number_of_workers_chooses_the_engine() -> None:
    """One works here, more in a pool, none is refused."""
    assert engine(1) == InProcess()
    assert engine(3) == Pool(3)
    with pytest.raises(InputError, match="at least 1 worker, found -1"):
        engine(-1)


_inverse = (1).__truediv__
