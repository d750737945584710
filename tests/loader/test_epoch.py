"""The epoch that running workers see."""

from __future__ import annotations

import multiprocessing
import pickle
from typing import Any

import pytest

from storybench.loader.epoch import SharedEpoch


def follow(epoch: SharedEpoch, asked: Any, told: Any) -> None:
    """Say what the epoch is, each time one is asked."""
    while asked.recv():
        told.send(epoch.value)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_running_worker_sees_the_next_epoch(method: str) -> None:
    """Also one that was spawned, and so holds a copy of everything else."""
    context: Any = multiprocessing.get_context(method)
    epoch = SharedEpoch(2)
    (asked, ask), (tell, told) = context.Pipe(duplex=False), context.Pipe(duplex=False)
    worker = context.Process(target=follow, args=(epoch, asked, told))
    worker.start()
    seen = []
    for value in (2, 7):
        epoch.value = value
        ask.send(True)
        seen.append(tell.recv())
    ask.send(False)
    worker.join()
    assert seen == [2, 7]


def test_a_pickle_at_rest_is_a_copy() -> None:
    """It keeps its number and shares nothing."""
    epoch = SharedEpoch(5)
    copy = pickle.loads(pickle.dumps(epoch))
    epoch.value = 6
    assert (copy.value, epoch.value) == (5, 6)
