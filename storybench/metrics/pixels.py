"""Pixel paths: from a uint8 picture of any size to what a network is fed, one named path each.

The path a picture takes changes its features more than most models differ by (a 256-pixel picture
by 40 % on the 64-pixel path of the story papers), so the path is part of a metric's name. `clean`
paths follow GaParmar/clean-fid@e88c4d6:cleanfid/resize.py: each channel a float picture, Pillow's
antialiased bicubic, clipped to 0..255, never rounded to uint8. The paths of the papers are in
`storybench.metrics.paper_pixels`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from storybench.images import centre_square
from storybench.types import Image

Pixels = NDArray[np.float32]
"""One picture for a network: float32, shape (3, s, s), channels first."""


def normalise(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """(x - 128) / 128: 0..255 to -1..0.992, as the TensorFlow graph of 2015 was fed.

    >>> normalise(np.array([0, 128, 255], np.float32)).tolist()
    [-1.0, 0.0, 0.9921875]
    """
    return (pixels - np.float32(128)) / np.float32(128)


CLEAN_WORDS: Mapping[str, object] = MappingProxyType(
    {
        "resize": "PIL-bicubic-float",
        "antialias": True,
        "quantize": "none",
        "pre_resize": None,
        "crop": "centre-square",
        "norm": "(x-128)/128",
    }
)


@dataclass(frozen=True)
class PixelPath:
    """A named way from uint8 RGB (h, w, 3) of any size to float32 (3, side, side).

    `crop` cuts the picture, `resize` is given the rest and `side` and makes float32
    (side, side, 3), and `norm` brings that to the range of the network. As they stand, a centre
    square of 0..255 becomes (x - 128) / 128. `words` says all this for the record of a score.
    """

    name: str
    side: int
    resize: Callable[[Image, int], NDArray[np.float32]] = field(repr=False)
    crop: Callable[[Image], Image] = field(default=centre_square, repr=False)
    norm: Callable[[NDArray[np.float32]], NDArray[np.float32]] = field(
        default=normalise, repr=False
    )
    words: Mapping[str, object] = field(
        default_factory=lambda: CLEAN_WORDS, repr=False, compare=False
    )

    def __call__(self, image: Image) -> Pixels:
        """What the network is fed for this picture."""
        resized = self.resize(self.crop(image), self.side)
        return np.ascontiguousarray(self.norm(resized).transpose(2, 0, 1))

    def to(self, side: int) -> PixelPath:
        """The same path into a network whose input has another size."""
        return dataclasses.replace(self, side=side)

    def describe(self) -> dict[str, object]:
        """The path in words, for the record of a score."""
        return {"path": self.name, "to": self.side, **self.words}


def clean_resize(image: Image, side: int) -> NDArray[np.float32]:
    """A picture (h, w, 3) to float32 (side, side, 3) in 0..255, bicubic, not rounded.

    A picture of the right size passes through unchanged.
    """
    channels = [
        np.asarray(
            PIL.Image.fromarray(image[:, :, channel].astype(np.float32)).resize(
                (side, side), PIL.Image.Resampling.BICUBIC
            )
        )
        for channel in range(3)
    ]
    return np.clip(np.stack(channels, axis=2), 0, 255)


CLEAN299 = PixelPath("clean299", 299, clean_resize)
"""Of protocol sb-v1: any size straight to 299 x 299, for the Inception of 2015."""

CLEAN64 = PixelPath("clean64", 64, clean_resize)
"""The same to 64 x 64, for the twin extractor."""
