"""Who does the work: this process, a pool of processes, or Ray. One interface, the same results.

Workers of the pool hang on a leash, a pipe whose other end only the building process holds. When
that end is closed, or the building process dies however it may, they stop what they are doing,
clean up and leave; so there is never a worker without its build.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from types import FrameType
from typing import NoReturn, Protocol, TypeVar

from storybench.errors import InputError, MissingError
from storydata.kit.building.cluster import Cluster

ENGINES = ("pool", "ray")
_INSISTENCE = 0.1  # seconds

Item = TypeVar("Item")
Result = TypeVar("Result")

Results = Generator[Result, None, None]
"""Results as they are ready; closing it ends the run."""


class Engine(Protocol):
    """Runs a task on items; results come as they are ready, in any order.

    An exception of the task, or an interruption, ends the run: what is being worked on is stopped
    and cleaned up, what is done stays done, and the exception propagates.
    """

    def run(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Results[Result]:
        """Results of `task` for each item; task and items must pickle."""
        ...


def engine(workers: int, name: str = "pool") -> Engine:
    """This process for one worker, a pool for more; "ray" is a Ray cluster for any number.

    Raises:
        InputError: fewer than one worker, or an engine of another name.
    """
    if workers < 1:
        raise InputError(f"Expected at least 1 worker, found {workers}.")
    if name not in ENGINES:
        raise InputError(f"Expected an engine of {' or '.join(ENGINES)}, found {name!r}.")
    if name == "ray":
        return Cluster(workers)
    return InProcess() if workers == 1 else Pool(workers)


@dataclass(frozen=True)
class InProcess:
    """One item after the other, here."""

    def run(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Results[Result]:
        """Results in the order of the items."""
        yield from map(task, items)


@dataclass(frozen=True)
class Pool:
    """Several processes of this machine, each started afresh."""

    workers: int

    def run(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Results[Result]:
        """Results in the order in which they are ready.

        Raises:
            MissingError: a worker was killed from outside, most likely for want of memory.
        """
        if not items:
            return
        context = multiprocessing.get_context("spawn")
        leash, hand = context.Pipe(duplex=False)
        executor = ProcessPoolExecutor(
            min(self.workers, len(items)),
            mp_context=context,
            initializer=_on_leash,
            initargs=(leash,),
        )
        try:
            with _interrupts_held():
                futures = [executor.submit(partial(_work, task), item) for item in items]
            yield from _results(futures)
            executor.shutdown()  # all is done: workers leave in their own time
        finally:
            hand.close()  # otherwise: they stop at once
            executor.shutdown(cancel_futures=True)
            leash.close()


def _results(futures: Sequence[Future[Result]]) -> Iterator[Result]:
    try:
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool as error:
        raise MissingError(
            "Expected every worker to live to the end, found one killed: by the system for want of "
            "memory, or by a crash of a decoder. What was finished is kept: run the same command "
            "again with fewer workers."
        ) from error


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while workers start: they begin life deaf to it, we hear it afterwards."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _on_leash(leash: Connection) -> None:
    """What a worker does first: leave Ctrl-C to the building process, and watch the leash."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave_at_once)
    threading.Thread(target=_watch, args=(leash,), daemon=True).start()


def _watch(leash: Connection) -> None:
    """Tell the worker to leave until it is gone: a signal just before a wait does not end it."""
    try:
        leash.recv_bytes()
    except (EOFError, OSError):
        while True:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(_INSISTENCE)


def _leave_at_once(number: int, _: FrameType | None) -> NoReturn:
    """Nothing is in hand, while a worker starts or waits, so there is nothing to clean up."""
    os._exit(128 + number)


def _leave(number: int, _: FrameType | None) -> NoReturn:
    """Clean up undisturbed: the leash, and the pool that ends, send the same signal once more."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def _work(task: Callable[[Item], Result], item: Item) -> Result:
    """Do one item; once told to leave, clean up and take no further one."""
    try:
        signal.signal(signal.SIGTERM, _leave)
        try:
            return task(item)
        finally:
            signal.signal(signal.SIGTERM, _leave_at_once)
    except SystemExit:
        os._exit(128 + signal.SIGTERM)
