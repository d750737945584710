"""What a VQGAN is trained for here: pictures that come back as they were, outlines too.

Of taming-transformers (Esser, Rombach and Ommer 2021, arXiv 2012.09841) the distance of pixels and
the codebook. In place of a pretrained perceptual network, which would have to be downloaded, the
differences of neighbouring pixels are compared: drawings are known by their outlines. What codes do
not tell comes back blurred; that is for `sharpening`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from storymodels.storydalle.pretraining.codebook import CodebookLearner
from storymodels.storydalle.sizes import VqganSize
from storymodels.storydalle.vqgan import Double, Halve, ResidualBlock, SpatialAttention, Vqgan


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part of the loss counts beside the mean distance of pixels.

    `edges` is that of differences of neighbours, `commitment` of latents from their codes. For the
    first `codes_after` batches pictures are drawn from the latents themselves while the codebook
    already follows them: codes of an encoder that has learned nothing would all be one.
    """

    edges: float = 1.0
    commitment: float = 0.25
    codes_after: int = 0


class StageOne(nn.Module):
    """A VQGAN while it is trained, with its codebook's averages.

    The codebook is no parameter that an optimiser moves: in training mode every batch moves it.
    """

    n_batches: Tensor

    def __init__(self, size: VqganSize, weights: Weights) -> None:
        super().__init__()
        self.weights = weights
        self.vqgan = Vqgan(size)
        begin_plainly(self.vqgan)
        self.learner = CodebookLearner(size.n_codes, size.code_width)
        self.register_buffer("n_batches", torch.tensor(0))

    @property
    def moved(self) -> list[str]:
        """The names of the parameters that an optimiser moves."""
        names = [name for name, _ in self.named_parameters()]
        return [name for name in names if not name.startswith("vqgan.codebook")]

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """The loss of pictures (b, 3, side, side), -1..1, and its parts."""
        drawn, _, distance = self.reconstruct(images)
        parts = {
            "pixels": (drawn - images).abs().mean(),
            "edges": edge_distance(drawn, images),
            "commitment": distance,
        }
        counts = self.weights
        pull = self._has_begun(counts.codes_after) * counts.commitment
        loss = parts["pixels"] + counts.edges * parts["edges"] + pull * distance
        if self.training:
            self.n_batches += 1
        return {"loss": loss, **parts}

    def reconstruct(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The pictures drawn again, their codes (b, grid * grid), the distance from the codes.

        In evaluation mode they are drawn from the codes, however early.
        """
        vqgan = self.vqgan
        latents = vqgan.latents(images)
        rows = latents.flatten(2).transpose(1, 2)
        found = self.learner(rows.flatten(0, 1), vqgan.codebook.weight)
        is_coded = self._has_begun(self.weights.codes_after if self.training else 0)
        rows = torch.where(is_coded, found.rows.view(rows.shape), rows)
        grid = rows.transpose(1, 2).view(latents.shape)
        drawn = vqgan.decoder(vqgan.from_code(grid))
        return drawn, found.codes.view(rows.shape[:2]), found.distance

    def _has_begun(self, after: int) -> Tensor:
        """Whether so many batches are over, as a tensor: nothing here branches by a number."""
        return self.n_batches >= after


@torch.no_grad()
def begin_plainly(vqgan: Vqgan) -> None:
    """Start weights so that pictures are averaged on the way down and copied on the way up.

    Blocks add nothing at first, and where widths change lengths are kept; so blurred pictures come
    back from the first steps on, and what is learned are details. From torch's own weights, which
    lose the picture in a dozen layers, the same takes thousands of steps.
    """
    for module in vqgan.modules():
        if isinstance(module, ResidualBlock):
            _set(module.conv_out, torch.zeros_like(module.conv_out.weight))
            if isinstance(module.shortcut, nn.Conv2d):
                nn.init.orthogonal_(module.shortcut.weight)
        elif isinstance(module, SpatialAttention):
            _set(module.out, torch.zeros_like(module.out.weight))
        elif isinstance(module, Halve):
            kernel = torch.zeros(3, 3)
            kernel[:2, :2] = 1 / 4
            _set(module.conv, torch.eye(module.conv.in_channels)[:, :, None, None] * kernel)
        elif isinstance(module, Double):
            _set(module.conv, nn.init.dirac_(torch.empty_like(module.conv.weight)))
    for conv in (vqgan.to_code, vqgan.from_code):
        nn.init.orthogonal_(conv.weight)


def edge_distance(drawn: Tensor, images: Tensor) -> Tensor:
    """Mean distance of the differences of neighbours, across and down.

    >>> flat, step = torch.zeros(1, 3, 2, 2), torch.tensor([0.0, 1.0]).expand(1, 3, 2, 2)
    >>> float(edge_distance(flat, step))
    0.5
    """
    across = (drawn.diff(dim=-1) - images.diff(dim=-1)).abs().mean()
    down = (drawn.diff(dim=-2) - images.diff(dim=-2)).abs().mean()
    return (across + down) / 2


def _set(conv: nn.Conv2d, weight: Tensor) -> None:
    """Give a convolution this kernel and no bias."""
    assert conv.bias is not None
    conv.weight.copy_(weight)
    conv.bias.zero_()


@torch.no_grad()
def psnr(drawn: Tensor, images: Tensor) -> Tensor:
    """Peak signal to noise of each picture (b,), in decibels, of pixels as they are stored.

    >>> black = torch.full((1, 3, 4, 4), -1.0)
    >>> psnr(black + 2 / 255, black).round(decimals=2).tolist()
    [48.130001068115234]
    """
    levels = [(x.clamp(-1, 1) * 127.5 + 127.5).round() for x in (drawn, images)]
    errors = (levels[0] - levels[1]).square().flatten(1).mean(1)
    return 20 * torch.log10(255 / errors.sqrt().clamp(min=1e-3))
