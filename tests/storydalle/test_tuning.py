"""Does one step move what is listed, and leave all else as it was, bit for bit?"""

from __future__ import annotations

import copy

import pytest
import torch

from storymodels.storydalle.model import StoryDalle, losses
from storymodels.storydalle.switches import PAPER, RELEASED, Switches
from storymodels.storydalle.tuning import Tuning, moved
from storymodels.training.task import freeze_others
from tests.storydalle import official


def after_a_step(switches: Switches, tuning: Tuning, *, has_text_head: bool) -> tuple[set, set]:
    """Names of the parameters that were listed, and of those that moved."""
    model: StoryDalle = copy.deepcopy(official.model(prompt=True, retro=True, switches=switches))
    before = copy.deepcopy(model.state_dict())
    names = moved(model, tuning, has_text_head=has_text_head)
    freeze_others(model, names)
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)
    stories, frames = official.stories(), official.frames()
    of_codes, of_text = losses(
        model(stories, frames), stories.text.flatten(0, 1), frames.flatten(0, 1)
    )
    (of_codes + of_text).backward()
    optimiser.step()
    state = model.state_dict()
    return set(names), {name for name in state if not torch.equal(state[name], before[name])}


@pytest.mark.parametrize("has_text_head", [False, True], ids=["", "text head"])
def test_prompt_tuning_moves_embeddings_and_what_was_added(has_text_head: bool) -> None:
    """No block, no head of pictures, no VQGAN; the text head only if asked for."""
    names, found = after_a_step(PAPER, "prompt", has_text_head=has_text_head)
    assert found == names
    assert ("transformer.text_head.weight" in found) == has_text_head
    assert {name.split(".")[0] for name in found} == {
        "transformer", "story_encoder", "prompt", "retro",
    }  # fmt: skip
    kinds = {name.split(".")[1] for name in found if name.startswith("transformer.")}
    assert kinds - {"text_head"} == {
        "text_tokens", "text_positions", "image_tokens", "image_positions",
    }  # fmt: skip


def test_full_tuning_moves_all_but_the_vqgan() -> None:
    """Every parameter of every other part."""
    names, found = after_a_step(PAPER, "full", has_text_head=False)
    assert found == names
    model = official.model(prompt=True, retro=True, switches=PAPER)
    assert found == {name for name in model.state_dict() if not name.startswith("vqgan.")}


def test_the_public_code_leaves_the_retro_cross_attention_as_it_began() -> None:
    """It moves nowhere, whatever the tuning."""
    for tuning in ("full", "prompt"):
        names, found = after_a_step(RELEASED, tuning, has_text_head=True)
        assert found == names
        assert not any(name.startswith("retro.") for name in found)
