"""Are the numbers drawn that the public code drew?"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from storymodels.storydalle.checkpoints.names import official as public_names
from storymodels.storydalle.checkpoints.replay import as_trained, replayed
from storymodels.storydalle.sizes import MINDALLE
from tests.storydalle import official

GOLDEN = Path(__file__).parents[2] / "golden" / "replay.json"


@cache
def recorded() -> dict[str, Any]:
    """What the public code drew after its seed."""
    return json.loads(GOLDEN.read_bytes())


@pytest.mark.parametrize("prompt", [False, True], ids=["no prompts", "prompts"])
def test_the_public_code_draws_the_same(prompt: bool) -> None:
    """Every matrix and bias of both layers, with and without the prompts that come before."""
    state = replayed(official.size(prompt=prompt, retro=True))
    entries = recorded()["prompts" if prompt else "no prompts"]
    seen = set()
    for name, tensor in state.items():
        parts = public_names(f"retro.{name}")
        for part, piece in zip(parts, tensor.chunk(len(parts)), strict=True):
            if ".ln" in part:
                continue
            entry = entries[part]
            seen.add(part)
            assert piece.flatten()[:3].tolist() == pytest.approx(entry["first"], abs=1e-6), part
            assert piece.double().mean().item() == pytest.approx(entry["mean"], abs=1e-7), part
    assert seen == set(entries)


def test_everything_before_it_counts() -> None:
    """Other words, sentences, layers or codes, and other numbers come."""
    size = official.size(retro=True)
    first = replayed(size)["layers.0.query.weight"]
    for other in (
        replace(size, transformer=replace(size.transformer, text_vocabulary=89)),
        replace(size, transformer=replace(size.transformer, n_layers=3)),
        replace(size, story=replace(size.story, sentence_width=25)),
        replace(size, vqgan=replace(size.vqgan, n_codes=65)),
    ):
        assert not torch.equal(replayed(other)["layers.0.query.weight"], first)
    assert not torch.equal(replayed(size, seed=43)["layers.0.query.weight"], first)
    assert torch.equal(replayed(size)["layers.0.query.weight"], first)


def test_the_random_numbers_of_others_are_left_alone() -> None:
    """Torch's state is as it was."""
    torch.manual_seed(5)
    before = torch.get_rng_state()
    replayed(official.size(retro=True))
    assert torch.equal(torch.get_rng_state(), before)


def test_training_built_without_the_names_of_characters() -> None:
    """The size of the public Pororo weights, and the one they were trained from."""
    pororo = replace(MINDALLE, transformer=replace(MINDALLE.transformer, text_vocabulary=16_393))
    assert as_trained(pororo, n_added=9) == MINDALLE
    assert as_trained(MINDALLE, n_added=0) == MINDALLE
