"""What a classifier sees: the short side scaled, the middle cut out, ImageNet's mean and deviation.

As the published classifiers are evaluated (`Resize`, `CenterCrop`, `ToTensor`, `Normalize` of
torchvision in adymaharana/storydalle@132dd19:story-dalle/eval_char_clf.py:256-262), equal to the
last bit of the scaled pixels. DuCo's and VLC's evaluation left the normalisation out though their
classifier was trained with it (adymaharana/StoryViz@6e1126d:classifier/dataloader.py:115).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from storybench.loader.resize import Planes, scaled
from storybench.metrics.pixels import PixelPath
from storybench.types import Image

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
"""Of ImageNet's channels, 0..1."""


def cropped(image: Image, side: int) -> Planes:
    """Short side scaled to `side` pixels, then the middle square: uint8 (3, side, side).

    >>> cropped(np.zeros((30, 40, 3), np.uint8), 20).shape
    (3, 20, 20)
    """
    planes = scaled(image, side)
    top, left = (round((length - side) / 2) for length in planes.shape[1:])
    return planes[:, top : top + side, left : left + side]


def normalised(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    """0..255 (…, 3) to 0..1, less the mean, over the deviation of ImageNet."""
    return (pixels.astype(np.float32) / np.float32(255) - MEAN) / DEVIATION


def _whole(image: Image) -> Image:
    return image


def _resized(image: Image, side: int) -> NDArray[np.float32]:
    return cropped(image, side).transpose(1, 2, 0).astype(np.float32)


def _path(name: str, side: int) -> PixelPath:
    return PixelPath(
        name,
        side,
        resize=_resized,
        crop=_whole,
        norm=normalised,
        words={
            "resize": "PIL-bilinear-uint8",
            "antialias": True,
            "quantize": "uint8",
            "pre_resize": None,
            "crop": "centre, after the short side is scaled",
            "norm": "ImageNet",
        },
    )


CLASSIFIER = _path("classifier299", 299)
"""Into Inception-v3."""

CLASSIFIER_SMALL = _path("classifier64", 64)
"""Into the small network."""
