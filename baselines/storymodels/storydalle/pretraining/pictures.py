"""Stage one as a task of `storymodels.training`: a VQGAN from single frames, without captions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from storybench.files import write_json
from storybench.loader import draw_of
from storybench.types import Progress
from storymodels.storydalle.pretraining.singles import Singles
from storymodels.storydalle.pretraining.stage1 import StageOne
from storymodels.storydalle.sheet import write_sheet
from storymodels.storydalle.vqgan import Vqgan

SHEET = 12
"""Pictures of a sheet of samples."""

ENCODED = 64
"""Pictures at a time."""


class LearnPictures:
    """Stage one: a VQGAN from single frames, each mirrored in every other epoch or so.

    Args:
        module: what learns.
        singles: what from.
        held: frames to draw again for a sheet.
        seed: of what is mirrored.
    """

    def __init__(self, module: StageOne, singles: Singles, held: Singles, *, seed: int = 0) -> None:
        self.module = module
        self.moved = module.moved
        self.n_items = len(singles)
        self._singles, self._held, self._seed = singles, held, seed

    def batches(self, epoch: int, items: Sequence[Sequence[int]]) -> Iterator[Tensor]:
        """Pictures (b, 3, side, side), -1..1."""
        for rows in items:
            images = self._singles.floats(torch.tensor(rows))
            mirrored = [draw_of(self._seed, epoch, row)("flip") < 0.5 for row in rows]
            yield torch.where(torch.tensor(mirrored)[:, None, None, None], images.flip(-1), images)

    def example(self, n_items: int) -> Tensor:
        """Black pictures."""
        return torch.zeros(n_items, *self._singles.pictures.shape[1:])

    def losses(self, module: nn.Module, batch: Tensor) -> dict[str, Tensor]:
        """Those of `StageOne`."""
        return module(batch)

    def units(self) -> Sequence[nn.Module]:
        """The levels of encoder and decoder."""
        vqgan = self.module.vqgan
        return [*vqgan.encoder.levels, *vqgan.decoder.levels]

    def write_about(self, folder: Path, *, step: int) -> None:
        """Write the weights of the loss and the step; this is no model yet."""
        write_json(folder / "stage1.json", {"weights": asdict(self.module.weights), "step": step})

    def draw(self, path: Path) -> None:
        """Draw frames that were not learned from, above themselves drawn again."""
        images = self._held.spread(SHEET).to(self.module.n_batches.device)
        with torch.inference_mode():
            drawn, _, _ = self.module.reconstruct(images)
        write_sheet(path, [images, drawn])


@torch.inference_mode()
def encoded(vqgan: Vqgan, singles: Singles, *, on_progress: Progress | None = None) -> Tensor:
    """The codes of all frames, (n, codes), by a VQGAN in evaluation mode."""
    device = vqgan.codebook.weight.device
    found = []
    for start in range(0, len(singles), ENCODED):
        rows = torch.arange(start, min(start + ENCODED, len(singles)))
        found.append(vqgan.encode(singles.floats(rows).to(device)).cpu())
        if on_progress is not None:
            on_progress(int(rows[-1]) + 1, len(singles), "frames to codes")
    return torch.cat(found)
