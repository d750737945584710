"""The metrics of a run, step by step: a file of JSON lines, and the same for TensorBoard.

A run that goes on forgets what was logged after its checkpoint, and logs it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from torch.utils.tensorboard.writer import SummaryWriter

from storybench.errors import InputError
from storybench.files import space_guard, write_atomic

METRICS, TENSORBOARD = "metrics.jsonl", "tensorboard"


class Log:
    """The log of a run in its folder, from after step `start` on."""

    def __init__(self, run: Path, *, start: int) -> None:
        path = run / METRICS
        kept = [line for line in _lines(path) if _step(line) in range(1, start + 1)]
        write_atomic(path, "".join(f"{line}\n" for line in kept).encode())
        with space_guard(path):
            self._file = path.open("a", encoding="utf-8")
            self._board = SummaryWriter(str(run / TENSORBOARD), purge_step=start + 1)

    def write(self, entry: Mapping[str, float | int]) -> None:
        """Log one step; `entry` has its number as "step"."""
        with space_guard(Path(self._file.name)):
            self._file.write(f"{json.dumps(entry, sort_keys=True, allow_nan=False)}\n")
            self._file.flush()
            for name, value in entry.items():
                if name != "step":
                    self._board.add_scalar(name, value, int(entry["step"]))

    def __enter__(self) -> Log:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._board.close()


def read_metrics(run: Path) -> list[dict[str, float]]:
    """What was logged of every step, in order.

    Raises:
        InputError: the file is no text.
    """
    return [json.loads(line) for line in _lines(run / METRICS) if _step(line)]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines() if path.is_file() else []
    except UnicodeDecodeError as error:
        raise InputError(
            f"Expected lines of UTF-8 text in {path}, found other bytes at {error.start:,}. Put "
            "back the file as it was, or delete it: only the log of the steps so far is lost."
        ) from error


def _step(line: str) -> int:
    """The step of a line; 0 if it is not whole, as the last of a killed run may be."""
    try:
        return int(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError, OverflowError):
        return 0
