"""The pixel paths of published numbers, each as its code executes it, rounding and bugs included.

All of them shrink or grow the uint8 picture with Pillow (rounded to uint8 again, the whole picture,
not cropped to a square unless said), bring it to the network's size with torch's bilinear
interpolation, which does not antialias, and feed the ported Inception of 2015 with 2x - 1 for x in
0..1. No code of theirs is here; the sources of each path stand beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from storybench.errors import UnknownNameError
from storybench.metrics.pixels import CLEAN64, CLEAN299, PixelPath
from storybench.metrics.tensorflow_resize import TENSORFLOW299
from storybench.spelling import did_you_mean
from storybench.types import Image

Array = NDArray[np.float32]
"""A picture on its way: float32 (h, w, 3)."""

BILINEAR, BICUBIC = PIL.Image.Resampling.BILINEAR, PIL.Image.Resampling.BICUBIC

IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
IMAGENET_STD = np.array([0.229, 0.224, 0.225], np.float32)


def path(name: str) -> PixelPath:
    """The pixel path of that name.

    Raises:
        UnknownNameError: there is none; lists close matches.
    """
    for known in PATHS:
        if known.name == name:
            return known
    names = [known.name for known in PATHS]
    hint = did_you_mean(name, names) or f" Known: {', '.join(names)}."
    raise UnknownNameError(f"Expected the name of a pixel path, found {name!r}.{hint}")


def whole(image: Image) -> Image:
    """No crop."""
    return image


def pillow(image: Image, size: tuple[int, int], resample: PIL.Image.Resampling) -> Image:
    """Pillow's antialiased resize to (height, width), rounded to uint8."""
    height, width = size
    return np.asarray(PIL.Image.fromarray(image).resize((width, height), resample))


def interpolate(picture: Array, side: int) -> Array:
    """Bilinear interpolation of (h, w, 3) to (side, side, 3) as torch's `F.interpolate` does it.

    Half-pixel centres in float32 (torch's rounding moves a pixel by up to 1e-5), two taps a
    direction whatever the scale, so shrinking aliases.

    >>> interpolate(np.float32([[[0], [4]]]), 4)[0, :, 0].tolist()
    [0.0, 1.0, 3.0, 4.0]
    """
    for axis in (0, 1):
        picture = _interpolated(picture, side, axis)
    return picture


def to_tensor(image: Image) -> Array:
    """uint8 to float32 in 0..1."""
    return image.astype(np.float32) / np.float32(255)


def centred(picture: Array) -> Array:
    """0..1 to -1..1, as torchvision's `Normalize(0.5, 0.5)` does it."""
    return (picture - np.float32(0.5)) / np.float32(0.5)


def halved(picture: Array) -> Array:
    """(x + 1) / 2: what every one of these scripts does to its pictures, whatever their range."""
    return (picture + np.float32(1)) / np.float32(2)


def doubled(picture: Array) -> Array:
    """2x - 1: what the ported Inception does to its input."""
    return np.float32(2) * picture - np.float32(1)


def squashed(side: int, resample: PIL.Image.Resampling = BILINEAR) -> Callable[[Image], Image]:
    """The step that resizes a whole picture to a square of so many pixels."""
    return lambda image: pillow(image, (side, side), resample)


def through(*steps: Callable[[Image], Image]) -> Callable[[Image, int], Array]:
    """Pillow steps, to -1..1 and back to 0..1, then to the network's size."""

    def resize(image: Image, side: int) -> Array:
        for step in steps:
            image = step(image)
        return interpolate(halved(centred(to_tensor(image))), side)

    return resize


def straight(image: Image, side: int) -> Array:
    """pytorch-fid: 0..1, and no resize but the network's own."""
    return interpolate(to_tensor(image), side)


def at_network_size(image: Image, side: int) -> Array:
    """Make-A-Story's samples: Pillow straight to the network's size."""
    return through(squashed(side))(image, side)


def washed_out(image: Image, side: int) -> Array:
    """Make-A-Story's real frames: never brought to -1..1 and yet halved, so in 0.5..1."""
    return interpolate(halved(to_tensor(pillow(image, (256, 256), BILINEAR))), side)


def off_domain(image: Image, side: int) -> Array:
    """StoryGPT-V: short side to the network's, centre crop, ImageNet's mean and deviation."""
    cropped = to_tensor(_cropped(_short_side(image, side), side))
    return halved((cropped - IMAGENET_MEAN) / IMAGENET_STD)


