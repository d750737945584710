"""nearest-train: the targets of the training story most like the prompt. What memory is worth.

Likeness of two stories is the sum of two numbers between 0 and 1: the TF-IDF cosine of their
captions (source and targets), and 1 - the root mean square difference of their source pictures as
8 x 8 thumbnails of the centre square, in units of 255. Ties go to the first id in the alphabet.
The pictures are real, so FID likes this row; they belong to another story, so a metric that reads
the captions should not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.shards.reader import Stories
from storybench.types import Image, Prediction, Story, StoryPrompt
from storymodels.controls.square import fit_square, prediction_side
from storymodels.controls.word_vectors import WordVectors

THUMBNAIL = 8


class NearestTrain:
    """Answers a prompt with the targets of the nearest training story, whatever the seed.

    Keeps a word vector and a thumbnail of each training story; the pictures of the nearest one are
    read when they are asked for. `chosen` maps the id of each answered story to the training story
    its pictures were taken from.
    """

    def __init__(self) -> None:
        self.chosen: dict[str, str] = {}

    def describe(self) -> Mapping[str, Any]:
        """Name, version and how likeness is measured."""
        return {
            "name": "nearest-train",
            "version": 1,
            "is_control": True,
            "likeness": "caption TF-IDF cosine + source thumbnail likeness",
            "thumbnail": THUMBNAIL,
        }

    def prepare(self, train: Sequence[Story]) -> None:
        """Index the training stories by captions and source; of shards, no target is decoded.

        Raises:
            InputError: there is none.
        """
        if not train:
            raise InputError(
                "Expected training stories for nearest-train to choose from, found none. Build "
                "the data with its train split, or use copy-source."
            )
        ids, texts, thumbnails = zip(*map(_looks, _prompts(train)), strict=True)
        self._train = train
        self._ids: tuple[str, ...] = ids
        self._words = WordVectors(texts)
        self._thumbnails = np.stack(thumbnails)

    def generate(self, prompt: StoryPrompt, *, seed: int) -> Prediction:
        """Target frames of the nearest story, fitted to the square of the prompt's source."""
        nearest = self._train[self._nearest(prompt)]
        self.chosen[prompt.id] = nearest.id
        side = prediction_side(prompt.source)
        frames = np.stack([fit_square(frame.image, side=side) for frame in nearest.targets])
        return Prediction(prompt.id, frames, seed=seed)

    def _nearest(self, prompt: StoryPrompt) -> int:
        text_likeness = self._words.similarity(_text(prompt.captions))
        likeness = text_likeness + _picture_likeness(self._thumbnails, _thumbnail(prompt.source))
        best = np.flatnonzero(likeness == likeness.max())
        return min(best.tolist(), key=lambda index: self._ids[index])


def _prompts(train: Sequence[Story]) -> Iterator[StoryPrompt]:
    """Id, source and captions of each story, without its targets where they can be left unread."""
    if isinstance(train, Stories):
        return (train.prompt(index) for index in range(len(train)))
    return (story.prompt() for story in train)


def _looks(prompt: StoryPrompt) -> tuple[str, str, Image]:
    """What is kept of a training story: id, text, thumbnail of its source."""
    return prompt.id, _text(prompt.captions), _thumbnail(prompt.source)


def _text(captions: Sequence[str]) -> str:
    return "\n".join(captions)


def _thumbnail(image: Image) -> Image:
    return fit_square(image, side=THUMBNAIL)


def _picture_likeness(thumbnails: NDArray[np.uint8], thumbnail: Image) -> NDArray[np.float64]:
    """1 - root mean square difference / 255 of each thumbnail with one, shape (n,)."""
    squares = (thumbnails.astype(np.int32) - thumbnail) ** 2
    return 1 - np.sqrt(squares.mean(axis=(1, 2, 3))) / 255
