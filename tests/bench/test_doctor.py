"""The doctor on nine thousand pictures of 256 pixels, as many as PororoSV's test split has."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from storybench.images import encode_png
from storybench.predictions.doctor import examine
from storybench.predictions.store import PredictionSet
from storybench.shards.reader import Stories
from tests.factories import make_shards, picture

pytestmark = pytest.mark.bench

STORIES = int(os.environ.get("STORYBENCH_DOCTOR_STORIES", "2250"))
N_TARGETS = 4
SIDE = 256
SECONDS = 60.0


def test_nine_thousand_pictures_take_less_than_a_minute(tmp_path: Path) -> None:
    """On two cores, every picture decoded, hashed, compared and tried under all hypotheses."""
    shards = make_shards(
        tmp_path / "shards",
        stories={"test": STORIES},
        n_targets=N_TARGETS,
        size=(128, 128),
        stories_per_cluster=60,
        stories_per_shard=250,
    )
    stories = Stories(shards, "test")
    pool = [encode_png(picture((SIDE, SIDE), seed=seed)) for seed in range(64)]
    for i, story_id in enumerate(stories.ids):
        (tmp_path / "preds" / story_id).mkdir(parents=True)
        for k in range(1, N_TARGETS + 1):
            name = tmp_path / "preds" / story_id / f"{k}.png"
            name.write_bytes(pool[(i * N_TARGETS + k) % len(pool)])
    start = time.perf_counter()
    found = examine(
        PredictionSet(tmp_path / "preds"),
        story_ids=stories.ids,
        n_targets=N_TARGETS,
        truth=stories,
        workers=2,
    )
    seconds = time.perf_counter() - start
    n = STORIES * N_TARGETS
    print(f"\ndoctor on {n:,} pictures of {SIDE} px   {seconds:.1f} s (at most {SECONDS:.0f})")
    assert sum(found.containers.values()) == n
    assert seconds <= SECONDS * max(1.0, n / 9000)
