"""copy-source: every target is the source frame again. What a score is worth when nothing happens.

Neighbouring frames of a cartoon resemble each other, so this row scores well where a metric looks
at single pictures only; a model has to beat it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from storybench.types import Prediction, Story, StoryPrompt
from storymodels.controls.square import fit_square, prediction_side


class CopySource:
    """Repeats the centre square of the source; ignores captions, training stories and seed."""

    def describe(self) -> Mapping[str, Any]:
        """Name and version."""
        return {"name": "copy-source", "version": 1, "is_control": True}

    def prepare(self, train: Sequence[Story]) -> None:
        """Nothing to learn."""

    def generate(self, prompt: StoryPrompt, *, seed: int) -> Prediction:
        """The source as every target: uint8 RGB (t, s, s, 3), s its short side, at least 64."""
        square = fit_square(prompt.source, side=prediction_side(prompt.source))
        return Prediction(prompt.id, np.stack([square] * prompt.n_targets), seed=seed)
