"""Codes one after the other, each from those before it: rows that have been are kept in a cache.

What a frame looks at in the source is projected once, and the cache has its full size from the
start. A frame that is drawn several times has one row of prefix and text for all of them. With
`switches.PAPER` the logits are those of the model run over the whole picture.
"""

from __future__ import annotations

import torch
from torch import Tensor

from storymodels.storydalle.cache import Cache
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.steps import Plain, Steps


class Decoding:
    """The frames of some stories while they are drawn, by a model in evaluation mode.

    Each of the frames is drawn `copies` times; the copies of one stand on end. `steps` makes what
    goes from code to code.
    """

    def __init__(
        self, model: StoryDalle, given: Given, *, copies: int = 1, steps: Steps = Plain
    ) -> None:
        transformer, n = model.transformer, given.n_frames
        rows = transformer.embed_text(given.text.flatten(0, 1))
        self._n_prefix = 0
        if model.retro is not None or model.switches.plain_prefix:
            prefix = model.prefix(given.sentences)
            self._n_prefix = prefix.shape[1]
            rows = torch.cat([prefix, rows], dim=1)
        source, n_before = model.source(given.source_codes, n=n), rows.shape[1]
        self._model = model
        self._step = steps(
            transformer,
            None if source is None else source.in_steps(),
            n=n * copies,
            n_before=n_before,
        )
        held = self._step.held if copies == 1 else transformer.room(n, n_rows=n_before)
        first = self._first(transformer(rows, aside=source, cache=Cache(held)))
        if copies > 1:
            Cache(held, n_before).copy_to(self._step.held)
        self._n_codes = 0
        self.logits = first.repeat_interleave(copies, dim=0)
        """Of the next code, (n * copies, image vocabulary)."""

    def take(self, codes: Tensor) -> Tensor:
        """Go on with the code (n * copies,) that was taken for each; returns the next logits."""
        self.logits = self._step(codes, self._n_codes)
        self._n_codes += 1
        return self.logits

    def _first(self, out: Tensor) -> Tensor:
        is_last = self._model.switches.first_row == "last"
        row = out.shape[1] - 1 - (0 if is_last else self._n_prefix)
        return self._model.transformer.image_head(out[:, row])
