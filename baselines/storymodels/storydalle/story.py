"""The global story encoder: a vector for every frame that has read the captions of the story.

A block of attention over the sentence embeddings of the target captions. With sines and cosines it
knows their order, as the paper says; the public code gives it none, so swapping the first two
captions there leaves the third vector as it was.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from storymodels.storydalle.switches import Switches
from storymodels.storydalle.transformer import Block

if TYPE_CHECKING:
    from jaxtyping import Float

BASE = 10_000.0


class StoryEncoder(nn.Module):
    """Sentence embeddings (b, story length, sentence width) to (b, story length, width)."""

    def __init__(self, sentence_width: int, width: int, n_heads: int, switches: Switches) -> None:
        super().__init__()
        self.has_positions = switches.story_positions == "sinusoidal"
        self.embed = nn.Linear(sentence_width, width)
        self.block = Block(width, n_heads, is_causal=switches.story_attention == "causal")

    def forward(self, sentences: Float[Tensor, "b t sentence"]) -> Float[Tensor, "b t width"]:
        """The vectors, each for one frame."""
        rows = self.embed(sentences)
        if self.has_positions:
            rows = rows + sinusoids(*rows.shape[1:], device=rows.device).to(rows.dtype)
        return self.block(rows)


def sinusoids(
    n: int, width: int, *, device: torch.device | None = None
) -> Float[Tensor, "n width"]:
    """Sines in the even columns and cosines in the odd ones, (n, width), of positions from 0.

    Vaswani et al. 2017 (arXiv 1706.03762), section 3.5.

    >>> sinusoids(2, 4).round(decimals=3).tolist()
    [[0.0, 1.0, 0.0, 1.0], [0.8410000205039978, 0.5400000214576721, 0.009999999776482582, 1.0]]
    """
    rates = BASE ** (-torch.arange(0, width, 2, dtype=torch.float64, device=device) / width)
    angles = torch.arange(n, dtype=torch.float64, device=device)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :width].float()
