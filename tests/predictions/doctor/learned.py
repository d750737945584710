"""A model that truly learns on the twin: ridge regression from words and source to pictures.

Small and blurred, as a learned model is where data are few; it knows characters, places and frames
only from its training split.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from storybench.types import Image

CODES = 64
RARE = 4
RIDGE = 10.0
SOURCE_SCALE = 1e-3


class Learned:
    """Targets (n, t, s, s, 3) from sources (n, s, s, 3) and captions (n, t + 1)."""

    def __init__(
        self, real: NDArray[np.uint8], captions: Sequence[Sequence[str]], *, codes: int = CODES
    ) -> None:
        """Fit on real frames (n, t + 1, s, s, 3), source first."""
        counts = Counter(word for row in captions for text in row for word in _words(text))
        known = sorted(word for word, n in counts.items() if n >= RARE)
        self._column = {word: at for at, word in enumerate(known)}
        targets = real[:, 1:].reshape(real.shape[0] * (real.shape[1] - 1), -1).astype(np.float64)
        self._mean = targets.mean(axis=0)
        some = targets[:: max(1, len(targets) // 1200)] - self._mean
        self._axes = _principal(some, codes)
        given = self._given(real[:, 0], captions)
        self._given_mean = given.mean(axis=0)
        given = given - self._given_mean
        wanted = (targets - self._mean) @ self._axes.T
        penalty = RIDGE * np.eye(given.shape[1])
        self._weights = np.linalg.solve(given.T @ given + penalty, given.T @ wanted)

    def __call__(self, sources: Sequence[Image] | NDArray[np.uint8], captions) -> NDArray[np.uint8]:
        """Draw."""
        sources = np.asarray(sources)
        codes = (self._given(sources, captions) - self._given_mean) @ self._weights
        pixels = np.clip(np.rint(codes @ self._axes + self._mean), 0, 255).astype(np.uint8)
        return pixels.reshape(len(sources), -1, *sources.shape[1:])

    def _given(self, sources: NDArray[np.uint8], captions) -> NDArray[np.float64]:
        """The source's code, words of the frame's and the source's captions, which frame it is."""
        t, size = len(captions[0]) - 1, len(self._column)
        codes = (sources.reshape(len(sources), -1) - self._mean) @ self._axes.T * SOURCE_SCALE
        rows = np.zeros((len(sources), t, codes.shape[1] + 2 * size + t))
        for i, texts in enumerate(captions):
            rows[i, :, : codes.shape[1]] = codes[i]
            for j in range(t):
                for text, start in ((texts[j + 1], 0), (texts[0], size)):
                    for word in _words(text):
                        if word in self._column:
                            rows[i, j, codes.shape[1] + start + self._column[word]] = 1
                rows[i, j, codes.shape[1] + 2 * size + j] = 1
        return rows.reshape(len(sources) * t, -1)


def _principal(rows: NDArray[np.float64], codes: int) -> NDArray[np.float64]:
    """The first principal axes of rows (m, pixels), by way of the small matrix (m, m)."""
    _, vectors = np.linalg.eigh(rows @ rows.T)
    axes = vectors[:, ::-1][:, :codes].T @ rows
    return axes / np.linalg.norm(axes, axis=1, keepdims=True)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))
