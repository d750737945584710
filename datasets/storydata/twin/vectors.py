"""Sentences as vectors: what stands where the real releases have embeddings of large models.

A sentence is the normalised sum of its words, and a word a row of signs from its hash. So captions
with words in common are near each other, as a model can learn from, and the numbers are the same
on every machine.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

WORD = re.compile(r"[a-z]+")


def sentence_vector(text: str, size: int) -> NDArray[np.float32]:
    """A vector of length 1 (of zeros, where there are no words), float32 (size,).

    >>> one, same, other = (sentence_vector(text, 64) for text in ("Pim runs.", "PIM  runs", "Dot"))
    >>> bool((one == same).all()), bool(one @ other < 0.5)
    (True, True)
    """
    words = WORD.findall(text.lower())
    total = sum((_signs(word, size) for word in words), np.zeros(size, np.int64))
    length = max(1.0, float(total @ total)) ** 0.5
    return (total / length).astype(np.float32)


def word_flags(text: str, size: int) -> NDArray[np.float32]:
    """1 at the place of each word of a sentence, 0 elsewhere, float32 (size,)."""
    flags = np.zeros(size, np.float32)
    for word in WORD.findall(text.lower()):
        flags[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") % size] = 1
    return flags


@lru_cache(maxsize=2048)
def _signs(word: str, size: int) -> NDArray[np.int64]:
    data = hashlib.shake_256(word.encode()).digest(-(-size // 8))
    bits = np.unpackbits(np.frombuffer(data, np.uint8))[:size]
    return 2 * bits.astype(np.int64) - 1