def _interpolated(picture: Array, side: int, axis: int) -> Array:
    size = picture.shape[axis]
    if size == side:
        return picture
    scale, half = np.float32(size) / np.float32(side), np.float32(0.5)
    at = np.maximum((np.arange(side, dtype=np.float32) + half) * scale - half, np.float32(0))
    low = np.minimum(at.astype(np.intp), size - 1)
    high = np.minimum(low + 1, size - 1)
    share = (at - low.astype(np.float32)).reshape((-1, 1, 1) if axis == 0 else (-1, 1))
    below, above = np.take(picture, low, axis), np.take(picture, high, axis)
    return (below * (np.float32(1) - share) + above * share).astype(np.float32, copy=False)


def _short_side(image: Image, side: int) -> Image:
    """Torchvision's `Resize(side)`: the short side, the long one cut to a whole number."""
    height, width = image.shape[:2]
    if height <= width:
        return pillow(image, (side, int(side * width / height)), BILINEAR)
    return pillow(image, (int(side * height / width), side), BILINEAR)


def _cropped(image: Image, side: int) -> Image:
    """Torchvision's `CenterCrop(side)`: offsets rounded half to even."""
    height, width = image.shape[:2]
    top, left = round((height - side) / 2), round((width - side) / 2)
    return image[top : top + side, left : left + side]


def _path(
    name: str,
    resize: Callable[[Image, int], Array],
    *,
    pre: str | None,
    norm: str = "2x-1",
    crop: str | None = None,
) -> PixelPath:
    words: Mapping[str, object] = {
        "resize": "torch-bilinear",
        "antialias": False,
        "quantize": "uint8 after pre_resize" if pre else "none",
        "pre_resize": pre,
        "crop": crop,
        "norm": norm,
    }
    return PixelPath(name, 299, resize, crop=whole, norm=doubled, words=words)


STORY64 = _path("story64", through(squashed(64)), pre="PIL-bilinear 64x64")
"""Of StoryDALL-E, DuCo-StoryGAN, VLC-StoryGAN and AR-LDM: everything through 64 x 64 pixels.

adymaharana/storydalle@132dd19:story-dalle/eval_fid.py:13-17,53 and vfid/fid_score.py:94-99;
xichenpan/ARLDM@9d8feeb:main.py:91-97.
"""

CMOTA224 = _path("cmota224", through(squashed(224)), pre="PIL-bilinear 224x224")
"""CMOTA's generated pictures: yonseivnl/cmota@781528d:fvd_calculation/fid_fsd_cal_1.py:16-20."""

CMOTA224_REFERENCE = _path(
    "cmota224-reference",
    through(squashed(256, BICUBIC), squashed(224)),
    pre="PIL-bicubic 256x256, PIL-bilinear 224x224",
)
"""CMOTA's real frames, which go to 256 first: fvd_calculation/datasets.py:80,101."""

MAKE_A_STORY = _path("make-a-story", at_network_size, pre="PIL-bilinear 299x299")
"""Make-A-Story's samples: ubc-vision/Make-A-Story@593ee04:classifier/fid_score.py:224,270-271."""

MAKE_A_STORY_REFERENCE = _path(
    "make-a-story-reference",
    washed_out,
    pre="PIL-bilinear 256x256",
    norm="(x+1)/2 of x in 0..1, then 2x-1: ends in 0..1, washed out",
)
"""Make-A-Story's real frames: classifier/eval_dataloader_multi.py:77-79, fid_score.py:118-121."""

STORYGPTV299 = _path(
    "storygptv299",
    off_domain,
    pre="PIL-bilinear short side 299",
    norm="ImageNet mean and deviation, (x+1)/2, 2x-1: not the range of the network",
    crop="centre, after pre_resize",
)
"""StoryGPT-V: xiaoqian-shen/StoryGPT-V@3969f68:eval/eval_all.py:55-60, eval/fid_score.py:79-94."""

PYTORCH_FID = _path("pytorch-fid", straight, pre=None)
"""mseitzer/pytorch-fid@b9c1811: two folders, no resize but the network's own."""

PATHS = (
    CLEAN299,
    CLEAN64,
    STORY64,
    CMOTA224,
    CMOTA224_REFERENCE,
    MAKE_A_STORY,
    MAKE_A_STORY_REFERENCE,
    STORYGPTV299,
    PYTORCH_FID,
    TENSORFLOW299,
)
"""Every path that a protocol can name."""
