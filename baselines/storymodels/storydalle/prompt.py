"""Prompts: learned rows before the story vector, the same for every input.

A table goes through a feed-forward network, as in prefix-tuning (Li and Liang 2021, arXiv
2101.00190); the backbone stays frozen while it is learned
(adymaharana/storydalle@132dd19:story-dalle/dalle/models/__init__.py:897-903).
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

if TYPE_CHECKING:
    from jaxtyping import Float


class Prompt(nn.Module):
    """Rows (n prompts, width)."""

    def __init__(self, n_prompts: int, width: int, *, dropout: float) -> None:
        super().__init__()
        self.table = nn.Embedding(n_prompts, width)
        self.network = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self) -> Float[Tensor, "prompts width"]:
        """The rows; in training some of their numbers are dropped."""
        return self.dropout(self.network(self.table.weight))
