"""What it costs to run `storybench eval` again on pictures that have not changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from storybench.images import encode_png
from storybench.shards.reader import Stories
from tests.factories import make_shards

pytestmark = pytest.mark.bench

STORIES = int(os.environ.get("STORYBENCH_REPEAT_STORIES", "2250"))
N_TARGETS = 4
SIDE = 256
SECONDS = 10.0


def test_a_repeat_takes_less_than_ten_seconds(tmp_path: Path) -> None:
    """9,000 pictures of 256 pixels, the whole command, on two cores; the same bytes come out."""
    shards = make_shards(
        tmp_path / "shards",
        stories={"test": STORIES},
        n_targets=N_TARGETS,
        size=(128, 128),
        stories_per_cluster=60,
        stories_per_shard=250,
    )
    n_bytes = _draw(tmp_path / "preds", Stories(shards, "test"))
    first = _evaluate(tmp_path, "first")
    again = [_evaluate(tmp_path, f"again-{number}") for number in range(3)]
    fresh = _evaluate(tmp_path, "fresh", "--fresh")
    print(
        f"\neval of {STORIES * N_TARGETS:,} pictures of {SIDE} px ({n_bytes / 2**20:.0f} MiB)   "
        f"first {first:.0f} s, again {min(again):.1f} to {max(again):.1f} s (at most "
        f"{SECONDS:.0f}), --fresh with known features {fresh:.0f} s"
    )
    reports = {name: (tmp_path / name / "report.json").read_bytes() for name in ("first", "fresh")}
    assert (tmp_path / "again-0" / "report.json").read_bytes() == reports["first"]
    assert reports["fresh"] == reports["first"]
    assert max(again) < SECONDS


def _draw(folder: Path, stories: Stories) -> int:
    """A picture for every slot, all different; returns their bytes."""
    generator = np.random.default_rng(0)
    n_bytes = 0
    for index, story_id in enumerate(stories.ids):
        (folder / story_id).mkdir(parents=True)
        for k in range(1, N_TARGETS + 1):
            coarse = generator.integers(0, 256, (32, 32, 3), np.uint8)
            image = np.repeat(np.repeat(coarse, SIDE // 32, 0), SIDE // 32, 1)
            grain = generator.integers(0, 8, (SIDE, SIDE, 1), np.uint8)
            data = encode_png(image // 2 + grain + np.uint8(index % 64))
            (folder / story_id / f"{k}.png").write_bytes(data)
            n_bytes += len(data)
    return n_bytes


def _evaluate(folder: Path, out: str, *options: str) -> float:
    """Seconds of the whole command; exit code 0 is asked for."""
    shutil.rmtree(folder / out, ignore_errors=True)
    command = [sys.executable, "-m", "storybench", "eval", "--extractor", "twin", "--force"]
    places = ["--preds", folder / "preds", "--data", folder / "shards", "--out", folder / out]
    environment = {**os.environ, "STORYBENCH_HOME": str(folder / "home")}
    start = time.perf_counter()
    done = subprocess.run(
        [*command, *map(str, places), "--workers", "0", *options],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return time.perf_counter() - start
