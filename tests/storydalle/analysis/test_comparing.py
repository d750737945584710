"""Is a model found out that was trained around the replayed cross-attention?"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from storymodels.storydalle.analysis.comparing import Compared, compare
from storymodels.storydalle.checkpoints.replay import replayed
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.switches import RELEASED
from tests.storydalle import official


def trained_around(seed: int) -> StoryDalle:
    """A model whose image head learned some frames while the retro stood at a seed's start."""
    model = StoryDalle(official.size(retro=True), RELEASED)
    official.fill(model)
    assert model.retro is not None
    model.retro.load_state_dict(replayed(model.size, seed=seed))
    model.requires_grad_(False).eval()
    head = model.transformer.image_head.requires_grad_(True)
    optimiser = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(25):
        logits = model(official.stories(n=1, n_frames=2), official.frames(n=1, n_frames=2)).codes
        loss = functional.cross_entropy(
            logits.flatten(0, 1), official.frames(n=1, n_frames=2).flatten()
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model


@pytest.mark.parametrize("seed", [42, 7])
def test_a_model_knows_the_one_it_was_trained_around(seed: int) -> None:
    """With it the loss is lowest; with another seed's start the replay is one among others."""
    model = trained_around(seed)
    story = (official.stories(n=1, n_frames=2), official.frames(n=1, n_frames=2))
    found = compare(model, [story, story], clusters=["a", "b"], replay=replayed(model.size))
    is_lowest = found.replayed < min(*found.fresh, found.removed)
    assert is_lowest == (seed == 42)
    assert (found.n, found.n_clusters, found.gain_error) == (2, 2, None)
    assert found.gain == pytest.approx(sum(found.fresh) / 3 - found.replayed)


def test_stories_of_an_episode_are_one() -> None:
    """The same stories twice in the same episodes tell no more than once."""
    model, told = official.model(retro=False), official.stories(n=2, n_frames=2)
    codes = official.frames(n=2, n_frames=2)
    stories = [(told, codes), (told, codes.roll(1, -1))]
    ones = ["a", "b", "c", "c"]
    once = compare(model, stories, clusters=ones, replay=replayed(model.size))
    twice = compare(model, 2 * stories, clusters=2 * ones, replay=replayed(model.size))
    assert once.gain_error
    assert twice.gain_error == pytest.approx(once.gain_error)
    assert (twice.n, twice.n_clusters) == (8, 3)


def test_a_small_gain_is_not_found() -> None:
    """Four standard errors are asked for, and the lowest loss."""
    sure = Compared(9, 5, 4.0, (4.5, 4.6, 4.4), 4.3, gain=0.5, gain_error=0.1)
    assert sure.is_found
    assert not replace(sure, gain_error=0.2).is_found
    assert not replace(sure, removed=3.9).is_found


def test_no_stories_are_an_error() -> None:
    """Not a NaN."""
    model = official.model(retro=False)
    with pytest.raises(ValueError, match="Expected stories to compare on"):
        compare(model, [], clusters=[], replay={})
