"""A StoryDALL-E small enough to draw whole stories in a test, saved as training or upstream does.

Its heads are 64 wide, as the public files' are, and its pictures 64 pixels, as predictions must be.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from storymodels.storydalle.checkpoints.names import RETRO, to_official
from storymodels.storydalle.checkpoints.saved import write_model
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.sentences.hashed import Hashed
from storymodels.storydalle.sizes import Size, StorySize, TransformerSize, VqganSize
from storymodels.storydalle.switches import PAPER, Switches
from storymodels.storydalle.tokenizer import Tokenizer
from tests.factories import ACTIONS, NAMES, PLACES

SENTENCE_WIDTH = 24
SENTENCES = Hashed(SENTENCE_WIDTH)

SIZE = Size(
    vqgan=VqganSize(
        side=64,
        channels=32,
        widths=(1, 1, 1, 1),
        n_blocks=1,
        attention_side=8,
        latent_width=32,
        code_width=8,
        n_codes=48,
    ),
    transformer=TransformerSize(
        width=64,
        n_layers=3,
        n_heads=1,
        n_text=12,
        n_codes=64,
        text_vocabulary=100,
        image_vocabulary=48,
    ),
    story=StorySize(n_targets=2, sentence_width=SENTENCE_WIDTH),
)


def tokenizer() -> Tokenizer:
    """Of the captions that `make_shards` writes."""
    told = [f"{name} {does} {where}." for name in NAMES for does in ACTIONS for where in PLACES]
    return Tokenizer.train(told, size=100)


def model(*, switches: Switches = PAPER, n_words: int = 0) -> StoryDalle:
    """With seeded weights, large enough that pictures differ."""
    words = tokenizer().n_tokens + n_words
    size = replace(SIZE, transformer=replace(SIZE.transformer, text_vocabulary=words))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        built = StoryDalle(size, switches).eval()
        for name, parameter in built.named_parameters():
            if parameter.dim() > 1 and not name.startswith("vqgan."):
                torch.nn.init.normal_(parameter, std=2 / parameter.shape[1] ** 0.5)
        torch.nn.init.normal_(built.vqgan.codebook.weight)
    return built


def save(
    folder: Path,
    built: StoryDalle | None = None,
    *,
    sentences: Hashed | None = SENTENCES,
) -> Path:
    """As training writes it."""
    write_model(
        folder,
        built or model(),
        tokenizer=tokenizer(),
        sentences=sentences,
        preset="small",
        data_digest=None,
        step=5,
    )
    return folder


def save_public(
    path: Path, built: StoryDalle | None = None, *, n_words: int = 0, has_retro: bool = False
) -> Path:
    """As upstream's training script writes it, with a tokenizer beside it."""
    state = to_official((built or model(n_words=n_words)).state_dict())
    kept = {k: v.clone() for k, v in state.items() if has_retro or not k.startswith(RETRO)}
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"epoch": 4, "model_state_dict": kept}, path)
    tokenizer().write(path.parent)
    return path
