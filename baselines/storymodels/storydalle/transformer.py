"""The text-to-image transformer: rows of a caption, then rows of a picture's codes.

Every row predicts the next: text rows the next token, the last text row and the rows of the picture
the next code (kakaobrain/minDALL-E@e548007:dalle/models/stage2/transformer.py). What a story adds
comes from outside: rows before the text, and what is looked at between attention and MLP.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from storymodels.storydalle.attention import SelfAttention
from storymodels.storydalle.cache import Cache, FixedCache, Held
from storymodels.storydalle.sizes import TransformerSize

if TYPE_CHECKING:
    from jaxtyping import Float, Int

STD = 0.02
"""Of the normal distribution that weights start from."""

LookAside = Callable[[int, Tensor], Tensor]
"""Number of the block and rows after attention, to rows before the MLP."""


@dataclass(frozen=True)
class Logits:
    """What is predicted of n frames: tokens 1 to the last, and all codes."""

    text: Float[Tensor, "n text-1 words"]
    codes: Float[Tensor, "n codes vocabulary"]


class Block(nn.Module):
    """Attention and MLP, both on normalised rows and added to them."""

    def __init__(self, width: int, n_heads: int, *, is_causal: bool = True) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(width)
        self.attention = SelfAttention(width, n_heads, is_causal=is_causal)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def attend(
        self, rows: Tensor, cache: Cache | FixedCache | None = None, layer: int = 0
    ) -> Tensor:
        """The first half."""
        return rows + self.attention(self.norm_attention(rows), cache, layer)

    def think(self, rows: Tensor) -> Tensor:
        """The second half."""
        return rows + self.mlp(self.norm_mlp(rows))

    def forward(self, rows: Tensor) -> Tensor:
        """Both halves."""
        return self.think(self.attend(rows))


class Transformer(nn.Module):
    """Embeddings, blocks and heads."""

    def __init__(self, size: TransformerSize) -> None:
        super().__init__()
        self.size = size
        self.text_tokens = nn.Embedding(size.text_vocabulary, size.width)
        self.text_positions = nn.Embedding(size.n_text, size.width)
        self.image_tokens = nn.Embedding(size.image_vocabulary, size.width)
        self.image_positions = nn.Embedding(size.n_codes, size.width)
        self.blocks = nn.ModuleList(Block(size.width, size.n_heads) for _ in range(size.n_layers))
        self.norm = nn.LayerNorm(size.width)
        self.text_head = nn.Linear(size.width, size.text_vocabulary, bias=False)
        self.image_head = nn.Linear(size.width, size.image_vocabulary, bias=False)
        self.apply(_start)

    def embed_text(self, tokens: Int[Tensor, "n text"]) -> Float[Tensor, "n text width"]:
        """Rows of tokens, as many as a caption has."""
        if tokens.shape[1] != self.size.n_text:
            raise ValueError(f"Expected {self.size.n_text} tokens, found {tokens.shape[1]}.")
        return self.text_tokens(tokens) + self.text_positions.weight

    def embed_codes(
        self, codes: Int[Tensor, "n k"], *, places: Int[Tensor, " k"] | None = None
    ) -> Float[Tensor, "n k width"]:
        """Rows of codes, which stand at these places of the picture, or are its first."""
        if places is None:
            return self.image_tokens(codes) + self.image_positions.weight[: codes.shape[1]]
        return self.image_tokens(codes) + self.image_positions(places)

    def forward(
        self,
        rows: Float[Tensor, "n t width"],
        *,
        aside: LookAside | None = None,
        cache: Cache | FixedCache | None = None,
    ) -> Float[Tensor, "n t width"]:
        """Rows through every block and the last norm; a cache holds those before."""
        for number, block in enumerate(self.blocks):
            assert isinstance(block, Block)
            rows = block.attend(rows, cache, number)
            rows = rows if aside is None else aside(number, rows)
            rows = block.think(rows)
        return self.norm(rows)

    def logits(
        self,
        text: Int[Tensor, "n text"],
        codes: Int[Tensor, "n codes"],
        *,
        prefix: Float[Tensor, "n prefix width"] | None = None,
        aside: LookAside | None = None,
    ) -> Logits:
        """Of a text and its picture's codes, behind prefix rows if any."""
        before = () if prefix is None else (prefix,)
        rows = torch.cat([*before, self.embed_text(text), self.embed_codes(codes[:, :-1])], dim=1)
        out = self(rows, aside=aside)
        last = out.shape[1] - codes.shape[1]
        first = last - self.size.n_text + 1
        return Logits(self.text_head(out[:, first:last]), self.image_head(out[:, last:]))

    def room(self, n: int, *, n_rows: int) -> Held:
        """For keys and values of so many rows of each of n pictures; what is in it is undefined."""
        size = self.size
        shape = (2, n, size.n_heads, n_rows, size.width // size.n_heads)
        return tuple(self.norm.weight.new_empty(shape) for _ in self.blocks)


def _start(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=STD)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
