"""A perceptual hash of 64 bits as features, so that it is cached and looked up as features are.

Low frequencies of a small grey copy, each told whether it is above their median: what
`imagehash.phash` does (a test holds the two equal, bit by bit). The bits are features of -1 and 1,
so a dot product is the number of equal bits less that of others.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from scipy import fft

from storybench.files import sha256_bytes
from storybench.metrics.extractor import Extractor, Features
from storybench.metrics.pixels import PixelPath
from storybench.types import Image

N_BITS = 64
SIDE = 32
LOW = 8
BATCH = 64


def load() -> Extractor:
    """The hash as an extractor; it has no weights, so its name and version stand in their place."""
    return Extractor(
        arch="phash",
        layer="low-frequencies-64",
        weights_sha256=sha256_bytes(b"storybench perceptual hash, version 1"),
        dim=N_BITS,
        pixels=GREY32,
        network=_bits,
        batch=BATCH,
    )


def bits_apart(first: Features, second: Features) -> NDArray[np.intp]:
    """How many bits differ between rows (n, 64) and (n, 64), 0 to 64.

    >>> bits_apart(np.ones((1, 64), np.float32), np.float32([[-1] * 3 + [1] * 61])).tolist()
    [3]
    """
    return np.count_nonzero(first != second, axis=1)


def _grey(image: Image, side: int) -> NDArray[np.float32]:
    """A square picture as grey (side, side, 3), the same in all channels, 0..255."""
    grey = PIL.Image.fromarray(image).convert("L")
    small = grey.resize((side, side), PIL.Image.Resampling.LANCZOS)
    return np.repeat(np.asarray(small, np.float32)[:, :, None], 3, axis=2)


def _bits(pixels: NDArray[np.float32]) -> Features:
    """Pixels (n, 3, 32, 32) in -1..1 to bits (n, 64) as -1 and 1."""
    grey = np.rint(pixels[:, 0].astype(np.float64) * 128 + 128)
    frequencies = np.asarray(fft.dctn(grey, axes=(1, 2)))
    low = frequencies[:, :LOW, :LOW].reshape(len(grey), N_BITS)
    is_above = low > np.median(low, axis=1, keepdims=True)
    return np.where(is_above, np.float32(1), np.float32(-1))


GREY32 = PixelPath(
    "grey32",
    SIDE,
    _grey,
    words=MappingProxyType(
        {"crop": "centre-square", "resize": "PIL-grey-lanczos", "quantize": "uint8"}
    ),
)
"""Grey by Pillow's weights, then 32 x 32 by its antialiased Lanczos, rounded to 8 bits."""
