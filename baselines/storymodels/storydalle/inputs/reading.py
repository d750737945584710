"""Stories as StoryDALL-E is given them: tokens, sentence vectors, and codes of their pictures.

    reading = Reading(Stories("shards"), "train", tokenizer=…, sentences=…, codes=Codes(vqgan), …)
    reading.set_epoch(3)
    batch = reading.batch([17, 4])

`set_epoch` looks at every picture and caption of the epoch and has encoded what nobody had encoded
yet; a batch is then a look into tables. What is random in an epoch is a hash of seed, epoch and
story (`storybench.loader`), so a run that was stopped reads on as if it had not been. Under
torchrun the processes share what is new. Captions are lower-cased.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from storybench.errors import InputError
from storybench.loader import StoryDataset, Transform, draw_of
from storybench.shards.reader import Stories
from storybench.types import Progress, StoryPrompt
from storymodels.storydalle.inputs.codes import Codes
from storymodels.storydalle.inputs.pixels import CodeTable, code_table
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.sentences.encoder import SentenceEncoder
from storymodels.storydalle.sizes import Size
from storymodels.storydalle.tokenizer import Tokenizer


@dataclass(frozen=True)
class Batch:
    """b stories of t target frames: what a model is given, and what it should draw.

    Attributes:
        given: tokens, sentence vectors and source codes.
        codes: codes of the target frames, int64 (b, t, codes).
        ids: of the stories.
        captions: of the target frames of each.
    """

    given: Given
    codes: Tensor
    ids: tuple[str, ...]
    captions: tuple[tuple[str, ...], ...]


class Captions:
    """Tokens and sentence vectors of captions, each distinct caption once.

    `sentences` is None for a model without story encoder; vectors then have no numbers.
    """

    def __init__(
        self, tokenizer: Tokenizer, sentences: SentenceEncoder | None, *, n_text: int
    ) -> None:
        self._tokenizer, self._sentences, self._n_text = tokenizer, sentences, n_text
        self._rows: dict[str, int] = {}
        self._text = torch.zeros(0, n_text, dtype=torch.int64)
        self._vectors = torch.zeros(0, 0 if sentences is None else sentences.width)

    def learn(self, captions: Iterable[str]) -> None:
        """Encode those that are new, all at once.

        Raises:
            InputError, MissingError: the sentence encoder cannot encode one of them.
        """
        new = [caption for caption in dict.fromkeys(captions) if caption not in self._rows]
        if not new:
            return
        text = self._tokenizer.encode(new, self._n_text)
        vectors = torch.zeros(len(new), 0) if self._sentences is None else self._sentences(new)
        self._text = torch.cat([self._text, text])
        self._vectors = torch.cat([self._vectors, vectors])
        self._rows |= {caption: len(self._rows) + k for k, caption in enumerate(new)}

    def __call__(self, captions: Sequence[Sequence[str]]) -> tuple[Tensor, Tensor]:
        """Tokens (b, t, text) and vectors (b, t, width) of b stories of t captions."""
        self.learn(caption for story in captions for caption in story)
        rows = torch.tensor([[self._rows[caption] for caption in story] for story in captions])
        return self._text[rows], self._vectors[rows]


@dataclass(frozen=True, eq=False)
class _Shown:
    """What an epoch shows: target captions of every story, and codes of its pictures."""

    epoch: int
    told: list[tuple[str, ...]]
    table: CodeTable


class Reading:
    """The stories of a split, batch by batch.

    Args:
        stories: a folder of shards, or its `Stories`.
        split: which split; None for all that `stories` has.
        tokenizer: of the captions.
        sentences: of the captions too; None for a model without story encoder.
        codes: of the pictures.
        n_text: tokens of a caption.
        side: of the pictures that the VQGAN takes, in pixels.
        frames: "stored" or "random", as in `StoryDataset`.
        captions: "default", "first", "last" or "random", as there.
        crop: "centre" or "random", as in `Transform`.
        seed: of every choice.

    Raises:
        InputError: no such split, or an option that is none.
        MissingError: no finished build there.
    """

    def __init__(
        self,
        stories: Stories | Path | str,
        split: str | None = None,
        *,
        tokenizer: Tokenizer,
        sentences: SentenceEncoder | None,
        codes: Codes,
        n_text: int,
        side: int,
        frames: str = "stored",
        captions: str = "default",
        crop: str = "centre",
        seed: int = 0,
    ) -> None:
        transform = Transform(side, crop=crop, scale="bytes")  # type: ignore[arg-type]
        self.dataset = StoryDataset(
            stories,
            split,
            frames=frames,  # type: ignore[arg-type]
            captions=captions,  # type: ignore[arg-type]
            lower=True,
            transform=transform,
            seed=seed,
        )
        self._codes = codes
        self._captions = Captions(tokenizer, sentences, n_text=n_text)
        is_fixed = (frames, crop) == ("stored", "centre")
        self._has_fixed_pictures = is_fixed
        self._is_fixed = is_fixed and captions != "random"
        self._shown: _Shown | None = None

    @classmethod
    def of(
        cls,
        model: StoryDalle,
        stories: Stories,
        *,
        tokenizer: Tokenizer,
        sentences: SentenceEncoder | None,
    ) -> Reading:
        """Stories as a model that draws reads them: stored frames, cut to their centre."""
        size = model.size
        return cls(
            stories,
            tokenizer=tokenizer,
            sentences=sentences,
            codes=Codes(model.vqgan),
            n_text=size.transformer.n_text,
            side=size.vqgan.side,
        )

    def __len__(self) -> int:
        return len(self.dataset)

    @property
    def ids(self) -> tuple[str, ...]:
        """Id of every story, in order."""
        return self.dataset.ids

    def set_epoch(self, epoch: int, *, on_progress: Progress | None = None) -> None:
        """Show another epoch, having encoded what is new in it.

        Raises:
            InputError, MissingError: the sentence encoder cannot encode a caption.
            VerificationError: a shard is damaged.
            NoSpaceError: the disk is full; what was encoded before is kept.
        """
        self.dataset.set_epoch(epoch)
        shown = self._shown
        if shown is not None and (self._is_fixed or shown.epoch == self.dataset.epoch):
            return
        told = [self.dataset.captions_of(row)[1:] for row in range(len(self))]
        self._captions.learn(caption for story in told for caption in story)
        table = code_table(
            self.dataset, self._codes, is_fixed=self._has_fixed_pictures, on_progress=on_progress
        )
        self._shown = _Shown(self.dataset.epoch, told, table)

    def batch(self, rows: Sequence[int]) -> Batch:
        """Some stories, by number, of the epoch that is shown; the first if none is."""
        if self._shown is None:
            self.set_epoch(self.dataset.epoch)
        assert self._shown is not None
        captions = tuple(self._shown.told[row] for row in rows)
        text, sentences = self._captions(captions)
        codes = self._shown.table.of(rows)
        given = Given(text, sentences, codes[:, 0])
        return Batch(given, codes[:, 1:], tuple(self.ids[row] for row in rows), captions)


def given(
    prompts: Sequence[StoryPrompt],
    *,
    tokenizer: Tokenizer,
    sentences: SentenceEncoder | None,
    codes: Codes,
    n_text: int,
    side: int,
) -> Given:
    """What a model is given to draw the targets of prompts, all with as many captions.

    The source is cut to its centre, as in evaluation.

    Raises:
        InputError: there are no prompts, they have different numbers of captions, or the sentence
            encoder cannot encode one.
        MissingError: the sentence encoder is not at hand.
    """
    counts = sorted({prompt.n_targets for prompt in prompts})
    if len(counts) != 1 or counts[0] < 1:
        raise InputError(
            "Expected prompts with equally many target captions, at least one, found "
            f"{' and '.join(map(str, counts)) or 'no prompts'}."
        )
    transform, draw = Transform(side, scale="bytes"), draw_of(0)
    sources = codes(transform([prompt.source], draw)[0] for prompt in prompts)
    told = [tuple(caption.lower() for caption in prompt.captions[1:]) for prompt in prompts]
    text, vectors = Captions(tokenizer, sentences, n_text=n_text)(told)
    return Given(text, vectors, sources)


def check_fit(size: Size, tokenizer: Tokenizer, sentences: SentenceEncoder | None) -> None:
    """Check that a model of a size can be given what these make of captions.

    Raises:
        InputError: the tokenizer has tokens that the model has not, or vectors of sentences are
            not as wide as the model expects.
    """
    if tokenizer.n_tokens > size.transformer.text_vocabulary:
        raise InputError(
            f"Expected a tokenizer of at most the {size.transformer.text_vocabulary:,} tokens that "
            f"the model has, found one of {tokenizer.n_tokens:,}. Is it that of another model?"
        )
    width = 0 if sentences is None else sentences.width
    if width != size.story.sentence_width:
        raise InputError(
            f"Expected sentence vectors of {size.story.sentence_width} numbers, as the model was "
            f"made for, found {width}. Choose the sentence encoder that it was trained with."
        )
