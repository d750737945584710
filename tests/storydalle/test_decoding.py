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


@torch.no_grad()
@pytest.mark.parametrize("switches", [PAPER, RELEASED], ids=["paper", "released"])
def test_copies_go_their_own_ways_from_one_beginning(switches: Switches) -> None:
    """Three drawings of each frame have the logits of three runs, each with its own codes."""
    model = official.model(prompt=True, retro=True, switches=switches)
    stories, frames = official.stories(), official.frames().flatten(0, 1)
    ways = [frames, frames.flip(0), frames.roll(1, 0)]
    together = Decoding(model, stories, copies=3)
    apart = [Decoding(model, stories) for _ in ways]
    codes = torch.stack(ways, dim=1).flatten(0, 1)
    for step in range(4):
        alone = torch.stack([one.logits for one in apart], dim=1).flatten(0, 1)
        torch.testing.assert_close(together.logits, alone, atol=1e-5, rtol=0)
        together.take(codes[:, step])
        for one, way in zip(apart, ways, strict=True):
            one.take(way[:, step])
