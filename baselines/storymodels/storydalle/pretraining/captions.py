"""Stage two as a task of `storymodels.training`: captions to codes.

The VQGAN is frozen, and the transformer learns from captions and the codes of their pictures: a
StoryDALL-E with nothing of a story yet, which is what minDALL-E is to the published model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from storybench.loader import draw_of
from storymodels.storydalle.checkpoints.saved import write_about
from storymodels.storydalle.model import Given, StoryDalle, losses
from storymodels.storydalle.pretraining.pictures import SHEET
from storymodels.storydalle.pretraining.singles import Singles
from storymodels.storydalle.sampling import Choice, numbers_for, sample
from storymodels.storydalle.sheet import write_sheet
from storymodels.storydalle.tokenizer import Tokenizer

TEXT_WEIGHT = 1 / 7
"""Of the loss of the text against that of the codes (Ramesh et al. 2021, arXiv 2102.12092, 2.2)."""

PRESET = "twin-base"
"""What a model is written as."""

DRAWN = Choice(top_k=64, top_p=0.9)
"""How the codes of a sheet are chosen."""


@dataclass(frozen=True)
class Captioned:
    """Captions as tokens (b, 1, text) and the codes of their pictures (b, 1, codes)."""

    text: Tensor
    codes: Tensor


class LearnCaptions:
    """Stage two: the transformer of a model without a story, from captions to codes.

    Args:
        model: what learns; its VQGAN stays.
        tokenizer: of the captions.
        singles: the captions; each epoch takes another of those that tell a scene.
        codes: of the frames of `singles`, (n, codes): see `encoded`.
        held: frames whose captions are drawn for a sheet.
        seed: of which caption is taken.
        data_digest: of what it learns from.
    """

    def __init__(
        self,
        model: StoryDalle,
        tokenizer: Tokenizer,
        singles: Singles,
        codes: Tensor,
        held: Singles,
        *,
        seed: int = 0,
        data_digest: str,
    ) -> None:
        self.module = model
        self.moved = [n for n, _ in model.named_parameters() if n.startswith("transformer.")]
        self.n_items = len(singles)
        self.tokenizer, self._seed = tokenizer, seed
        self._codes, self._held, self._scenes = codes, held, singles.scenes
        n_text = model.size.transformer.n_text
        self._texts = [tokenizer.encode(texts, n_text) for texts in singles.captions]
        self._data_digest = data_digest

    def batches(self, epoch: int, items: Sequence[Sequence[int]]) -> Iterator[Captioned]:
        """Captions and codes."""
        for rows in items:
            texts = torch.stack([self._text(epoch, row) for row in rows])
            yield Captioned(texts[:, None], self._codes[torch.tensor(rows)][:, None])

    def example(self, n_items: int) -> Captioned:
        """Captions and codes that are all the first of the vocabulary."""
        size = self.module.size.transformer
        empty = torch.zeros(n_items, 1, size.n_text, dtype=torch.long)
        return Captioned(empty, empty.new_zeros(n_items, 1, size.n_codes))

    def losses(self, module: nn.Module, batch: Captioned) -> dict[str, Tensor]:
        """Cross-entropy of codes and of text, in nats, and their weighted sum."""
        logits = module(without_story(batch.text), batch.codes)
        of_codes, of_text = losses(logits, batch.text[:, 0], batch.codes[:, 0])
        return {"loss": of_codes + TEXT_WEIGHT * of_text, "codes": of_codes, "text": of_text}

    def units(self) -> Sequence[nn.Module]:
        """None: a block is never called as a whole."""
        return []

    def write_about(self, folder: Path, *, step: int) -> None:
        """Write what makes a checkpoint a model that can be read and drawn with."""
        write_about(
            folder,
            self.module,
            tokenizer=self.tokenizer,
            sentences=None,
            preset=PRESET,
            data_digest=self._data_digest,
            step=step,
        )

    def draw(self, path: Path) -> None:
        """Draw held-out frames, what their codes can be at best, and what their captions give."""
        images, captions = self._held.spread(SHEET), self._held.spread_captions(SHEET)
        vqgan = self.module.vqgan
        with torch.inference_mode():
            best = vqgan.decode(vqgan.encode(images.to(vqgan.codebook.weight)))
        drawn = draw_captions(self.module, self.tokenizer, captions)
        write_sheet(path, [images, best, drawn])

    def _text(self, epoch: int, row: int) -> Tensor:
        texts = self._texts[int(self._scenes[row])]
        return texts[int(draw_of(self._seed, epoch, row)("caption") * len(texts))]


def without_story(text: Tensor) -> Given:
    """What a model without a story is given: captions (b, 1, text) alone."""
    b = len(text)
    return Given(text, torch.zeros(b, 1, 0, device=text.device), text.new_zeros(b, 0))


def draw_captions(
    model: StoryDalle,
    tokenizer: Tokenizer,
    captions: Sequence[str],
    *,
    choice: Choice = DRAWN,
    seed: int = 0,
) -> Tensor:
    """Pictures (n, 3, side, side) of captions, by a model without a story in evaluation mode."""
    size, device = model.size.transformer, model.transformer.norm.weight.device
    text = tokenizer.encode(captions, size.n_text)[:, None].to(device)
    names = [f"{k}|{caption}" for k, caption in enumerate(captions)]
    numbers = numbers_for(names, size.n_codes, seed=seed)[:, None].to(device)
    codes = sample(model, without_story(text), choice=choice, numbers=numbers)
    with torch.inference_mode():
        return model.vqgan.decode(codes[:, 0])
