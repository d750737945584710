"""Ctrl-C and SIGTERM let the step that is being made end first, so that it can be saved.

Of several processes all obey the signal that one of them got. A second signal is obeyed at once;
one that is ignored (`nohup … &`) stays ignored.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """A training was stopped, by a signal that this process was told to ignore.

    Whoever cleans up after Ctrl-C cleans up after this too, and nobody takes the run for finished.
    """


class Stop:
    """Whether to stop; `number` is that of the signal, here or in another process."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, Any] = {}

    def __bool__(self) -> bool:
        return self.number is not None

    def watch(self) -> None:
        """Note the signals from here on."""
        heard = [one for one in SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._note) for number in heard}

    def unwatch(self) -> None:
        """Whoever had the signals has them again."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.number = number
        self.unwatch()


@contextmanager
def stopping() -> Iterator[Stop]:
    """In the block signals only note that they came; at its end they are obeyed."""
    stop = Stop()
    is_main = threading.current_thread() is threading.main_thread()
    if is_main:
        stop.watch()
    try:
        yield stop
    finally:
        stop.unwatch()
    if stop.number is not None:
        signal.raise_signal(stop.number)
