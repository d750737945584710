"""Weights and inputs that anyone can make from their names, and what the official code made of it.

`tests/golden/baselines.json` says every size and how each input is drawn; its numbers were recorded
from kakaobrain/minDALL-E@e548007 and adymaharana/storydalle@132dd19. A tensor is drawn by a CPU
generator that is seeded with the CRC-32 of its public name.
"""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from storymodels.storydalle.checkpoints.names import from_official, official
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.sizes import Size, StorySize, TransformerSize, VqganSize
from storymodels.storydalle.switches import RELEASED, Switches

GOLDENS = Path(__file__).parent.parent / "golden" / "baselines.json"


@cache
def recorded() -> dict[str, Any]:
    """Every entry, and `_about`."""
    return json.loads(GOLDENS.read_bytes())


def weight(name: str, shape: torch.Size) -> Tensor:
    """A parameter by its public name."""
    normal = torch.randn(tuple(shape), generator=_generator(name))
    if len(shape) == 1:
        return 1 + 0.1 * normal if name.endswith("weight") else 0.1 * normal
    return 0.7 * normal / math.prod(shape[1:]) ** 0.5


def given(name: str) -> Tensor:
    """An input by its name."""
    how = recorded()["_about"]["inputs"][name]
    shape, generator = tuple(how["shape"]), _generator(name)
    if how["kind"] == "tokens":
        return torch.randint(0, how["high"], shape, generator=generator)
    draw = torch.rand if how["kind"] == "unit" else torch.randn
    drawn = draw(shape, generator=generator)
    return 2 * drawn - 1 if how.get("then") == "2*x-1" else drawn


def codes(name: str) -> Tensor:
    """Recorded codes, so that one that flips fails one test only."""
    entry = recorded()[name]
    return torch.tensor(entry["values"]).view(entry["shape"])


def check(name: str, found: Tensor) -> None:
    """Whole numbers are equal; floats within 2e-4 of their spread, their mean within 1e-4 of it."""
    entry = recorded()[name]
    assert list(found.shape) == entry["shape"], name
    if "values" in entry:
        assert found.flatten().tolist() == entry["values"], name
        return
    flat = found.detach().double().flatten()
    values = torch.tensor(entry["value"], dtype=torch.float64)
    scale = entry["std"] or abs(entry["mean"])
    gaps = (flat[entry["index"]] - values).abs()
    assert (gaps <= 2e-4 * scale + 1e-6 * values.abs()).all(), name
    gap = abs(flat.mean().item() - entry["mean"])
    assert gap <= 1e-4 * scale + 1e-6 * abs(entry["mean"]), name


def stories(*, n: int = 2, n_frames: int = 4) -> Given:
    """The recorded stories, or the first few of them and of their frames."""
    return Given(
        given("in.story_text")[:n, :n_frames],
        given("in.sent")[:n, :n_frames],
        codes("story.source_codes")[:n],
    )


def frames(*, n: int = 2, n_frames: int = 4) -> Tensor:
    """The codes of their target frames, (b, t, codes)."""
    return codes("story.frame_codes").unflatten(0, (2, 4))[:n, :n_frames]


def size(*, prompt: bool = False, retro: bool = False) -> Size:
    """The size that was recorded."""
    about = recorded()["_about"]
    vqgan, gpt, story = about["vqgan"], about["gpt"], about["story"]
    first, second = vqgan["hparams"], gpt["hparams"]
    return Size(
        vqgan=VqganSize(
            side=first["resolution"],
            channels=first["ch"],
            widths=tuple(first["ch_mult"]),
            n_blocks=first["num_res_blocks"],
            attention_side=first["attn_resolutions"][0],
            latent_width=first["z_channels"],
            code_width=vqgan["embed_dim"],
            n_codes=vqgan["n_embed"],
        ),
        transformer=TransformerSize(
            width=second["embed_dim"],
            n_layers=second["n_layers"],
            n_heads=second["n_heads"],
            n_text=second["ctx_len_txt"],
            n_codes=second["ctx_len_img"],
            text_vocabulary=gpt["vocab_size_txt"],
            image_vocabulary=gpt["vocab_size_img"],
        ),
        story=StorySize(
            n_targets=story["story_len"],
            sentence_width=story["sent_embed"],
            n_prompts=story["preseqlen"] if prompt else 0,
            prompt_dropout=story["prefix_dropout"],
            has_retro=retro,
        ),
    )


@cache
def model(
    *, prompt: bool = False, retro: bool = False, switches: Switches = RELEASED
) -> StoryDalle:
    """The model with the weights of that recording, filled in by their public names."""
    built = StoryDalle(size(prompt=prompt, retro=retro), switches).eval()
    fill(built)
    return built


def plain() -> StoryDalle:
    """minDALL-E itself: nothing is added."""
    whole = size()
    story = replace(whole.story, sentence_width=0)
    built = StoryDalle(replace(whole, story=story), RELEASED).eval()
    fill(built)
    return built


def fill(built: StoryDalle) -> None:
    """Give a model the weights of its public names."""
    state = built.state_dict()
    public = {
        name: weight(name, shape)
        for ours, tensor in state.items()
        for name, shape in _parts(ours, tensor)
    }
    built.load_state_dict(from_official(public, state))


def _parts(ours: str, tensor: Tensor) -> list[tuple[str, torch.Size]]:
    names = official(ours)
    shape = torch.Size((tensor.shape[0] // len(names), *tensor.shape[1:]))
    return [(name, shape) for name in names]


def _generator(name: str) -> torch.Generator:
    salt = recorded()["_about"]["salt"]
    return torch.Generator().manual_seed(zlib.crc32((salt + name).encode()))
