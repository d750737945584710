"""The whole StoryDALL-E: a frozen VQGAN, a transformer, and what makes it continue stories.

Rows of one frame: prompts, the frame's story vector, its caption, the codes of its picture. Frames
of a story share the source and never see each other
(adymaharana/storydalle@132dd19:story-dalle/dalle/models/__init__.py:873-1120).
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from storymodels.storydalle.prompt import Prompt
from storymodels.storydalle.retro import Retro, Source
from storymodels.storydalle.sizes import Size
from storymodels.storydalle.story import StoryEncoder
from storymodels.storydalle.switches import PAPER, Switches
from storymodels.storydalle.transformer import Logits, Transformer
from storymodels.storydalle.vqgan import Vqgan

if TYPE_CHECKING:
    from jaxtyping import Float, Int


@dataclass(frozen=True)
class Given:
    """What a model is given of b stories of t target frames.

    Attributes:
        text: tokens of the target captions.
        sentences: sentence embeddings of the target captions.
        source_codes: codes of the source frames.
    """

    text: Int[Tensor, "b t text"]
    sentences: Float[Tensor, "b t sentence"]
    source_codes: Int[Tensor, "b codes"]

    @property
    def n_frames(self) -> int:
        """Target frames of all stories."""
        return self.text.shape[0] * self.text.shape[1]

    def of(self, stories: slice) -> Given:
        """The same of some of the stories alone."""
        return Given(self.text[stories], self.sentences[stories], self.source_codes[stories])


class StoryDalle(nn.Module):
    """Stories are (b, t, ...) with t frames each; their n = b * t frames stand story by story."""

    def __init__(self, size: Size, switches: Switches = PAPER) -> None:
        super().__init__()
        self.size, self.switches = size, switches
        width, n_heads = size.transformer.width, size.transformer.n_heads
        story = size.story
        self.vqgan = Vqgan(size.vqgan)
        self.transformer = Transformer(size.transformer)
        self.story_encoder = (
            StoryEncoder(story.sentence_width, width, n_heads, switches)
            if story.sentence_width
            else None
        )
        self.prompt = (
            Prompt(story.n_prompts, width, dropout=story.prompt_dropout)
            if story.n_prompts
            else None
        )
        self.retro = Retro(size.transformer.n_layers, width, n_heads) if story.has_retro else None

    @property
    def mixes_sources(self) -> bool:
        """Whether a batch mixes up the sources of its stories, as in the public code.

        Such a model is drawn with one story at a time, as its authors did.
        """
        return self.retro is not None and self.switches.retro_layout == "mixed"

    def prefix(self, sentences: Float[Tensor, "b t sentence"]) -> Float[Tensor, "b*t prefix width"]:
        """Rows before the text, of sentence embeddings.

        Their positions are those of the first text rows.
        """
        n = sentences.shape[0] * sentences.shape[1]
        rows = []
        if self.prompt is not None:
            rows.append(self.prompt().expand(n, -1, -1))
        if self.story_encoder is not None:
            rows.append(self.story_encoder(sentences).flatten(0, 1)[:, None])
        if not rows:
            return sentences.new_zeros(n, 0, self.size.transformer.width)
        positions = self.transformer.text_positions.weight[: self.size.n_prefix]
        return torch.cat(rows, dim=1) + positions

    def source(self, source_codes: Int[Tensor, "b codes"], *, n: int) -> Source | None:
        """What n frames look at: the source frames of b stories, as codes."""
        if self.retro is None:
            return None
        seen = source_codes if self.size.story.sees_source else torch.zeros_like(source_codes)
        return self.retro.look_at(
            self.transformer.embed_codes(seen),
            n=n,
            switches=self.switches,
            n_prefix=self.size.n_prefix,
            n_text=self.size.transformer.n_text,
        )

    def forward(self, given: Given, codes: Int[Tensor, "b t codes"]) -> Logits:
        """What is predicted for every frame, behind its prefix, of its codes."""
        return self.transformer.logits(
            given.text.flatten(0, 1),
            codes.flatten(0, 1),
            prefix=self.prefix(given.sentences),
            aside=self.source(given.source_codes, n=given.n_frames),
        )


def losses(
    logits: Logits, text: Int[Tensor, "n text"], codes: Int[Tensor, "n codes"]
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """Mean cross-entropy, in nats, of codes and of text tokens but the first.

    Padding is text like any other, as in the public code
    (adymaharana/storydalle@132dd19:story-dalle/train_t2i.py:409-417).
    """
    return nats(logits.codes, codes).mean(), nats(logits.text, text[:, 1:]).mean()


def nats(
    scores: Float[Tensor, "n rows vocabulary"], said: Int[Tensor, "*shape"]
) -> Float[Tensor, "*shape"]:
    """What each code or token costs by the scores of its row: cross-entropy, in float32.

    >>> nats(torch.zeros(1, 2, 4), torch.tensor([[0, 3]]))
    tensor([[1.3863, 1.3863]])
    """
    rows = scores.flatten(0, 1).float()
    return functional.cross_entropy(rows, said.flatten(), reduction="none").view(said.shape)
