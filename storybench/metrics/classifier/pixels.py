"""What a classifier sees: the short side scaled, the middle cut out, ImageNet's mean and deviation.

As the published classifiers were trained (`Resize`, `CenterCrop`, `ToTensor`, `Normalize` of
torchvision in adymaharana/StoryViz@6e1126d:classifier/dataloader.py:24,32), equal to the last bit
of the scaled pixels. Some papers evaluated theirs otherwise; those paths have names of their own,
which protocols name and ids of numbers carry.
"""

from __future__ import annotations

from collections.abc import Callable

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


def unit(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    """0..255 to 0..1.

    >>> unit(np.array([0, 51, 255], np.uint8)).tolist()
    [0.0, 0.20000000298023224, 1.0]
    """
    return pixels.astype(np.float32) / np.float32(255)


def normalised(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    """0..255 (…, 3) to 0..1, less the mean, over the deviation of ImageNet."""
    return (unit(pixels) - MEAN) / DEVIATION


def _whole(image: Image) -> Image:
    return image


def _resized(image: Image, side: int) -> NDArray[np.float32]:
    return cropped(image, side).transpose(1, 2, 0).astype(np.float32)


def _path(
    name: str,
    side: int,
    *,
    norm: Callable[[NDArray[np.float32]], NDArray[np.float32]] = normalised,
    says: str = "ImageNet",
) -> PixelPath:
    return PixelPath(
        name,
        side,
        resize=_resized,
        crop=_whole,
        norm=norm,
        words={
            "resize": "PIL-bilinear-uint8",
            "antialias": True,
            "quantize": "uint8",
            "pre_resize": None,
            "crop": "centre, after the short side is scaled",
            "norm": says,
        },
    )


CLASSIFIER = _path("classifier299", 299)
"""Into Inception-v3, which maps it to -1..1 itself, as it was trained."""

CLASSIFIER_RAW = _path(
    "classifier299-raw", 299, norm=unit, says="0..1, neither ImageNet's nor brought to -1..1"
)
"""DuCo's and VLC-StoryGAN's evaluation on PororoSV: neither normalised nor brought to -1..1.

The normalisation is commented out, and the network built without its first step:
adymaharana/StoryViz@6e1126d:classifier/dataloader.py:115, eval_scripts/eval_classifier.py:266, and
adymaharana/VLCStoryGan@7411240:classifier/dataloader.py:115, eval_classifier.py:266.
"""

CLASSIFIER_NO_STEP = _path(
    "classifier299-nostep", 299, says="ImageNet, and the network's step to -1..1 left out"
)
"""StoryDALL-E's evaluation, and VLC-StoryGAN's on FlintstonesSV: normalised, without that step.

adymaharana/storydalle@132dd19:story-dalle/eval_char_clf.py:253,256-262;
adymaharana/VLCStoryGan@7411240:classifier/flintstones_dataloader.py:116, eval_classifier.py:266.
"""

CLASSIFIER_SMALL = _path("classifier64", 64)
"""Into the small network."""
