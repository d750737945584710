"""What ten times the data cost: time and disk of a DiDeMo build grow with its stories alone.

Two twins, one ten times the other, are built by two workers; the slope is that of their difference,
so that what a build costs before its first story falls out. It is carried over to the real set and
to ten times of it, on paper.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from storybench import registry
from storybench.shards.manifest import read_manifest

pytestmark = pytest.mark.bench

FEW, MANY = 60, 600
ROUNDS = 3
WORKERS = 2
VIDEOS = 10_464
"""How many videos DiDeMo has."""

BUILD = """
import resource, sys
from pathlib import Path
from storydata.didemosv import DATASET
raw, out, workers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
DATASET.build(raw, out, workers=workers, options={})
for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
    print(resource.getrusage(who).ru_maxrss)
"""


@dataclass(frozen=True)
class Cost:
    """What one build took."""

    n_stories: int
    n_videos: int
    seconds: float
    megabytes: float
    peak: float


def test_ten_times_the_stories_cost_ten_times_as_much(tmp_path: Path) -> None:
    """Time and disk a story stay within a fifth, memory within a fifth, at ten times the size."""
    few, many = (cost(tmp_path / str(stories), stories) for stories in (FEW, MANY))
    n_stories = many.n_stories - few.n_stories
    seconds = (many.seconds - few.seconds) / n_stories
    megabytes = (many.megabytes - few.megabytes) / n_stories
    per_video = n_stories / (many.n_videos - few.n_videos)
    print(f"\n{few.n_stories} and {many.n_stories} stories by {WORKERS} workers:")
    print(
        f"  {1000 * seconds:.1f} ms and {megabytes:.3f} MB a story, {per_video:.2f} stories a video"
    )
    print(f"  memory {many.peak / few.peak:.2f} times, {many.peak:.0f} MB at most")
    for times in (1, 10):
        total = times * VIDEOS * per_video
        hours, gigabytes = total * seconds / 3600, total * megabytes / 1000
        print(
            f"  {times} x DiDeMo on paper: {total:,.0f} stories, {hours:.1f} h, {gigabytes:.0f} GB"
        )
    bend = (many.seconds / many.n_stories) / seconds
    print(f"  time a story at the larger size against the slope: {bend:.2f} (0.8 to 1.2)")
    assert 0.8 < bend < 1.2
    assert 0.8 < (many.megabytes / many.n_stories) / (few.megabytes / few.n_stories) < 1.2
    assert many.peak / few.peak < 1.2


def cost(folder: Path, stories: int) -> Cost:
    """Build the twin of that many stories, a few times; the fastest counts."""
    write_release: registry.Twin = registry.load("twins", "didemo")
    files = write_release(folder / "raw", stories=stories, seed=1, workers=WORKERS)
    out = folder / "out"
    times, peaks = [], []
    for _ in range(ROUNDS):
        shutil.rmtree(out, ignore_errors=True)
        arguments = [str(folder / "raw"), str(out), str(WORKERS)]
        command = ["sh", "-c", '"$@"; exit "$?"', "sh", sys.executable, "-c", BUILD, *arguments]
        started = time.perf_counter()
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        times.append(time.perf_counter() - started)
        peaks.append(max(int(line) for line in done.stdout.split()) / 1024)
    manifest = read_manifest(out)
    return Cost(
        n_stories=sum(manifest.splits.values()),
        n_videos=files["videos"],
        seconds=min(times),
        megabytes=sum(entry.size for entry in (*manifest.shards, *manifest.files)) / 1e6,
        peak=min(peaks),
    )
