"""From the codes of n frames to the logits of the next, one code at a time.

Rows before the codes, and those of codes so far, stand in `held`.
"""

# ruff: noqa: F722  (jaxtyping writes shapes as strings)
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor
from torch.backends import cuda

from storymodels.storydalle.cache import Cache, FixedCache, Held
from storymodels.storydalle.retro import Source
from storymodels.storydalle.transformer import Transformer

if TYPE_CHECKING:
    from jaxtyping import Float, Int


class Step(Protocol):
    """One code further; what the rows look at can be changed."""

    held: Held
    source: Source | None

    def __call__(self, codes: Int[Tensor, " n"], number: int) -> Float[Tensor, "n v"]:
        """Logits behind codes, which are the `number`-th of their pictures, counted from 0."""
        ...


class Steps(Protocol):
    """What makes the step of a batch."""

    def __call__(
        self, transformer: Transformer, source: Source | None, *, n: int, n_before: int
    ) -> Step:
        """For n drawings with so many rows before their codes, which look at a source if any."""
        ...


class Plain:
    """A `Step` that reads the rows so far and no others; the class is a `Steps`.

    So keys are one more at every step, and attention is not cuDNN's, which makes a plan for each
    number of them.
    """

    def __init__(
        self, transformer: Transformer, source: Source | None, *, n: int, n_before: int
    ) -> None:
        self.source, self._transformer, self._n_before = source, transformer, n_before
        self.held = transformer.room(n, n_rows=n_before + transformer.size.n_codes - 1)

    def __call__(self, codes: Tensor, number: int) -> Tensor:
        """As `Step` has it."""
        place = torch.full((1,), number, device=codes.device)
        cache = Cache(self.held, self._n_before + number)
        with _without_cudnn():
            return _logits(self._transformer, self.source, cache, codes, place)


class Fixed:
    """A `Step` of the same shapes and addresses for every code of every batch of its shape.

    It reads all rows there is room for. The class is a `Steps`.
    """

    def __init__(
        self, transformer: Transformer, source: Source | None, *, n: int, n_before: int
    ) -> None:
        self._transformer, self._n_before = transformer, n_before
        self.held = transformer.room(n, n_rows=n_before + transformer.size.n_codes - 1)
        self._place = torch.zeros(1, dtype=torch.long, device=self.held[0].device)
        self.source = None if source is None else source.clone()
        self.begin(source)

    def begin(self, source: Source | None) -> None:
        """Forget the rows so far, and look at another source of the same shape."""
        for layer in self.held:
            layer.zero_()
        if self.source is not None and source is not None:
            self.source.copy_(source)

    def __call__(self, codes: Tensor, number: int) -> Tensor:
        """As `Step` has it."""
        return self.further(codes, self._place.fill_(number))

    def further(self, codes: Int[Tensor, " n"], place: Int[Tensor, " one"]) -> Float[Tensor, "n v"]:
        """Logits behind codes that stand at a place of their pictures."""
        cache = FixedCache(self.held, self._n_before + place)
        return _logits(self._transformer, self.source, cache, codes, place)


@contextmanager
def _without_cudnn() -> Iterator[None]:
    """In the block attention is done another way; torch's first choice on an H100 is cuDNN."""
    was_allowed = cuda.cudnn_sdp_enabled()
    cuda.enable_cudnn_sdp(False)
    try:
        yield
    finally:
        cuda.enable_cudnn_sdp(was_allowed)


def _logits(
    transformer: Transformer,
    source: Source | None,
    cache: Cache | FixedCache,
    codes: Tensor,
    place: Tensor,
) -> Tensor:
    rows = transformer.embed_codes(codes[:, None], places=place)
    out = transformer(rows, aside=source, cache=cache)
    return transformer.image_head(out[:, -1])
