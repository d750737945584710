"""The retro cross-attention that the public code drew and lost, drawn again from its seed.

Neither trained nor saved, it stood at its random start while everything else was trained around it
(`switches.Switches.keeps_retro`). Training seeds torch with 42 and builds the model on the
processor before anything else is drawn, so the same numbers come again when layers of the same
sizes are made in the same order: VQGAN, transformer, story encoder, prompts, cross-attention
(adymaharana/storydalle@132dd19:story-dalle/dalle/models/__init__.py:873-987). Training builds with
the vocabulary of minDALL-E, before names of characters are added; sampling builds with them, and so
draws others.

Whether the public weights were trained around it is a hypothesis, which `analysis.comparing` tests.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from storymodels.storydalle.checkpoints.names import RETRO, from_official
from storymodels.storydalle.retro import EVERY, Retro
from storymodels.storydalle.sizes import Size, TransformerSize, VqganSize
from storymodels.storydalle.transformer import STD

SEED = 42
"""Of the public code (adymaharana/storydalle@132dd19:story-dalle/train_t2i.py)."""

State = dict[str, Tensor]


def replayed(size: Size, *, seed: int = SEED) -> State:
    """The weights of the retro cross-attention that the public code starts with, by our names.

    Args:
        size: of the model as it was built, so with the text vocabulary of that moment.
        seed: torch's.
    """
    width = size.transformer.width
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _draw_vqgan(size.vqgan)
        _draw_transformer(size.transformer)
        if size.story.sentence_width:
            nn.Linear(size.story.sentence_width, width)
            _draw_block(width)
        if size.story.n_prompts:
            nn.Embedding(size.story.n_prompts, width)
            _draw_linears((width, width), (width, width))
        public = _draw_retro(size.transformer.n_layers // EVERY, width)
    with torch.device("meta"):
        retro = Retro(size.transformer.n_layers, width, size.transformer.n_heads)
    wanted = {f"retro.{name}": tensor for name, tensor in retro.state_dict().items()}
    found = from_official(public, wanted)
    return {name.removeprefix("retro."): tensor for name, tensor in found.items()}


def as_trained(size: Size, *, n_added: int) -> Size:
    """The size that training built with, before `n_added` words came to the vocabulary."""
    vocabulary = size.transformer.text_vocabulary - n_added
    return replace(size, transformer=replace(size.transformer, text_vocabulary=vocabulary))


def _draw_vqgan(size: VqganSize) -> None:
    widths = [size.channels * width for width in size.widths]
    attended = [size.side >> level == size.attention_side for level in range(len(widths))]
    _draw_conv(3, size.channels)
    for level, (n_in, n_out) in enumerate(zip([size.channels, *widths], widths, strict=False)):
        _draw_level(n_in, n_out, n_blocks=size.n_blocks, has_attention=attended[level])
        if level + 1 < len(widths):
            _draw_conv(n_out, n_out)
    _draw_middle(widths[-1])
    _draw_conv(widths[-1], size.latent_width)
    _draw_conv(size.latent_width, widths[-1])
    _draw_middle(widths[-1])
    n_in = widths[-1]
    for level, n_out in reversed(list(enumerate(widths))):
        _draw_level(n_in, n_out, n_blocks=size.n_blocks + 1, has_attention=attended[level])
        if level:
            _draw_conv(n_out, n_out)
        n_in = n_out
    _draw_conv(widths[0], 3)
    nn.Embedding(size.n_codes, size.code_width).weight.data.uniform_()
    _draw_conv(size.latent_width, size.code_width, side=1)
    _draw_conv(size.code_width, size.latent_width, side=1)


def _draw_level(n_in: int, n_out: int, *, n_blocks: int, has_attention: bool) -> None:
    for block in range(n_blocks):
        _draw_residual(n_out if block else n_in, n_out)
        if has_attention:
            _draw_attention(n_out)


def _draw_middle(width: int) -> None:
    _draw_residual(width, width)
    _draw_attention(width)
    _draw_residual(width, width)


def _draw_residual(n_in: int, n_out: int) -> None:
    _draw_conv(n_in, n_out)
    _draw_conv(n_out, n_out)
    if n_in != n_out:
        _draw_conv(n_in, n_out, side=1)


def _draw_attention(width: int) -> None:
    for _ in ("query", "key", "value", "out"):
        _draw_conv(width, width, side=1)


def _draw_conv(n_in: int, n_out: int, *, side: int = 3) -> None:
    nn.Conv2d(n_in, n_out, side)


def _draw_transformer(size: TransformerSize) -> None:
    """Every layer as torch starts it, then every matrix once more as the transformer does."""
    width = size.width
    rows = (size.image_vocabulary, size.text_vocabulary, size.n_codes, size.n_text)
    for n in rows:
        nn.Embedding(n, width)
    for _ in range(size.n_layers):
        _draw_block(width)
    heads = (size.image_vocabulary, size.text_vocabulary)
    for n in heads:
        nn.Linear(width, n, bias=False)
    squares = 4 * [(width, width)]
    blocks = size.n_layers * [*squares, (4 * width, width), (width, 4 * width)]
    for n_out, n_in in [*((n, width) for n in rows), *blocks, *((n, width) for n in heads)]:
        torch.empty(n_out, n_in).normal_(std=STD)


def _draw_block(width: int) -> None:
    _draw_linears(*4 * [(width, width)], (width, 4 * width), (4 * width, width))


def _draw_linears(*sizes: tuple[int, int]) -> None:
    for n_in, n_out in sizes:
        nn.Linear(n_in, n_out)


def _draw_retro(n_layers: int, width: int) -> State:
    """By public names."""
    state: State = {}
    for layer in range(n_layers):
        for norm in ("ln1", "ln2"):
            state |= _named(f"{RETRO}{layer}.{norm}", nn.LayerNorm(width))
        for part in ("key", "query", "value", "proj"):
            state |= _named(f"{RETRO}{layer}.attn.{part}", nn.Linear(width, width))
    return state


def _named(name: str, module: nn.Module) -> State:
    return {f"{name}.{key}": tensor for key, tensor in module.state_dict().items()}
