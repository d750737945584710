"""An extractor that needs no network, and evidence made of plain arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from storybench.metrics.evidence import Evidence
from storybench.metrics.extractor import Extractor
from storybench.metrics.features import FeatureTable
from storybench.metrics.pixels import CLEAN64


class CountingNetwork:
    """Mean, spread and corners of the pixels; remembers how many batches it saw."""

    def __init__(self) -> None:
        self.batches = 0

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Pixels (n, 3, s, s) to features (n, 8)."""
        self.batches += 1
        means, spreads = batch.mean(axis=(2, 3)), batch.std(axis=(2, 3))
        return np.hstack([means, spreads, batch[:, 0, :1, 0], batch[:, 1, :1, -1]])


def extractor(batch: int = 4, *, sha256: str = "0" * 64, is_published: bool = False) -> Extractor:
    """Eight features a picture."""
    return Extractor(
        arch="fake",
        layer="none",
        weights_sha256=sha256,
        dim=8,
        pixels=CLEAN64,
        network=CountingNetwork(),
        batch=batch,
        is_published=is_published,
    )


def pictures(n: int, *, seed: int = 0) -> list[np.ndarray]:
    """Noise of one colour cast each."""
    rng = np.random.default_rng(seed)
    casts = rng.uniform(0, 200, (n, 1, 1, 3))
    return list((casts + rng.uniform(0, 55, (n, 64, 64, 3))).astype(np.uint8))


def table(rows: np.ndarray, slots: ArrayLike | None = None) -> FeatureTable:
    """Features as they would come from pictures."""
    indices = np.arange(len(rows)) if slots is None else np.asarray(slots)
    hashes = tuple(f"{row:064x}" for row in range(len(rows)))
    return FeatureTable(rows=rows.astype(np.float32), slots=indices, hashes=hashes)


def evidence(generated: FeatureTable, reference: FeatureTable, groups: ArrayLike) -> Evidence:
    """Two tables of the same slots."""
    return Evidence.of(generated, reference, groups, extractor=extractor())
