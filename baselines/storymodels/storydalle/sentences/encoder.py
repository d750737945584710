"""What every encoder of sentences is: captions to vectors, and a record of how to make it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from torch import Tensor


class SentenceEncoder(Protocol):
    """Captions to vectors, each by itself: what else is asked for at once changes nothing."""

    @property
    def width(self) -> int:
        """Numbers of a vector."""
        ...

    def record(self) -> dict[str, Any]:
        """JSON values that a checkpoint keeps: `kind`, `width` and hashes of what it was made of.

        Equal records give equal vectors.
        """
        ...

    def __call__(self, captions: Sequence[str]) -> Tensor:
        """The vectors, float32 (n, width), on the processor.

        Raises:
            InputError, MissingError: a caption cannot be encoded here; says why.
        """
        ...
