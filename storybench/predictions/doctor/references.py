"""Are the real frames those that the captions describe? Told by what captions can predict (A24).

A ridge regression from the words of a caption to the code of a picture, judged on stories of other
episodes: where it can predict the generated pictures but nothing of the real ones, the real frames
belong to other captions. A release's loader that takes ids of stories for ids of images does that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.doctor.alignment.likeness import Array, Small, codes
from storybench.predictions.doctor.material import Material
from storybench.predictions.problem import Fault

MOST_WORDS = 300
RARE = 4
RIDGE = 20.0
PARTS = 5
MOST_STORIES = 1_000
FEWEST_STORIES = 100
PREDICTABLE = 0.04
UNPREDICTABLE = 0.01


def check_references(material: Material) -> Iterator[Fault]:
    """The fault, where captions explain the predictions and not the real frames.

    Asked where pictures fit no real frames; of few stories words can say too little to tell.
    """
    rows = np.arange(min(material.n, MOST_STORIES))
    part = material.of(rows[material.drawn.there[rows].all(axis=1)])
    if part.n < FEWEST_STORIES:
        return
    words = _words(part)
    numbers = codes(part.drawn, part.real)
    group = np.repeat(np.unique(part.clusters, return_inverse=True)[1] % PARTS, part.t)
    if len(np.unique(group)) < PARTS:
        return
    drawn = _explained(words, numbers.drawn.reshape(len(words), -1), group)
    real = _explained(words, numbers.real[:, 1:].reshape(len(words), -1), group)
    if drawn >= PREDICTABLE and real <= UNPREDICTABLE:
        yield Fault(
            "wrong references",
            f"Expected captions to say something of the real frames, found that they explain "
            f"{max(real, 0):.0%} of these and {drawn:.0%} of the predictions: the shards show "
            "other frames than their captions describe.",
            rule="A24",
            evidence={"predictions": drawn, "real": real},
            fix="Build the shards again and look at `storybench gallery`. A loader that takes ids "
            "of stories for ids of images does this "
            "(adymaharana/storydalle@132dd19:story-dalle/pororo_dataloader.py:197-200).",
        )


def _words(material: Material) -> Array:
    """Which frequent words each target's caption has, (n * t, words)."""
    texts = [set(_split(text)) for row in material.captions for text in row[1:]]
    counts = Counter(word for words in texts for word in words)
    known = [word for word, n in counts.most_common(MOST_WORDS) if n >= RARE]
    column = {word: at for at, word in enumerate(known)}
    found = np.zeros((len(texts), len(known)))
    for row, words in enumerate(texts):
        found[row, [column[word] for word in words if word in column]] = 1
    return found


def _split(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def _explained(words: Array, values: Small, group: NDArray[np.intp]) -> float:
    """Share of the variance of held-out groups that words predict; below 0 where they mislead.

    0 where nothing varies.
    """
    left, total = 0.0, 0.0
    for part in np.unique(group):
        train, test = group != part, group == part
        mean_words, mean = words[train].mean(axis=0), values[train].mean(axis=0)
        given, wanted = words[train] - mean_words, values[train] - mean
        weights = np.linalg.solve(
            given.T @ given + RIDGE * np.eye(given.shape[1]), given.T @ wanted
        )
        left += float(((values[test] - mean - (words[test] - mean_words) @ weights) ** 2).sum())
        total += float(((values[test] - mean) ** 2).sum())
    return 1 - left / total if total > 0 else 0.0
