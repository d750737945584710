"""copy-source repeats the source."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from storybench.generate import generate
from storybench.shards.reader import Stories
from storybench.types import StoryPrompt
from storymodels.controls import CopySource
from tests.factories import make_shards, picture


@pytest.mark.parametrize("size", [(72, 96), (96, 72), (80, 80)])
def test_every_target_is_the_centre_of_the_source(size: tuple[int, int]) -> None:
    """The short side is kept, the long one cropped in the middle; no pixel is resampled."""
    source = picture(size, seed=1)
    prompt = StoryPrompt("p-0001", source, ("a", "b", "c"))
    frames = CopySource().generate(prompt, seed=9).frames
    side = min(size)
    top, left = (size[0] - side) // 2, (size[1] - side) // 2
    assert frames.shape == (2, side, side, 3)
    for frame in frames:
        np.testing.assert_array_equal(frame, source[top : top + side, left : left + side])


def test_a_small_source_is_enlarged_to_64_pixels() -> None:
    """Nothing below 64 pixels is scored, so nothing below is written."""
    source = np.full((40, 50, 3), (10, 20, 30), np.uint8)
    frames = CopySource().generate(StoryPrompt("p", source, ("a", "b")), seed=0).frames
    assert frames.shape == (1, 64, 64, 3)
    assert (frames == (10, 20, 30)).all()


def test_sides_follow_the_sources(tmp_path: Path) -> None:
    """A dataset of mixed sizes gives predictions of mixed sizes, and no size in the manifest."""
    shards = make_shards(
        tmp_path / "shards",
        stories={"test": 2},
        size=lambda split, number: (64 + 16 * number, 120),
    )
    predictions = generate("copy-source", shards, tmp_path / "preds")
    sides = [predictions.load(story_id).frames.shape[1] for story_id in predictions.story_ids]
    assert sides == [64, 80]
    assert predictions.manifest is not None
    assert predictions.manifest.size is None


def test_it_needs_no_training_stories(tmp_path: Path) -> None:
    """A build with a test split only is enough."""
    shards = make_shards(tmp_path / "shards", stories={"test": 1}, size=(64, 64))
    predictions = generate("copy-source", shards, tmp_path / "preds")
    source = Stories(shards, "test")[0].source.image
    np.testing.assert_array_equal(predictions.image("test-000", 1), source)
