"""Logits and labels of stories in episodes, and a classifier that needs no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.metrics.classifier.classifier import Classifier
from storybench.metrics.evidence import Slots
from storybench.metrics.extractor import Extractor
from storybench.metrics.pixels import CLEAN64

CAST = ("Ada", "Bo", "Cleo", "Dan", "Eve")


def slots(n_stories: int = 12, *, t: int = 4, episodes: int = 4, seed: int = 0) -> Any:
    """Labelled slots, some without any label; "Eve" is never there."""
    rng = np.random.default_rng(seed)
    story = np.repeat(np.arange(n_stories), t)
    clusters = tuple(f"e{index * episodes // n_stories}" for index in range(n_stories))
    labels = rng.random((n_stories * t, len(CAST))) < [0.6, 0.4, 0.2, 0.1, 0.0]
    labels[:2] = False
    return Slots(
        stories=tuple(f"s{index}" for index in range(n_stories)),
        clusters=clusters,
        story=story,
        k=np.tile(np.arange(1, t + 1), n_stories),
        groups=story * episodes // n_stories,
        characters=CAST,
        labels=labels,
    )


def logits(of: Any, *, noise: float = 1.0, seed: int = 1) -> NDArray[np.float32]:
    """Logits that are right as far as the noise allows."""
    rng = np.random.default_rng(seed)
    clean = np.where(of.labels, 1.0, -1.0)
    return (clean + rng.normal(0, noise, clean.shape)).astype(np.float32)


def classifier(
    characters: tuple[str, ...] = CAST, *, trained_on: frozenset[str] = frozenset()
) -> Classifier:
    """A classifier whose network is never called."""
    extractor = Extractor(
        arch="inception299",
        layer="logits",
        weights_sha256="ab" * 32,
        dim=len(characters),
        pixels=CLEAN64,
        network=lambda batch: batch,
    )
    return Classifier(extractor, characters, "storybench", {"seed": 0}, trained_on)


FILE = Path("characters.safetensors")
