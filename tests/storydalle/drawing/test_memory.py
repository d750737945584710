"""Is the memory that drawing takes known without drawing?"""

from __future__ import annotations

from functools import cache

import pytest
import torch

from storymodels.storydalle.drawing.memory import drawing_bytes
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.sizes import MINDALLE
from storymodels.storydalle.steps import Fixed, Plain, Steps

GB = 1e9


@pytest.fixture(scope="module")
def published() -> StoryDalle:
    """The 1.3 B model in bfloat16 but for its VQGAN, without data."""
    with torch.device("meta"):
        model = StoryDalle(MINDALLE).eval()
        for name, part in model.named_children():
            part.to(torch.float32 if name == "vqgan" else torch.bfloat16)
    return model


@cache
def needed(model: StoryDalle, n_stories: int, n_candidates: int = 1, steps: Steps = Plain) -> float:
    """Gigabytes."""
    found = drawing_bytes(
        model, n_stories=n_stories, n_candidates=n_candidates, n_decoded=4, steps=steps
    )
    return found / GB


def test_one_story_of_the_published_size_takes_less_than_eight_gigabytes(
    published: StoryDalle,
) -> None:
    """The official README says 40, or 20 in mixed precision."""
    weights = sum(p.numel() * p.element_size() for p in published.parameters()) / GB
    assert weights < needed(published, 1) < 8


@pytest.mark.slow
def test_steps_of_fixed_shape_have_a_source_of_their_own(published: StoryDalle) -> None:
    """14 layers x 2 x 256 places x 1536 numbers of two bytes a story, and nothing else."""
    of_story = 14 * 2 * 256 * 1536 * 2 / GB
    more = needed(published, 16, steps=Fixed) - needed(published, 16)
    assert more == pytest.approx(16 * of_story, rel=0.1)


@pytest.mark.slow
def test_caches_are_counted(published: StoryDalle) -> None:
    """A frame has 42 layers x 2 x 320 rows x 1536 numbers of two bytes, fewer for candidates."""
    of_frame = 42 * 2 * 320 * 1536 * 2 / GB
    assert needed(published, 64) - needed(published, 1) == pytest.approx(252 * of_frame, rel=0.2)
    assert 0.9 * needed(published, 64) < needed(published, 16, 4) < needed(published, 64)
