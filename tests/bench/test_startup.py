"""How fast the command line answers, best of several runs in one go."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.bench

RUNS = 9
STORYBENCH = Path(sys.executable).with_name("storybench")


def seconds(*command: str | Path) -> float:
    """Median wall time of a command, after one warm-up."""
    times = []
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        subprocess.run(list(map(str, command)), capture_output=True, check=True)
        times.append(time.perf_counter() - started)
    return sorted(times[1:])[RUNS // 2]


def test_help_answers_at_once() -> None:
    """`storybench --help` in at most 0.35 s."""
    took = seconds(STORYBENCH, "--help")
    print(f"\nstorybench --help            {took:.3f} s   (at most 0.35)")
    assert took <= 0.35


def test_import_is_instant() -> None:
    """`import storybench` in at most 0.15 s, interpreter start included."""
    took = seconds(sys.executable, "-c", "import storybench")
    print(f"\nimport storybench            {took:.3f} s   (at most 0.15)")
    assert took <= 0.15
