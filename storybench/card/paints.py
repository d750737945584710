"""Corruptions that change pixels: each a pure function of one picture.

`paint(image, place, strength, rng)` gives a picture of the same size, uint8 RGB; `place` is how far
into its story the picture stands, k / t, above 0 and up to 1.
"""

from __future__ import annotations

import numpy as np
import PIL.Image
import PIL.ImageFilter
from numpy.typing import NDArray

from storybench.types import Image

SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
"""How red, green and blue of an old photograph come from those of a picture."""


def blur(image: Image, place: float, strength: float, rng: np.random.Generator) -> Image:
    """A Gaussian of a standard deviation of `strength` times the side, whatever the place."""
    radius = strength * min(image.shape[:2])
    return np.asarray(PIL.Image.fromarray(image).filter(PIL.ImageFilter.GaussianBlur(radius)))


def add_noise(image: Image, place: float, strength: float, rng: np.random.Generator) -> Image:
    """Gaussian noise of a standard deviation of `strength` grey levels, of each channel alone."""
    return _rounded(image + rng.normal(0, strength, image.shape))


def drift_style(image: Image, place: float, strength: float, rng: np.random.Generator) -> Image:
    """Colours fade to sepia along the story: by `strength` in the last target, evenly before it."""
    share = strength * place
    return _rounded((1 - share) * image + share * np.minimum(image @ SEPIA.T, 255))


def _rounded(pixels: NDArray[np.float64]) -> Image:
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
