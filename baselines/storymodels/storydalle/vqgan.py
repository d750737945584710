"""The VQGAN: a picture becomes a grid of codes from a codebook, and codes become a picture.

Only what drawing needs: no discriminator and no loss; the weights come from a checkpoint. The
layout is that of taming-transformers (Esser, Rombach and Ommer 2021, arXiv 2012.09841), as in
kakaobrain/minDALL-E@e548007:dalle/models/stage1.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from storymodels.storydalle.sizes import VqganSize

if TYPE_CHECKING:
    from jaxtyping import Float, Int

EPSILON = 1e-6


class Vqgan(nn.Module):
    """Pictures are floats (b, 3, side, side), -1..1; codes are integers (b, grid * grid) by row."""

    def __init__(self, size: VqganSize) -> None:
        super().__init__()
        self.grid = size.grid
        self.encoder = Encoder(size)
        self.to_code = nn.Conv2d(size.latent_width, size.code_width, 1)
        self.codebook = nn.Embedding(size.n_codes, size.code_width)
        self.from_code = nn.Conv2d(size.code_width, size.latent_width, 1)
        self.decoder = Decoder(size)
        bound = 1 / size.n_codes
        nn.init.uniform_(self.codebook.weight, -bound, bound)

    def latents(self, images: Float[Tensor, "b 3 side side"]) -> Float[Tensor, "b code grid grid"]:
        """What is compared with the codebook."""
        return self.to_code(self.encoder(images))

    @torch.no_grad()
    def encode(self, images: Float[Tensor, "b 3 side side"]) -> Int[Tensor, "b codes"]:
        """The nearest code at every place of the grid; of two that are equally near, the first."""
        rows = self.latents(images).flatten(2).transpose(1, 2)
        codes = self.codebook.weight
        squares = rows.square().sum(-1, keepdim=True) + codes.square().sum(-1)
        return (squares - 2 * rows @ codes.T).argmin(-1)

    def decode(self, codes: Int[Tensor, "b codes"]) -> Float[Tensor, "b 3 side side"]:
        """The pictures of the codes, not clamped."""
        grid = self.codebook(codes).transpose(1, 2).unflatten(2, (self.grid, self.grid))
        return self.decoder(self.from_code(grid))


class Encoder(nn.Module):
    """Pictures to latents (b, latent width, grid, grid), level by level from fine to coarse."""

    def __init__(self, size: VqganSize) -> None:
        super().__init__()
        widths, n_groups = [size.channels * width for width in size.widths], size.n_groups
        self.first = nn.Conv2d(3, size.channels, 3, padding=1)
        self.levels = nn.ModuleList(
            Level(
                n_in,
                n_out,
                n_blocks=size.n_blocks,
                n_groups=n_groups,
                has_attention=size.side >> k == size.attention_side,
                resample=Halve(n_out) if k + 1 < len(widths) else None,
            )
            for k, (n_in, n_out) in enumerate(zip([size.channels, *widths], widths, strict=False))
        )
        self.middle = Middle(widths[-1], n_groups)
        self.norm = norm(widths[-1], n_groups)
        self.last = nn.Conv2d(widths[-1], size.latent_width, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """Fine to coarse."""
        x = self.first(images)
        for level in self.levels:
            x = level(x)
        return self.last(functional.silu(self.norm(self.middle(x))))


class Decoder(nn.Module):
    """Latents to pictures; `levels` are numbered from the finest, as in the encoder."""

    def __init__(self, size: VqganSize) -> None:
        super().__init__()
        widths, n_groups = [size.channels * width for width in size.widths], size.n_groups
        self.first = nn.Conv2d(size.latent_width, widths[-1], 3, padding=1)
        self.middle = Middle(widths[-1], n_groups)
        self.levels = nn.ModuleList(
            Level(
                n_in,
                n_out,
                n_blocks=size.n_blocks + 1,
                n_groups=n_groups,
                has_attention=size.side >> k == size.attention_side,
                resample=Double(n_out) if k else None,
            )
            for k, (n_in, n_out) in enumerate(
                zip([*widths[1:], widths[-1]], widths, strict=True),
            )
        )
        self.norm = norm(widths[0], n_groups)
        self.last = nn.Conv2d(widths[0], 3, 3, padding=1)

    def forward(self, latents: Tensor) -> Tensor:
        """Coarse to fine."""
        x = self.middle(self.first(latents))
        for level in reversed(self.levels):
            x = level(x)
        return self.last(functional.silu(self.norm(x)))


class Level(nn.Module):
    """Residual blocks at one size of the picture, each with attention or none, then a new size."""

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        n_blocks: int,
        n_groups: int,
        has_attention: bool,
        resample: nn.Module | None,
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            ResidualBlock(n_out if k else n_in, n_out, n_groups) for k in range(n_blocks)
        )
        self.attentions = nn.ModuleList(
            SpatialAttention(n_out, n_groups) if has_attention else nn.Identity()
            for _ in range(n_blocks)
        )
        self.resample = nn.Identity() if resample is None else resample

    def forward(self, x: Tensor) -> Tensor:
        """Features (b, width, h, w)."""
        for block, attention in zip(self.blocks, self.attentions, strict=True):
            x = attention(block(x))
        return self.resample(x)


class Middle(nn.Module):
    """Block, attention, block at the coarsest size."""

    def __init__(self, width: int, n_groups: int) -> None:
        super().__init__()
        self.before = ResidualBlock(width, width, n_groups)
        self.attention = SpatialAttention(width, n_groups)
        self.after = ResidualBlock(width, width, n_groups)

    def forward(self, x: Tensor) -> Tensor:
        """The same size and width."""
        return self.after(self.attention(self.before(x)))


class ResidualBlock(nn.Module):
    """Two convolutions beside a shortcut, which is one of 1 x 1 if the width changes."""

    def __init__(self, n_in: int, n_out: int, n_groups: int) -> None:
        super().__init__()
        self.norm_in = norm(n_in, n_groups)
        self.conv_in = nn.Conv2d(n_in, n_out, 3, padding=1)
        self.norm_out = norm(n_out, n_groups)
        self.conv_out = nn.Conv2d(n_out, n_out, 3, padding=1)
        self.shortcut = nn.Identity() if n_in == n_out else nn.Conv2d(n_in, n_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """The same size, another width."""
        y = self.conv_in(functional.silu(self.norm_in(x)))
        y = self.conv_out(functional.silu(self.norm_out(y)))
        return self.shortcut(x) + y


class SpatialAttention(nn.Module):
    """Every place of the picture looks at every other, by one head."""

    def __init__(self, width: int, n_groups: int) -> None:
        super().__init__()
        self.norm = norm(width, n_groups)
        self.qkv = nn.Conv2d(width, 3 * width, 1)
        self.out = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """The same size and width."""
        rows = self.qkv(self.norm(x)).flatten(2).transpose(1, 2)[:, None]
        y = functional.scaled_dot_product_attention(*rows.chunk(3, dim=-1))
        return x + self.out(y[:, 0].transpose(1, 2).unflatten(2, x.shape[2:]))


class Halve(nn.Module):
    """To half the side; one row and column of zeros is added at the right and the bottom."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """Half the side, the same width."""
        return self.conv(functional.pad(x, (0, 1, 0, 1)))


class Double(nn.Module):
    """To twice the side, each pixel four times."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Twice the side, the same width."""
        return self.conv(functional.interpolate(x, scale_factor=2.0, mode="nearest"))


def norm(width: int, n_groups: int) -> nn.GroupNorm:
    """The normalisation between layers."""
    return nn.GroupNorm(n_groups, width, eps=EPSILON)
