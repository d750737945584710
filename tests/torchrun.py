"""Run a module in several processes, as torchrun starts them, and leave none of them behind.

torchrun gives each a session of its own, so killing torchrun, or its process group, leaves them at
work for ever. Asked to end, it ends them: at once, or after half a minute those that don't listen.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60


@contextmanager
def started(module: str, *args: str | Path, n: int = 2) -> Iterator[subprocess.Popen[str]]:
    """The torchrun of n processes; however the block ends, all of them are gone after it."""
    launcher = ("torch.distributed.run", "--standalone", "--nproc-per-node", str(n), "-m", module)
    process = subprocess.Popen(
        [sys.executable, "-m", *launcher, *map(str, args)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=PATIENCE)


def torchrun(
    module: str, *args: str | Path, n: int = 2, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """How n processes ended, with gloo on the processor, and what they said.

    Raises:
        subprocess.TimeoutExpired: they have not ended in time, as if each waits for the other.
    """
    with started(module, *args, n=n) as process:
        out, errors = process.communicate(timeout=timeout)
    return subprocess.CompletedProcess(process.args, process.returncode, out, errors)
