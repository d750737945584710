"""Random access by offset against streaming the same tars in order."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest
import webdataset as wds

from storybench.shards.reader import Stories
from tests.factories import make_shards

pytestmark = pytest.mark.bench

ROUNDS = 40


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("height", [128, 240])
def test_random_access_is_as_fast_as_streaming(tmp_path: Path, height: int) -> None:
    """`Stories[i]` in random order is at least as fast as a stock `webdataset` pass in order."""
    size = (height, height * 4 // 3)
    directory = make_shards(tmp_path, stories={"train": 30}, size=size, stories_per_shard=15)
    stories = Stories(directory)
    order = random.Random(0).sample(range(len(stories)), len(stories))
    urls = [str(path) for path in sorted(directory.glob("*.tar"))]

    def at_random() -> int:
        return sum(len(stories[index].frames) for index in order)

    def streamed() -> int:
        samples = wds.WebDataset(urls, shardshuffle=False).decode("rgb8")  # pyright: ignore[reportAttributeAccessIssue]
        return sum(sum(name.endswith("png") for name in sample) for sample in samples)

    rounds = [(cpu_seconds(at_random), cpu_seconds(streamed)) for _ in range(ROUNDS)]
    ratio = median(theirs / ours for ours, theirs in rounds)
    print(
        f"\nStories[i] at random, {size[1]}x{size[0]}   {ratio:.2f} times webdataset in order "
        f"(at least 1.00; {len(stories) / min(rounds)[0]:,.0f} stories/s)"
    )
    assert ratio >= 1.0


def cpu_seconds(run: Callable[[], int]) -> float:
    """CPU seconds of one pass over the 90 frames, which must all be read.

    The files are in the page cache, so nothing is waited for, and CPU time is what a pass costs
    whatever else the machine is doing.
    """
    start = time.process_time()
    assert run() == 90
    return time.process_time() - start
