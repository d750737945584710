"""What it costs to run `storybench eval` again on pictures that have not changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bench.evaluations import N_TARGETS, SIDE, run, write

pytestmark = pytest.mark.bench

STORIES = int(os.environ.get("STORYBENCH_REPEAT_STORIES", "2250"))
SECONDS = 10.0


def test_a_repeat_takes_less_than_ten_seconds(tmp_path: Path) -> None:
    """9,000 pictures of 256 pixels, the whole command, on two cores; the same bytes come out."""
    n_bytes = write(tmp_path, STORIES)
    first = run(tmp_path, "first", "--workers", "0").seconds
    again = [run(tmp_path, f"again-{number}").seconds for number in range(3)]
    fresh = run(tmp_path, "fresh", "--fresh", "--workers", "0").seconds
    print(
        f"\neval of {STORIES * N_TARGETS:,} pictures of {SIDE} px ({n_bytes / 2**20:.0f} MiB)   "
        f"first {first:.0f} s, again {min(again):.1f} to {max(again):.1f} s (at most "
        f"{SECONDS:.0f}), --fresh with known features {fresh:.0f} s"
    )
    reports = {
        name: (tmp_path / name / "report.json").read_bytes()
        for name in ("first", "again-0", "fresh")
    }
    assert len(set(reports.values())) == 1
    assert max(again) < SECONDS
