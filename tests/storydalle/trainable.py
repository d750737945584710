"""A StoryDALL-E that is small enough to be trained in a test, and what it reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from storymodels.storydalle.checkpoints.saved import write_model
from storymodels.storydalle.inputs.reading import Batch
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.presets import Preset, find
from storymodels.storydalle.sizes import Size, StorySize, TransformerSize, VqganSize
from storymodels.storydalle.tokenizer import Tokenizer

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


def batch(model: StoryDalle, *, source: int = 0) -> Batch:
    """Two stories of zeros, with a source that is one code all over."""
    size = model.size
    text = torch.zeros(2, size.story.n_targets, size.transformer.n_text, dtype=torch.long)
    sentences = torch.zeros(2, size.story.n_targets, size.story.sentence_width)
    codes = torch.zeros(2, size.story.n_targets, size.transformer.n_codes, dtype=torch.long)
    given = Given(text, sentences, torch.full_like(codes[:, 0], source))
    return Batch(given, codes, ids=("a", "b"), captions=(("", ""), ("", "")))
