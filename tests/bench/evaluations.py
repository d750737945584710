"""A split of painted stories, a picture for each slot, and `storybench eval` of them, measured."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from storybench.images import encode_png
from storybench.shards.reader import Stories
from tests.factories import make_shards

N_TARGETS = 4
SIDE = 256
PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(done.returncode)
"""


@dataclass(frozen=True)
class Run:
    """Seconds of a whole command, and the peak in MB of its largest process."""

    seconds: float
    peak: float


def write(folder: Path, n_stories: int) -> int:
    """Shards and a set of predictions, all different; returns the bytes of the pictures."""
    make_shards(
        folder / "shards",
        stories={"test": n_stories},
        n_targets=N_TARGETS,
        size=(128, 128),
        stories_per_cluster=60,
        stories_per_shard=250,
    )
    generator = np.random.default_rng(0)
    n_bytes = 0
    for index, story_id in enumerate(Stories(folder / "shards", "test").ids):
        (folder / "preds" / story_id).mkdir(parents=True)
        for k in range(1, N_TARGETS + 1):
            data = encode_png(_picture(generator, index))
            (folder / "preds" / story_id / f"{k}.png").write_bytes(data)
            n_bytes += len(data)
    return n_bytes


def run(folder: Path, out: str, *options: str) -> Run:
    """`storybench eval` into a folder of that name, through the twin; exit code 0 is asked for."""
    shutil.rmtree(folder / out, ignore_errors=True)
    command = [sys.executable, "-m", "storybench", "eval", "--extractor", "twin", "--force"]
    places = ["--preds", folder / "preds", "--data", folder / "shards", "--out", folder / out]
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *command, *map(str, places), *options],
        capture_output=True,
        text=True,
        env={**os.environ, "STORYBENCH_HOME": str(folder / "home")},
    )
    assert done.returncode == 0, done.stderr
    kilobytes = int(done.stderr.splitlines()[-1])
    return Run(
        time.perf_counter() - start, kilobytes / (1024 if sys.platform != "darwin" else 1024**2)
    )


def _picture(generator: np.random.Generator, index: int) -> np.ndarray:
    coarse = generator.integers(0, 256, (32, 32, 3), np.uint8)
    image = np.repeat(np.repeat(coarse, SIDE // 32, 0), SIDE // 32, 1)
    grain = generator.integers(0, 8, (SIDE, SIDE, 1), np.uint8)
    return image // 2 + grain + np.uint8(index % 64)
