"""Captions as TF-IDF vectors of unit length, so that a dot product is their cosine.

Weights are the usual ones: how often a word occurs in a story's captions, times
`ln((1 + n) / (1 + n_with_word)) + 1` over the n fitted texts.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

_WORD = re.compile(r"[^\W_]+")


class WordVectors:
    """Vectors of a fixed list of texts, and the similarity of any text to each of them."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(words(text)) for text in texts]
        n_with_word = Counter(word for count in counts for word in count)
        self._columns = {word: column for column, word in enumerate(sorted(n_with_word))}
        self._idf = {
            word: math.log((1 + len(texts)) / (1 + n)) + 1 for word, n in n_with_word.items()
        }
        self._matrix = self._vectors(counts)

    def similarity(self, text: str) -> NDArray[np.float64]:
        """Cosine with each fitted text, 0..1, shape (n,); words never seen count for nothing."""
        return (self._matrix @ self._vectors([Counter(words(text))]).T).toarray()[:, 0]

    def _vectors(self, counts: Sequence[Counter[str]]) -> csr_array:
        indices: list[int] = []
        values: list[float] = []
        starts = [0]
        for count in counts:
            known = sorted(word for word in count if word in self._columns)
            weights = np.array([count[word] * self._idf[word] for word in known])
            indices += [self._columns[word] for word in known]
            values += (weights / np.linalg.norm(weights)).tolist()
            starts.append(len(indices))
        return csr_array((values, indices, starts), shape=(len(counts), len(self._columns)))


def words(text: str) -> list[str]:
    """The words of a text in lower case.

    >>> words("Fred's car, 2 doors.")
    ['fred', 's', 'car', '2', 'doors']
    """
    return _WORD.findall(text.lower())
