"""The number of the epoch, seen by worker processes that are already running.

A DataLoader with `persistent_workers=True` copies its dataset once; an attribute set later stays
behind in the parent, and every epoch would show the frames of the first. This number lies in memory
that parent and workers share, whether they were forked or spawned.
"""

from __future__ import annotations

from multiprocessing.context import get_spawning_popen
from multiprocessing.sharedctypes import RawValue
from typing import Any


class SharedEpoch:
    """One integer; a pickle that is not on its way to a new worker holds a copy of it."""

    def __init__(self, value: int = 0) -> None:
        self._cell: Any = RawValue("q", value)

    def __reduce__(self) -> tuple[Any, ...]:
        if get_spawning_popen() is None:
            return (SharedEpoch, (self.value,))
        return (_sharing, (self._cell,))

    @property
    def value(self) -> int:
        """The epoch, from 0."""
        return self._cell.value

    @value.setter
    def value(self, value: int) -> None:
        self._cell.value = value


def _sharing(cell: Any) -> SharedEpoch:
    shared = object.__new__(SharedEpoch)
    shared._cell = cell
    return shared
