"""How long `storybench quickstart` fine-tunes the model that comes with the package."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from storybench.cli import quickstart
from storymodels.training.log import read_metrics

pytestmark = pytest.mark.bench

SECONDS = 90.0


@pytest.mark.usefixtures("two_cores")
def test_the_packaged_model_is_tuned_in_a_minute_and_a_half(tmp_path: Path) -> None:
    """On the stories and with the options of quickstart, whose own steps are run; it learns."""
    release = quickstart.TUNED
    dataset, raw, shards = quickstart.RELEASES[release], tmp_path / "raw", tmp_path / "shards"
    quickstart._draw(release, raw, stories=quickstart.STORIES, seed=0, workers=2)
    quickstart._build(dataset, raw, shards, workers=2)
    started = time.perf_counter()
    quickstart._tune(dataset, shards, tmp_path / "run", seed=0)
    seconds = time.perf_counter() - started
    losses = [entry["loss"] for entry in read_metrics(tmp_path / "run")]
    print(
        f"\nquickstart's fine-tuning, {len(losses)} steps on two cores: {seconds:.0f} s "
        f"(less than {SECONDS:.0f}), loss {losses[0]:.2f} to {losses[-1]:.2f}"
    )
    assert len(losses) == quickstart.TUNING["steps"]
    assert losses[-1] < losses[0]
    assert seconds < SECONDS
