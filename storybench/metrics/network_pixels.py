"""Pixel paths of networks that were trained on photographs: CLIP, DINO, torchvision's Inception.

Each is the network's own preprocessing: Pillow's antialiased resize of the uint8 picture, a centre
crop, 0..1, and the mean and deviation of its training set. Written to give what the transforms of
mlfoundations/open_clip and pytorch/vision give; the tests compare them bit by bit.
"""

from __future__ import annotations

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from storybench.metrics.pixels import PixelPath
from storybench.types import Image

BILINEAR, BICUBIC = PIL.Image.Resampling.BILINEAR, PIL.Image.Resampling.BICUBIC

Array = NDArray[np.float32]
Colour = tuple[float, float, float]

IMAGENET: tuple[Colour, Colour] = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Mean and deviation of R, G and B over ImageNet, of values 0..1."""

OPENAI: tuple[Colour, Colour] = (
    (0.48145466, 0.4578275, 0.40821073),
    (0.26862954, 0.26130258, 0.27577711),
)
"""The same over the pictures that OpenAI's CLIP was trained on."""


def photographic(
    name: str,
    side: int,
    statistics: tuple[Colour, Colour],
    resample: PIL.Image.Resampling,
) -> PixelPath:
    """Short side to the network's, centre crop, 0..1, mean and deviation."""
    mean, deviation = (np.array(colour, np.float32) for colour in statistics)

    def resize(image: Image, side: int) -> Array:
        return centre_crop(short_side(image, side, resample), side).astype(np.float32)

    def norm(values: Array) -> Array:
        return (values / np.float32(255) - mean) / deviation

    words = {
        "resize": f"PIL-{resample.name.lower()}-uint8-short-side",
        "antialias": True,
        "quantize": "uint8",
        "pre_resize": None,
        "crop": "centre",
        "norm": f"mean {statistics[0]}, deviation {statistics[1]}",
    }
    return PixelPath(name, side, resize, crop=whole, norm=norm, words=words)


def whole(image: Image) -> Image:
    """No crop before the resize."""
    return image


def short_side(image: Image, side: int, resample: PIL.Image.Resampling) -> Image:
    """Resize so that the short side is `side`; the long one is cut to a whole number."""
    height, width = image.shape[:2]
    if min(height, width) == side:
        return image
    if height <= width:
        height, width = side, int(side * width / height)
    else:
        height, width = int(side * height / width), side
    return np.asarray(PIL.Image.fromarray(image).resize((width, height), resample))


def centre_crop(image: Image, side: int) -> NDArray[np.uint8]:
    """The middle square of `side` pixels; a half is rounded to even, as torchvision does.

    >>> centre_crop(np.zeros((4, 7, 3), np.uint8), 4).shape
    (4, 4, 3)
    """
    top, left = (round((length - side) / 2) for length in image.shape[:2])
    return image[top : top + side, left : left + side]


def clip_pixels(side: int) -> PixelPath:
    """CLIP's own preprocessing for an input of `side` pixels."""
    return photographic(f"clip{side}", side, OPENAI, BICUBIC)


def dino_pixels(side: int) -> PixelPath:
    """DINO's normalisation, the whole short side to `side` pixels (no border is cut off)."""
    return photographic(f"dino{side}", side, IMAGENET, BICUBIC)


IMAGENET299 = photographic("imagenet299", 299, IMAGENET, BILINEAR)
"""Torchvision's preprocessing, the whole short side to 299 pixels."""
