"""A quiet tune for a video's audio track: a music box on five notes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 22050
"""Samples per second."""

NOTE_SECONDS = 0.4
SCALE = (0, 2, 4, 7, 9, 12, 14)
"""Semitones over the root: pentatonic, so nothing clashes."""

ROOT = 392.0
LOUDNESS = 0.12


def tune(seconds: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Mono samples, -1..1, shape (seconds * RATE,)."""
    samples = np.zeros(round(seconds * RATE), np.float32)
    ring = np.arange(round(3 * NOTE_SECONDS * RATE)) / RATE
    decay = np.exp(-4 * ring)
    step = int(rng.integers(len(SCALE)))
    for start in range(0, len(samples), round(NOTE_SECONDS * RATE)):
        step = int(np.clip(step + rng.integers(-2, 3), 0, len(SCALE) - 1))
        pitch = ROOT * 2 ** (SCALE[step] / 12)
        tone = np.sin(2 * np.pi * pitch * ring) + 0.3 * np.sin(4 * np.pi * pitch * ring)
        end = min(len(samples), start + len(ring))
        samples[start:end] += (LOUDNESS * decay * tone)[: end - start].astype(np.float32)
    return samples
