"""Vectors made from the words of a caption alone: no weights, no files, the same everywhere.

Each word has a direction of its own, drawn by its hash; a caption is the sum over its words and
pairs of neighbours, made one long. So captions that share words are near each other, their order
counts a little, and no two words mean the same. For tests, and for where there is no network.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storybench.errors import InputError

WIDTH = 128
PAIR = 0.5
"""Weight of two neighbouring words beside that of one."""

_WORD = re.compile(r"[^\W_]+")


class Hashed:
    """An encoder to `width` numbers, a multiple of 8.

    >>> Hashed(8)(["Pororo runs.", ""]).norm(dim=1)
    tensor([1., 0.])
    """

    def __init__(self, width: int = WIDTH) -> None:
        if width < 8 or width % 8:
            raise InputError(f"Expected a width that is a multiple of 8, found {width}.")
        self.width = width

    def record(self) -> dict[str, Any]:
        """Kind, width and version."""
        return {"kind": "hash", "width": self.width, "version": 1}

    def __call__(self, captions: Sequence[str]) -> Tensor:
        """Vectors of length one, (n, width); zeros of a caption without a word."""
        rows = [_vector(caption, self.width) for caption in captions]
        return torch.from_numpy(np.array(rows, np.float32).reshape(len(rows), self.width))


def _vector(caption: str, width: int) -> NDArray[np.float64]:
    words = _WORD.findall(caption.lower())
    total = np.zeros(width)
    for word in words:
        total += _direction(word, width)
    for a, b in pairwise(words):
        total += PAIR * _direction(f"{a} {b}", width)
    return total / (np.linalg.norm(total) or 1.0)


@lru_cache(maxsize=100_000)
def _direction(text: str, width: int) -> NDArray[np.int8]:
    """Ones and minus ones, (width,)."""
    drawn = hashlib.shake_256(text.encode()).digest(width // 8)
    return 2 * np.unpackbits(np.frombuffer(drawn, np.uint8)).astype(np.int8) - 1
