"""One look at one picture: everything the detectors ask of it, in a few hundred numbers.

A picture is decoded once, here, and not kept. All numbers are of the picture as it was stored, but
for the thumbnail, which is of its centre square.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from storybench.images import centre_square, pixel_sha256
from storybench.types import Image

SIDE = 16
BANDS = 32


@dataclass(frozen=True, eq=False)
class Glance:
    """What is kept of a picture.

    Attributes:
        height: in pixels.
        width: in pixels.
        sha256: over the decoded pixels.
        thumb: uint8 RGB, (16, 16, 3).
        low: the smallest value of any channel.
        high: the largest.
        spread: the largest standard deviation of a channel, in grey levels.
        black: the share of values that are 0.
        edges: mean step between horizontal neighbours in each of 32 bands, top to bottom, (32,).
    """

    height: int
    width: int
    sha256: str
    thumb: NDArray[np.uint8]
    low: int
    high: int
    spread: float
    black: float
    edges: NDArray[np.float32]


def glance(image: Image) -> Glance:
    """Look at a picture, uint8 RGB (h, w, 3), of at least 2 x 2 pixels."""
    green = image[:, :, 1].astype(np.int16)
    across = np.abs(np.diff(green, axis=1)).astype(np.float32)
    return Glance(
        height=image.shape[0],
        width=image.shape[1],
        sha256=pixel_sha256(image),
        thumb=thumbnail(image),
        low=int(image.min()),
        high=int(image.max()),
        spread=_spread(image[::2, ::2]),
        black=1 - np.count_nonzero(image) / image.size,
        edges=_bands(across.mean(axis=1)),
    )


def thumbnail(image: Image) -> Image:
    """The centre square as means over 16 x 16 fields, uint8 (16, 16, 3)."""
    picture = PIL.Image.fromarray(centre_square(image))
    return np.asarray(picture.resize((SIDE, SIDE), PIL.Image.Resampling.BOX))


def apart(image: Image, other: Image) -> float:
    """Mean absolute difference of two pictures of one size, in grey levels."""
    steps = np.maximum(image, other) - np.minimum(image, other)
    return float(steps.sum(dtype=np.uint64) / steps.size)


def _spread(image: Image) -> float:
    """The largest standard deviation of a channel; planes in a row are faster than pixels."""
    planes = image.transpose(2, 0, 1).reshape(3, -1).astype(np.float32)
    return float(planes.std(axis=1).max())


def _bands(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over 32 bands of a profile; a lower picture repeats rows."""
    edges = np.linspace(0, len(rows), BANDS + 1).astype(np.intp)
    sums = np.add.reduceat(rows, edges[:-1])
    return (sums / np.maximum(np.diff(edges), 1)).astype(np.float32)
