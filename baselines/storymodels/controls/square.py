"""The square that a control draws on: the centre of a picture, at least 64 pixels wide."""

from __future__ import annotations

from storybench.images import centre_square, resize
from storybench.predictions.check import MIN_SIDE
from storybench.types import Image


def prediction_side(source: Image) -> int:
    """The side of the pictures that follow a source: its short side, at least 64 pixels."""
    return max(MIN_SIDE, min(source.shape[:2]))


def fit_square(image: Image, *, side: int) -> Image:
    """The centre crop of a picture, resized (antialiased bicubic) to (side, side, 3)."""
    return resize(centre_square(image), height=side, width=side)
