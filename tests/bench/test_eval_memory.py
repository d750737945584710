"""Whether the memory of `storybench eval` grows with the stories."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bench.evaluations import N_TARGETS, run, write

pytestmark = pytest.mark.bench

FEW = int(os.environ.get("STORYBENCH_MEMORY_STORIES", "200"))
TIMES = 10
WORST_GROWTH = 1.2


def test_memory_does_not_grow_with_the_stories(tmp_path: Path) -> None:
    """Ten times the stories need less than 1.2 times as much: doctor, scores and report."""
    peaks = {}
    for n_stories in (FEW, TIMES * FEW):
        folder = tmp_path / str(n_stories)
        write(folder, n_stories)
        peaks[n_stories] = run(folder, "out").peak
    few, many = peaks.values()
    n_few, n_many = (n * N_TARGETS for n in peaks)
    more = (many - few) * 2**10 / (n_many - n_few)
    print(
        f"\neval of {n_many:,} pictures against {n_few:,}   {many:.0f} MB against {few:.0f}: "
        f"{many / few:.2f} times (less than {WORST_GROWTH}), {more:.1f} kB a picture"
    )
    assert many < WORST_GROWTH * few
