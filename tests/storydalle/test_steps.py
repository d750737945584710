"""Do steps of fixed shape give what plain ones give, batch after batch?"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from storymodels.storydalle.decoding import Decoding
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.retro import Source
from storymodels.storydalle.steps import Fixed, Plain, Step, Steps
from storymodels.storydalle.switches import PAPER, RELEASED, Switches
from storymodels.storydalle.transformer import Transformer
from tests.storydalle import official

STEPS = 6


def logits(model: StoryDalle, given: Given, steps: Steps, *, copies: int = 1) -> Tensor:
    """Of the first codes, when the recorded pictures are drawn."""
    drawn = official.frames()[: len(given.text)].flatten(0, 1).repeat_interleave(copies, dim=0)
    decoding = Decoding(model, given, copies=copies, steps=steps)
    return torch.stack([decoding.logits, *(decoding.take(drawn[:, k]) for k in range(STEPS))])


@torch.no_grad()
@pytest.mark.parametrize("switches", [PAPER, RELEASED], ids=["paper", "released"])
@pytest.mark.parametrize("prompt", [False, True], ids=["", "prompts"])
@pytest.mark.parametrize("retro", [False, True], ids=["", "retro"])
@pytest.mark.parametrize("copies", [1, 3])
def test_fixed_steps_are_the_plain_ones(
    switches: Switches, prompt: bool, retro: bool, copies: int
) -> None:
    """With everything that can be added; rows that are not there yet are not looked at."""
    model = official.model(prompt=prompt, retro=retro, switches=switches)
    plain, fixed = (
        logits(model, official.stories(), steps, copies=copies) for steps in (Plain, Fixed)
    )
    torch.testing.assert_close(fixed, plain, atol=1e-5, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize(("steps", "is_cudnn_allowed"), [(Plain, False), (Fixed, True)])
def test_attention_whose_keys_grow_is_not_cudnn(
    steps: Steps, is_cudnn_allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would plan for each number of keys; what has one shape may plan, and so may others."""
    model, attend = (
        official.model(retro=True, switches=PAPER),
        functional.scaled_dot_product_attention,
    )
    codes, seen = official.frames().flatten(0, 1)[:, 0], set[bool]()

    def watched(*args: Tensor, **how: object) -> Tensor:
        seen.add(torch.backends.cuda.cudnn_sdp_enabled())
        return attend(*args, **how)  # type: ignore[arg-type]

    decoding = Decoding(model, official.stories(), steps=steps)
    with monkeypatch.context() as patch:
        patch.setattr(functional, "scaled_dot_product_attention", watched)
        decoding.take(codes)
    assert seen == {is_cudnn_allowed}
    assert torch.backends.cuda.cudnn_sdp_enabled()


@torch.no_grad()
def test_a_step_keeps_nothing_of_the_batch_before() -> None:
    """The same tensors serve the next one, to the last bit, whatever was in them."""
    model = official.model(retro=True, switches=PAPER)
    kept: list[Fixed] = []

    def again(transformer: Transformer, source: Source | None, *, n: int, n_before: int) -> Step:
        if not kept:
            kept.append(Fixed(transformer, source, n=n, n_before=n_before))
        kept[0].begin(source)
        return kept[0]

    stories = official.stories()
    other = replace(stories, **{name: getattr(stories, name).flip(0) for name in vars(stories)})
    first, between, last = (logits(model, given, again) for given in (stories, other, stories))
    assert len(kept) == 1
    assert not torch.equal(between, first)
    assert torch.equal(last, first)
    kept[0].held[0].fill_(torch.nan)
    assert torch.equal(logits(model, stories, again), first)
