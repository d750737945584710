"""How a codebook is learned: codes go to the mean of what falls on them, idle ones start anew.

The moving averages are those of van den Oord, Vinyals and Kavukcuoglu 2017 (arXiv 1711.00937,
appendix A.1). A code on which next to nothing falls is put where something does: at a latent of the
batch at hand, as in Jukebox (Dhariwal et al. 2020, arXiv 2005.00341, section 3.1), so that a small
codebook is used whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

DECAY = 0.99
"""Of the averages, a step."""

IDLE = 0.03
"""A code with a smaller average number of latents a step starts anew."""

FRESH = 0.1
"""The average that it starts with: it has some hundred steps to find its place."""


@dataclass(frozen=True)
class Quantised:
    """Latents at their codes.

    `rows` (n, code width) are the codes' vectors, whose gradients go to the latents as they are
    (straight through); `codes` (n,) are their numbers; `distance` is the mean squared distance of
    the latents from their codes, whose gradient moves the latents.
    """

    rows: Tensor
    codes: Tensor
    distance: Tensor


class CodebookLearner(nn.Module):
    """The averages of a codebook (k, code width), which is changed in place, without gradients.

    At first no code is used, so the latents of the first batch become the codebook.
    """

    counts: Tensor
    sums: Tensor

    def __init__(self, n_codes: int, code_width: int) -> None:
        super().__init__()
        self.register_buffer("counts", torch.zeros(n_codes))
        self.register_buffer("sums", torch.zeros(n_codes, code_width))

    def forward(self, latents: Tensor, codebook: Tensor) -> Quantised:
        """Latents (n, code width) at their nearest codes; in training mode the codes follow."""
        with torch.no_grad():
            codes = nearest(latents, codebook)
            rows = codebook[codes]
            if self.training:
                self._follow(latents, codes, codebook)
        distance = (latents - rows).square().mean()
        return Quantised(latents + (rows - latents).detach(), codes, distance)

    def _follow(self, latents: Tensor, codes: Tensor, codebook: Tensor) -> None:
        found = torch.zeros_like(self.sums).index_add_(0, codes, latents)
        n_found = torch.zeros_like(self.counts).index_add_(0, codes, torch.ones_like(latents[:, 0]))
        self.counts.lerp_(n_found, 1 - DECAY)
        self.sums.lerp_(found, 1 - DECAY)
        is_idle = (self.counts < IDLE)[:, None]
        fresh = _some(latents, len(codebook))
        self.sums.copy_(torch.where(is_idle, FRESH * fresh, self.sums))
        self.counts.masked_fill_(is_idle[:, 0], FRESH)
        codebook.copy_(self.sums / self.counts[:, None])


def nearest(latents: Tensor, codebook: Tensor) -> Tensor:
    """The number of the nearest code of every latent, (n,); of two equally near, the first.

    >>> nearest(torch.tensor([[0.9], [0.1]]), torch.tensor([[0.0], [1.0], [1.0]])).tolist()
    [1, 0]
    """
    return (codebook.square().sum(-1) - 2 * latents @ codebook.T).argmin(-1)


def perplexity(codes: Tensor, n_codes: int) -> float:
    """How many codes are used, counted by how often: `n_codes` if all are used alike.

    >>> round(perplexity(torch.tensor([0, 0, 3, 3]), 8), 3)
    2.0
    """
    shares = torch.bincount(codes.flatten(), minlength=n_codes).double() / codes.numel()
    return float(torch.special.entr(shares).sum().exp())


def _some(latents: Tensor, n: int) -> Tensor:
    """`n` of the latents, drawn by torch's generator; some twice if there are fewer."""
    return latents[torch.randint(len(latents), (n,), device=latents.device)]
