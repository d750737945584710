"""Do codes that are drawn one by one have the logits of the whole picture?"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from storymodels.storydalle.decoding import Decoding
from storymodels.storydalle.switches import PAPER, RELEASED, Switches
from tests.storydalle import official

STEPS = 12


def gap(switches: Switches, *, prompt: bool, retro: bool) -> float:
    """The largest difference between logits of the first steps and those of the whole."""
    model = official.model(prompt=prompt, retro=retro, switches=switches)
    stories, frames = official.stories(), official.frames()
    whole = model(stories, frames).codes
    drawn, decoding = frames.flatten(0, 1), Decoding(model, stories)
    steps = [decoding.logits, *(decoding.take(drawn[:, k]) for k in range(STEPS - 1))]
    return (torch.stack(steps, dim=1) - whole[:, :STEPS]).abs().max().item()


@torch.no_grad()
@pytest.mark.parametrize("prompt", [False, True], ids=["", "prompts"])
@pytest.mark.parametrize("retro", [False, True], ids=["", "retro"])
@pytest.mark.parametrize("rows", ["text-and-picture", "last-text-and-picture"])
def test_steps_are_those_of_the_whole(prompt: bool, retro: bool, rows: str) -> None:
    """With everything that can be added, and either choice of rows."""
    switches = replace(PAPER, retro_rows=rows)  # type: ignore[arg-type]
    assert gap(switches, prompt=prompt, retro=retro) < 2e-5


@torch.no_grad()
def test_steps_of_the_public_sampler_are_not() -> None:
    """Its quirks, one by one: each alone moves the logits."""
    for switches in (
        replace(PAPER, retro_in_steps=False),
        replace(PAPER, first_row="without-prefix"),
        RELEASED,
    ):
        assert gap(switches, prompt=True, retro=True) > 0.01
    assert gap(replace(PAPER, plain_prefix=False), prompt=True, retro=False) > 0.01
