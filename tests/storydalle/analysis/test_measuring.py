"""Is a model that needs its source told from one that does not?"""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from storymodels.storydalle.analysis.attending import answer
from storymodels.storydalle.analysis.measuring import Subject, measured
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.switches import RELEASED
from tests.storydalle import looked

N_STORIES = 10


@pytest.fixture(scope="module")
def trained() -> StoryDalle:
    """It has learned that targets are their source again, on stories that are never measured."""
    torch.manual_seed(0)
    model = StoryDalle(looked.SIZE)
    parameters = [p for name, p in model.named_parameters() if not name.startswith("vqgan.")]
    optimiser = torch.optim.Adam(parameters, lr=3e-3)
    for step in range(250):
        batch = looked.stories(8, seed=1000 + step, copied=True)
        logits = model(batch.given, batch.codes).codes
        loss = functional.cross_entropy(logits.flatten(0, 1), batch.codes.flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.eval().requires_grad_(False)


def subject(model: StoryDalle, *, copied: bool = True, at_once: int = 4) -> Subject:
    """Ten new stories."""
    return looked.subject(model, looked.stories(N_STORIES, copied=copied), at_once=at_once)


def test_a_model_that_copies_its_source_is_found_out(trained: StoryDalle) -> None:
    """Another's source costs it nats, by far more than chance would; all of it stands in JSON."""
    one = subject(trained)
    found = answer(measured(one), one.stories.clusters)
    assert found["uses_source"] is True
    assert found["verdict"].startswith("The source is used")
    assert found["losses"]["own"] < 0.5 * math.log(looked.VOCABULARY)
    assert found["swaps"]["other"]["low"] > 1
    assert found["swaps"]["none"]["low"] > 1
    assert found["swaps"]["other"]["codes_changed"] > 0.5
    assert found["drawn"]["n"] == 4
    assert found["drawn"]["other"] > 0.5
    assert found["drawn"]["after_text"] > 0.5
    assert (found["n_stories"], found["n_clusters"]) == (10, 5)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_it_looks_at_the_place_that_it_copies(trained: StoryDalle) -> None:
    """In one of its layers, as the mean maps show: each code's row at that code of the source."""
    found = measured(subject(trained))
    best = max(np.diag(layer[found.n_text :]).mean() for layer in found.maps)
    assert best > 3 / looked.N_CODES


def test_one_that_lets_nothing_through_is_not() -> None:
    """An untrained model with an output of zero: not one loss and not one code changes."""
    torch.manual_seed(1)
    one = subject(looked.blinded(StoryDalle(looked.SIZE).eval().requires_grad_(False)))
    found = answer(measured(one), one.stories.clusters)
    assert found["uses_source"] is False
    assert found["verdict"].startswith("The source is not used: another story's changes no loss")
    assert found["swaps"]["other"]["mean"] == found["swaps"]["none"]["mean"] == 0
    assert found["swaps"]["other"]["codes_changed"] == 0
    assert found["drawn"] == {"n": 4, "other": 0, "first": 0, "after_text": 0}


def test_random_looks_are_no_use() -> None:
    """Random weights change every loss, but neither way."""
    one = subject(looked.model(), copied=False)
    found = answer(measured(one), one.stories.clusters)
    other = found["swaps"]["other"]
    assert other["low"] < 0 < other["high"]
    assert found["uses_source"] is False
    assert found["verdict"].startswith("No use of the source is seen")


def test_as_released_drawing_sees_nothing_step_by_step() -> None:
    """Losses of real frames do change; what is swapped while codes are drawn changes exactly 0."""
    one = subject(looked.model(switches=RELEASED))
    assert one.at_once == 1
    found = answer(measured(one), one.stories.clusters)
    assert found["swaps"]["other"]["codes_changed"] > 0
    assert found["drawn"]["first"] == found["drawn"]["after_text"] == 0
    assert "none if it is swapped when the text has been read" in found["verdict"]
    assert all(layer["text"] is None for layer in found["layers"])


def test_the_batch_makes_no_difference() -> None:
    """Stories are read alone or together."""
    alone, together = (measured(subject(looked.model(), at_once=n)) for n in (1, 5))
    for name, of in alone.nats.items():
        np.testing.assert_allclose(of, together.nats[name], atol=1e-5)
    np.testing.assert_allclose(alone.maps, together.maps, atol=1e-5)
    np.testing.assert_allclose(alone.entropy["text"], together.entropy["text"], atol=1e-5)


def test_padding_is_not_counted() -> None:
    """Rows of the text beyond the caption have no map, and no part in the entropy."""
    found = measured(subject(looked.model()))
    assert np.isnan(found.maps[:, 3 : found.n_text]).all()
    there = np.delete(found.maps, range(3, found.n_text), axis=1)
    np.testing.assert_allclose(there.sum(-1), 1)


def test_each_story_is_shown_its_partners_source() -> None:
    """Not its own, nor that of its episode."""
    one = subject(looked.model(), copied=False)
    given, _ = one.read(range(N_STORIES))
    other = one.swapped(range(N_STORIES), given)["other"].source_codes
    for row, partner in enumerate(one.partners):
        assert partner // 2 != row // 2
        assert torch.equal(other[row], given.source_codes[partner])
