"""The resize of TensorFlow 1, which the Inception of 2015 was fed through when FID was defined.

Bilinear without antialiasing, and with the pixel of output i taken at i * in / out: no half-pixel
centres, so everything moves up and left by half a source pixel. It is what torch-fidelity does
before the network (toshas/torch-fidelity@5e211a9:torch_fidelity/interpolate_compat_tensorflow.py),
and, with `antialias=False`, torchmetrics. Kept as a pixel path of its own: a picture of 512 pixels
has other features by it than by any other (metrics.md 1.4).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from storybench.metrics.pixels import PixelPath
from storybench.types import Image

Array = NDArray[np.float32]


def tensorflow_resize(image: Image, side: int) -> Array:
    """A picture (h, w, 3) to float32 (side, side, 3) in 0..255, bilinear as in TensorFlow 1.

    >>> tensorflow_resize(np.uint8([[[0], [4]]]), 4)[0, :, 0].tolist()
    [0.0, 2.0, 4.0, 4.0]
    """
    values = image.astype(np.float32)
    return _along(_along(values, side, axis=1), side, axis=0)


def _along(values: Array, side: int, *, axis: int) -> Array:
    """Interpolate one axis; columns before rows, as the original does, to the last bit."""
    size = values.shape[axis]
    at = np.arange(side, dtype=np.float32) * np.float32(size / side)
    low = at.astype(np.intp)
    high = np.minimum(low + 1, size - 1)
    share = (at - low.astype(np.float32)).reshape((-1, 1, 1) if axis == 0 else (-1, 1))
    first = np.take(values, low, axis)
    return (first + (np.take(values, high, axis) - first) * share).astype(np.float32, copy=False)


def _whole(image: Image) -> Image:
    return image


TENSORFLOW299 = PixelPath(
    "tensorflow299",
    299,
    tensorflow_resize,
    crop=_whole,
    words={
        "resize": "tensorflow1-bilinear",
        "antialias": False,
        "quantize": "none",
        "pre_resize": None,
        "crop": "none",
        "norm": "(x-128)/128",
    },
)
"""Any size straight to 299 x 299 as torch-fidelity does it."""
