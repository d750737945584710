"""The task of `tiny` as a command, whose first process finds the disk full when it writes of a run.

Run as a module under torchrun.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest
import safetensors.torch
import torch
import typer
from safetensors import SafetensorError
from torch.utils.tensorboard.writer import SummaryWriter

from storybench.cli import guard
from storybench.files import space_guard
from storymodels.training.machine import Machine, Sharing
from tests.training.tiny import Tiny, run


def full(*args: Any) -> NoReturn:
    """What the system says of a write."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def full_of_weights(*args: Any) -> NoReturn:
    """What safetensors makes of that."""
    raise SafetensorError("I/O error: No space left on device (os error 28)")


def draw(task: Tiny, path: Path) -> None:
    """Has no room for a sheet."""
    with space_guard(path):
        full()


FULL = {
    "checkpoint": (safetensors.torch, "save_file", full_of_weights),
    "sheet": (Tiny, "draw", draw),
    "log": (SummaryWriter, "add_scalar", full),
}
"""What the first process has no room for, and by what it would be written."""


def train(out: Path, sharing: Sharing, written: str) -> None:
    """Train until the first process writes a checkpoint, a sheet or a log."""
    if os.environ["RANK"] == "0":
        pytest.MonkeyPatch().setattr(*FULL[written])
    run(out, Tiny(), Machine(sharing=sharing, device="cpu"), batch=2, sample_every=2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("sharing")
    parser.add_argument("written", choices=FULL)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    guard.install()
    try:
        guard.guarded(train)(asked.out, asked.sharing, asked.written)
    except typer.Exit as exited:
        sys.exit(exited.exit_code)
