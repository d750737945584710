"""A StoryDALL-E of two layers that look at the source, and stories of codes alone for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch

from storymodels.storydalle.analysis.measuring import Subject
from storymodels.storydalle.inputs.reading import Batch
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.sizes import Size, StorySize, TransformerSize, VqganSize
from storymodels.storydalle.switches import PAPER, Switches

N_CODES, N_TEXT, VOCABULARY, PAD = 16, 5, 12, 0

SIZE = Size(
    vqgan=VqganSize(
        side=16,
        channels=4,
        widths=(1, 1, 1),
        n_blocks=1,
        attention_side=4,
        latent_width=4,
        code_width=4,
        n_codes=VOCABULARY,
        n_groups=2,
    ),
    transformer=TransformerSize(
        width=32,
        n_layers=6,
        n_heads=4,
        n_text=N_TEXT,
        n_codes=N_CODES,
        text_vocabulary=9,
        image_vocabulary=VOCABULARY,
    ),
    story=StorySize(n_targets=2, sentence_width=8),
)


def model(*, switches: Switches = PAPER, seed: int = 0) -> StoryDalle:
    """With seeded weights that are large enough for looks to be uneven."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        built = StoryDalle(SIZE, switches).eval().requires_grad_(False)
        for name, parameter in built.named_parameters():
            if parameter.dim() > 1 and not name.startswith("vqgan."):
                torch.nn.init.normal_(parameter, std=2 / parameter.shape[1] ** 0.5)
    return built


def blinded(built: StoryDalle) -> StoryDalle:
    """The same, in place, with nothing of what is seen let through."""
    assert built.retro is not None
    for layer in built.retro.layers:
        for parameter in cast(Any, layer).out.parameters():
            torch.nn.init.zeros_(parameter)
    return built


def stories(n: int, *, seed: int = 0, copied: bool = False) -> Batch:
    """So many stories of two frames; with `copied` their frames are their source again.

    Captions have three tokens and two of padding.
    """
    draw = torch.Generator().manual_seed(seed)
    text = torch.randint(1, 9, (n, 2, N_TEXT), generator=draw)
    text[..., 3:] = PAD
    codes = torch.randint(0, VOCABULARY, (n, 3, N_CODES), generator=draw)
    source, targets = codes[:, 0], codes[:, 1:]
    if copied:
        targets = source[:, None].repeat(1, 2, 1)
    sentences = torch.randn(n, 2, 8, generator=draw)
    ids = tuple(f"story-{k:03d}" for k in range(n))
    return Batch(Given(text, sentences, source), targets, ids, (("", ""),) * n)


@dataclass(frozen=True)
class _Told:
    """What is asked of `Stories`."""

    ids: tuple[str, ...]
    clusters: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class _Reading:
    """What is asked of a `Reading`."""

    all: Batch

    def batch(self, rows: Any) -> Batch:
        of, rows = self.all.given, list(rows)
        given = Given(of.text[rows], of.sentences[rows], of.source_codes[rows])
        ids = tuple(self.all.ids[row] for row in rows)
        return Batch(given, self.all.codes[rows], ids, (("", ""),) * len(rows))


@dataclass(frozen=True)
class _Tokenizer:
    pad: int = PAD


def subject(built: StoryDalle, batch: Batch, *, at_once: int = 4, seed: int = 0) -> Subject:
    """The model with these stories, two of them an episode."""
    clusters = tuple(f"episode {k // 2}" for k in range(len(batch.ids)))
    told = cast(Any, _Told(batch.ids, clusters))
    reading, tokenizer = cast(Any, _Reading(batch)), cast(Any, _Tokenizer())
    return Subject(built, told, reading, tokenizer, batch=at_once, seed=seed)
