"""The judge of pictures that are drawn again: which parts of a picture are real?

That of patches (Isola et al. 2017, arXiv 1611.07004, section 3.2), as VQGANs are trained with
(Esser, Rombach and Ommer 2021, arXiv 2012.09841, section 3.1), narrower, since pictures are small,
and normalised in groups, since batches are.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

GROUPS = 4
SLOPE = 0.2
"""Of the leaky rectifiers."""


class Discriminator(nn.Module):
    """Pictures (b, 3, side, side) to logits (b, 1, side / 8, side / 8): above 0 where it says real.

    A logit has seen 38 pixels at a side.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        widths = [channels, 2 * channels, 4 * channels]
        self.halves = nn.ModuleList(
            nn.Conv2d(n_in, n_out, 4, stride=2, padding=1)
            for n_in, n_out in zip([3, *widths], widths, strict=False)
        )
        self.norms = nn.ModuleList(
            [nn.Identity(), *(nn.GroupNorm(GROUPS, width) for width in widths[1:])]
        )
        self.last = nn.Conv2d(widths[-1], 1, 3, padding=1)

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The logits, and what each layer before them found, from fine to coarse."""
        found, x = [], images
        for halve, norm in zip(self.halves, self.norms, strict=True):
            x = functional.leaky_relu(norm(halve(x)), SLOPE)
            found.append(x)
        return self.last(x), found


def hinge(real: Tensor, drawn: Tensor) -> Tensor:
    """The judge's loss: real pictures above 1, drawn ones below -1 (Lim and Ye 2017, 1705.02894).

    >>> float(hinge(torch.tensor([2.0, 0.0]), torch.tensor([-3.0, 0.0])))
    0.5
    """
    return (functional.relu(1 - real).mean() + functional.relu(1 + drawn).mean()) / 2


def feature_distance(drawn: list[Tensor], real: list[Tensor]) -> Tensor:
    """Mean distance of what a judge's layers found in both (Wang et al. 2018, arXiv 1711.11585).

    >>> float(feature_distance([torch.zeros(1, 2)], [torch.tensor([[1.0, 3.0]])]))
    2.0
    """
    pairs = zip(drawn, real, strict=True)
    return torch.stack([(a - b.detach()).abs().mean() for a, b in pairs]).mean()
