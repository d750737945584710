"""Codes one after the other, each from those before it: rows that have been are kept in a cache.

What a frame looks at in the source is projected once, and the cache has its full size from the
start. A frame that is drawn several times has one row of prefix and text for all of them. With
`switches.PAPER` the logits are those of the model run over the whole picture.
"""

from __future__ import annotations

import torch
from torch import Tensor

from storymodels.storydalle.model import Given, StoryDalle


class Decoding:
    """The frames of some stories while they are drawn, by a model in evaluation mode.

    Each of the frames is drawn `copies` times; the copies of one stand on end.
    """

    def __init__(self, model: StoryDalle, given: Given, *, copies: int = 1) -> None:
        transformer, n = model.transformer, given.n_frames
        rows = transformer.embed_text(given.text.flatten(0, 1))
        self._n_prefix = 0
        if model.retro is not None or model.switches.plain_prefix:
            prefix = model.prefix(given.sentences)
            self._n_prefix = prefix.shape[1]
            rows = torch.cat([prefix, rows], dim=1)
        self._model = model
        self._source = model.source(given.source_codes, n=n)
        n_before = rows.shape[1]
        n_rows = n_before + transformer.size.n_codes - 1
        self._cache = transformer.new_cache(n, n_rows=n_rows if copies == 1 else n_before)
        self._n_codes = 0
        first = self._first(transformer(rows, aside=self._source, cache=self._cache))
        self.logits = first.repeat_interleave(copies, dim=0)
        """Of the next code, (n * copies, image vocabulary)."""
        if copies > 1:
            self._cache = self._cache.repeated(copies, n_rows=n_rows)

    def take(self, codes: Tensor) -> Tensor:
        """Go on with the code (n * copies,) that was taken for each; returns the next logits."""
        transformer = self._model.transformer
        rows = transformer.embed_codes(codes[:, None], start=self._n_codes)
        self._n_codes += 1
        out = transformer(rows, aside=self._source, cache=self._cache)
        self.logits = transformer.image_head(out[:, -1])
        return self.logits

    def _first(self, out: Tensor) -> Tensor:
        is_last = self._model.switches.first_row == "last"
        row = out.shape[1] - 1 - (0 if is_last else self._n_prefix)
        return self._model.transformer.image_head(out[:, row])
