"""The engine that works on a Ray cluster: the same plan, the same bytes, other machines.

A cluster that runs is used (`RAY_ADDRESS`, or the one this program is connected to already);
otherwise Ray is started here with as many processors as there are workers. Every machine must see
the raw folder and the folder of the shards under the same paths. A worker that is killed, or whose
machine goes, loses the shard it was making and nothing else: Ray gives it to another.

Source: the Ray Core API (`ray.remote`, `ray.wait`, `max_retries`).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from types import ModuleType
from typing import Any, TypeVar

from storybench.errors import MissingError

Item = TypeVar("Item")
Result = TypeVar("Result")

RETRIES = 5
"""How often a shard is given to another worker after its own was killed."""

FOLDER_PREFIX = "storybench-ray-"
SOCKET_ROOM = 24
"""Longest temporary folder, in characters: Ray puts sockets 75 characters below, of 107 at most."""

STORE_BYTES = 100_000_000
"""Ray's store of objects on this machine; jobs and results are small."""


@dataclass(frozen=True)
class Cluster:
    """Processes that Ray places; `workers` of them at a time."""

    workers: int

    def run(
        self, task: Callable[[Item], Result], items: Sequence[Item]
    ) -> Generator[Result, None, None]:
        """Results in the order in which they are ready.

        Raises:
            MissingError: Ray is not installed or has no cluster, or a worker was killed again and
                again.
        """
        if not items:
            return
        ray = _ray()
        with _connected(ray, self.workers):
            yield from _results(ray, task, items, at_once=self.workers)


def _results(
    ray: ModuleType, task: Callable[[Item], Result], items: Sequence[Item], *, at_once: int
) -> Iterator[Result]:
    remote = ray.remote(num_cpus=1, max_retries=RETRIES)(_call)
    todo = iter(items)
    pending = [remote.remote(task, item) for item in islice(todo, at_once)]
    try:
        while pending:
            (ready,), pending = ray.wait(pending, num_returns=1)
            result = _got(ray, ready)
            pending += [remote.remote(task, item) for item in islice(todo, 1)]
            yield result
    finally:
        for reference in pending:
            ray.cancel(reference)  # interrupts the task as Ctrl-C would: it cleans up


def _call(task: Callable[[Item], Result], item: Item) -> Result:
    return task(item)


def _got(ray: ModuleType, reference: Any) -> Any:
    """The result, or the exception of the task as it was raised."""
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError) as error:
        raise MissingError(
            f"Expected a worker to live to the end, found it killed {RETRIES + 1} times over: for "
            "want of memory, or by a crash of a decoder. What was finished is kept: run the same "
            "command again with fewer workers."
        ) from error


@contextmanager
def _connected(ray: ModuleType, workers: int) -> Iterator[None]:
    """Ray as it runs already, the cluster of `RAY_ADDRESS`, or one of our own for the while."""
    if ray.is_initialized():
        yield
        return
    with tempfile.TemporaryDirectory(
        prefix=FOLDER_PREFIX, dir=_short_folder(), ignore_cleanup_errors=True
    ) as folder:
        try:
            _start(ray, workers, folder)
            yield
        finally:
            ray.shutdown()


def _start(ray: ModuleType, workers: int, folder: str) -> None:
    if address := os.environ.get("RAY_ADDRESS"):
        try:
            ray.init(address=address, log_to_driver=False)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise MissingError(
                f"Expected a Ray cluster at RAY_ADDRESS={address}, found none ({error}). Start it "
                "with `ray start --head`, or unset RAY_ADDRESS to run Ray on this machine alone."
            ) from error
        return
    ray.init(
        num_cpus=workers,
        include_dashboard=False,
        log_to_driver=False,
        configure_logging=False,
        object_store_memory=STORE_BYTES,
        _temp_dir=folder,
    )


def _short_folder() -> str:
    """The temporary folder, or /tmp where its name is too long for the sockets below it."""
    folder = tempfile.gettempdir()
    return folder if len(folder) <= SOCKET_ROOM else "/tmp"


def _ray() -> ModuleType:
    try:
        import ray
        import ray.exceptions
    except ModuleNotFoundError as error:
        raise MissingError(
            "Expected the package 'ray', which --engine ray needs; it is not installed. Install it "
            "with: pip install 'storybench[ray]'"
        ) from error
    return ray
