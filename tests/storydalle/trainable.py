"""A StoryDALL-E that is small enough to be trained in a test, and what it reads.

Run as a module it trains, for tests that kill it or start it under torchrun.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from storymodels.storydalle.checkpoints.saved import write_model
from storymodels.storydalle.finetuning.train import train
from storymodels.storydalle.inputs.reading import Batch
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.presets import Preset, find
from storymodels.storydalle.sizes import Size, StorySize, TransformerSize, VqganSize
from storymodels.storydalle.tokenizer import Tokenizer
from storymodels.training.folder import Keeping
from storymodels.training.loop import Trained
from storymodels.training.machine import Device, Machine, Sharing

CAPTIONS = ("a dog runs on the grass", "the cat sleeps", "people dance in a hall")

SIZE = Size(
    vqgan=VqganSize(
        side=32,
        channels=32,
        widths=(1, 1, 1),
        n_blocks=1,
        attention_side=8,
        latent_width=16,
        code_width=8,
        n_codes=32,
    ),
    transformer=TransformerSize(
        width=24,
        n_layers=3,
        n_heads=2,
        n_text=18,
        n_codes=64,
        text_vocabulary=96,
        image_vocabulary=32,
    ),
    story=StorySize(n_targets=2, sentence_width=128),
)
"""Captions are as long as prompts and a story vector need positions."""


def tokenizer() -> Tokenizer:
    """Of at most 96 tokens."""
    return Tokenizer.train(CAPTIONS, size=96)


def preset(name: str = "twin-full") -> Preset:
    """A preset of the toy world's model, made smaller."""
    found = find(name)
    return replace(found, size=replace(SIZE, story=replace(found.size.story, n_targets=2)))


def write_base(folder: Path) -> Path:
    """A text-to-image model to start from, with a VQGAN that uses many codes."""
    torch.manual_seed(0)
    story = StorySize(n_targets=1, sentence_width=0, has_retro=False)
    model = StoryDalle(replace(SIZE, story=story))
    torch.nn.init.normal_(model.vqgan.codebook.weight, std=0.5)
    write_model(
        folder, model, tokenizer=tokenizer(), sentences=None, preset="base", data_digest=None
    )
    return folder


def run(
    data: Path,
    base: Path,
    out: Path,
    how: Preset | None = None,
    *,
    pause: float = 0.0,
    device: Device = "cpu",
    sharing: Sharing = "ddp",
    **fields: Any,
) -> Trained:
    """Train it on a build with fields of `Recipe` and `Keeping`, `pause` seconds after a step."""
    kept = {name: fields.pop(name) for name in Keeping.__slots__ if name in fields}
    return train(
        data,
        out,
        preset=how or preset(),
        init=base,
        changes={"n_steps": 2, "accumulate": 1, "batch": 2, **fields},
        keeping=Keeping(**kept),
        machine=Machine(device=device, sharing=sharing),
        on_progress=lambda *_: time.sleep(pause),
    )


def batch(model: StoryDalle, *, source: int = 0) -> Batch:
    """Two stories of zeros, with a source that is one code all over."""
    size = model.size
    text = torch.zeros(2, size.story.n_targets, size.transformer.n_text, dtype=torch.long)
    sentences = torch.zeros(2, size.story.n_targets, size.story.sentence_width)
    codes = torch.zeros(2, size.story.n_targets, size.transformer.n_codes, dtype=torch.long)
    given = Given(text, sentences, torch.full_like(codes[:, 0], source))
    return Batch(given, codes, ids=("a", "b"), captions=(("", ""), ("", "")))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for folder_name in ("data", "base", "out"):
        parser.add_argument(folder_name, type=Path)
    parser.add_argument("--preset", default="twin-full")
    parser.add_argument("--sharing", default="ddp")
    parser.add_argument("--fields", type=json.loads, default={})
    asked = parser.parse_args()
    torch.set_num_threads(1)
    how = preset(asked.preset)
    run(asked.data, asked.base, asked.out, how, sharing=asked.sharing, **asked.fields)
