"""The decoder learns to draw outlines: codes stay what they are, so whoever predicts them does too.

A distance of pixels alone is smallest for the mean of all pictures that the same codes may stand
for, which is blurred. So, as in taming-transformers (Esser, Rombach and Ommer 2021, arXiv
2012.09841), a judge learns to tell drawn pictures from real ones while the decoder learns to be
taken for real. In place of a pretrained perceptual network, which would have to be downloaded,
pictures are compared by what the judge's layers find in them (Wang et al. 2018, arXiv 1711.11585).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.func import functional_call

from storybench.files import write_json
from storymodels.storydalle.pretraining.discriminator import Discriminator, feature_distance, hinge
from storymodels.storydalle.pretraining.pictures import SHEET
from storymodels.storydalle.pretraining.singles import Singles
from storymodels.storydalle.pretraining.stage1 import edge_distance
from storymodels.storydalle.sheet import write_sheet
from storymodels.storydalle.vqgan import Vqgan

MOVED = ("vqgan.from_code.", "vqgan.decoder.", "discriminator.")
"""What the names of the parameters that move begin with."""


@dataclass(frozen=True, slots=True)
class SharpWeights:
    """How much each part of the decoder's loss counts beside the mean distance of pixels.

    `edges` is that of differences of neighbours, `features` of what the judge finds, `realness`
    of being taken for real: with three times as much, coloured specks are drawn where snow falls.
    `channels` is the width of the judge's first layer.
    """

    edges: float = 1.0
    features: float = 1.0
    realness: float = 0.03
    channels: int = 24


@dataclass(frozen=True)
class Coded:
    """Codes (b, codes) and their pictures (b, 3, side, side), -1..1."""

    codes: Tensor
    images: Tensor


class Sharpening(nn.Module):
    """A VQGAN whose decoder is trained, and its judge, in one step each by one gradient.

    The judge is shown drawings without a way back to the decoder, and judges for the decoder with
    weights that have no gradient; so the two losses can be added.
    """

    def __init__(self, vqgan: Vqgan, weights: SharpWeights) -> None:
        super().__init__()
        self.weights = weights
        self.vqgan = vqgan
        self.discriminator = Discriminator(weights.channels)

    @property
    def moved(self) -> list[str]:
        """The names of the parameters that an optimiser moves."""
        return [name for name, _ in self.named_parameters() if name.startswith(MOVED)]

    def forward(self, batch: Coded) -> dict[str, Tensor]:
        """The loss of both, and its parts."""
        counts, images = self.weights, batch.images
        drawn = self.vqgan.decode(batch.codes)
        real_logits, real_found = self.discriminator(images)
        drawn_logits, _ = self.discriminator(drawn.detach())
        logits, found = self._judged(drawn)
        parts = {
            "pixels": (drawn - images).abs().mean(),
            "edges": edge_distance(drawn, images),
            "features": feature_distance(found, real_found),
            "realness": -logits.mean(),
            "judge": hinge(real_logits, drawn_logits),
        }
        loss = (
            parts["pixels"]
            + counts.edges * parts["edges"]
            + counts.features * parts["features"]
            + counts.realness * parts["realness"]
            + parts["judge"]
        )
        return {"loss": loss, **parts}

    def _judged(self, drawn: Tensor) -> tuple[Tensor, list[Tensor]]:
        still = {name: p.detach() for name, p in self.discriminator.named_parameters()}
        return functional_call(self.discriminator, still, (drawn,))


class LearnOutlines:
    """A decoder, from frames and their codes.

    Args:
        module: what learns.
        singles: what from.
        codes: of the frames of `singles`, (n, codes).
        held: frames to draw again for a sheet.
    """

    def __init__(self, module: Sharpening, singles: Singles, codes: Tensor, held: Singles) -> None:
        self.module = module
        self.moved = module.moved
        self.n_items = len(singles)
        self._singles, self._codes, self._held = singles, codes, held

    def batches(self, epoch: int, items: Sequence[Sequence[int]]) -> Iterator[Coded]:
        """Codes and pictures, the same in every epoch."""
        del epoch
        for rows in map(torch.tensor, items):
            yield Coded(self._codes[rows], self._singles.floats(rows))

    def example(self, n_items: int) -> Coded:
        """Black pictures, of the first code."""
        codes = self._codes.new_zeros(n_items, self._codes.shape[1])
        return Coded(codes, torch.zeros(n_items, *self._singles.pictures.shape[1:]))

    def losses(self, module: nn.Module, batch: Coded) -> dict[str, Tensor]:
        """Those of `Sharpening`."""
        return module(batch)

    def units(self) -> Sequence[nn.Module]:
        """The levels of the decoder."""
        return [*self.module.vqgan.decoder.levels]

    def write_about(self, folder: Path, *, step: int) -> None:
        """Write the weights of the loss and the step; this is no model yet."""
        about = {"weights": asdict(self.module.weights), "step": step}
        write_json(folder / "sharpening.json", about)

    def draw(self, path: Path) -> None:
        """Draw frames that were not learned from, above themselves drawn again."""
        vqgan = self.module.vqgan
        images = self._held.spread(SHEET).to(vqgan.codebook.weight)
        with torch.inference_mode():
            drawn = vqgan.decode(vqgan.encode(images))
        write_sheet(path, [images, drawn])
