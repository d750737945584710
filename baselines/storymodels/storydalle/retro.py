"""The retro cross-attention: rows of text and picture look at the source frame.

Every third block has a cross-attention of its own between attention and MLP
(adymaharana/storydalle@132dd19:story-dalle/dalle/models/stage2/layers.py:117-216). The source is
seen through the embeddings of its codes alone. `switches.Switches` lists what the public code does
otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from storymodels.storydalle.attention import CrossAttention
from storymodels.storydalle.switches import Switches

EVERY = 3
"""The last of so many blocks looks at the source."""


class Retro(nn.Module):
    """The cross-attention of every third block."""

    def __init__(self, n_blocks: int, width: int, n_heads: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            CrossAttention(width, n_heads) for _ in range(EVERY - 1, n_blocks, EVERY)
        )

    def look_at(
        self, source: Tensor, *, n: int, switches: Switches, n_prefix: int, n_text: int
    ) -> Source:
        """The sources of b stories, (b, s, width), ready for n rows' worth of their frames."""
        if switches.retro_layout == "mixed":
            source = mixed(source, n)
        is_late = switches.retro_rows == "last-text-and-picture"
        return Source(
            layers=self.layers,
            projected=[layer.project(source) for layer in self.layers],  # type: ignore[operator]
            first_row=n_prefix + (n_text - 1 if is_late else 0),
            is_in_steps=switches.retro_in_steps,
        )


@dataclass(frozen=True)
class Source:
    """What frames look at: a `LookAside` of the transformer.

    `projected` are keys and values of each layer, made once; rows before `first_row` see nothing,
    nor do rows that come one by one unless `is_in_steps`.
    """

    layers: nn.ModuleList
    projected: list[tuple[Tensor, Tensor]]
    first_row: int
    is_in_steps: bool

    def __call__(self, block: int, rows: Tensor) -> Tensor:
        """Rows with what they see added, in every third block."""
        layer, place = divmod(block + 1, EVERY)
        if place:
            return rows
        seen = self.layers[layer - 1](rows[:, self.first_row :], *self.projected[layer - 1])
        return rows + functional.pad(seen, (0, 0, self.first_row, 0))

    @property
    def shape(self) -> torch.Size:
        """Of the keys of each layer, (b, heads, s, head width)."""
        return self.projected[0][0].shape

    def in_steps(self) -> Source | None:
        """What rows of the picture look at that come one by one, if anything."""
        return replace(self, first_row=0) if self.is_in_steps else None

    def clone(self) -> Source:
        """The same, with keys and values of its own."""
        return replace(self, projected=[(k.clone(), v.clone()) for k, v in self.projected])

    def copy_(self, other: Source) -> None:
        """Look at what another looks at, of the same shape."""
        for mine, theirs in zip(self.projected, other.projected, strict=True):
            for tensor, values in zip(mine, theirs, strict=True):
                tensor.copy_(values)


def mixed(source: Tensor, n: int) -> Tensor:
    """What the public code makes n samples look at, (n, s, width), of b sources (b, s, width).

    Each source is repeated for the frames of its story; then sample k takes the rows k, k + n,
    k + 2n, ... of all of them on end, since queries stand there time-major and sources do not.
    """
    b, s, width = source.shape
    repeated = source.repeat_interleave(n // b, dim=0)
    return repeated.reshape(s, n, width).transpose(0, 1)
