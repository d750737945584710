"""A build with clips of several frames, and predictions for it: what tests of rules need."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from storybench.evaluate import Subject, prepare
from storybench.predictions.manifest import Run
from storybench.predictions.store import PredictionWriter
from storybench.shards.reader import Stories
from storybench.types import Prediction
from tests.factories import picture
from tests.loader.cartoon import Cartoon

EPISODES = {"train": {"ep1": 6}, "test": {"ep3": 9, "ep4": 9, "ep5": 9, "ep6": 8}}
"""19 test stories of four episodes, windows of five clips that share four."""


def write_build(folder: Path) -> Path:
    """Shards of 64 pixels with clips of two to five frames."""
    return Cartoon(side=64, episodes=EPISODES).write(folder)


def write_predictions(folder: Path, shards: Path, *, side: int = 64) -> Path:
    """A picture of its own for every target."""
    stories = Stories(shards, "test")
    run = Run(
        dataset=stories.spec.name,
        split="test",
        data_digest=stories.digest,
        n_targets=stories.spec.n_targets,
        model={"name": "painter", "version": 1},
        seed=0,
    )
    writer = PredictionWriter(folder, run)
    for index, story_id in enumerate(stories.ids):
        frames = [picture((side, side), seed=100 * index + k) for k in range(1, 5)]
        writer.add(Prediction(story_id, np.stack(frames)))
    writer.finish()
    return folder


def make_subject(folder: Path) -> Subject:
    """Both, opened; what the doctor thinks of painted noise is no matter here."""
    shards = write_build(folder / "shards")
    return prepare(write_predictions(folder / "preds", shards), shards, force=True)
