"""One look at one picture: everything the detectors ask of it, in a few hundred numbers.

A picture is decoded once, here, and not kept. All numbers are of the picture as it was stored, but
for the thumbnail, which is of its centre square.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from storybench.images import centre_square, pixel_sha256
from storybench.types import Image

SIDE = 16
BANDS = 32
PARTS = (2, 3, 4, 5)
"""A mosaic in a picture has that many frames beside or below each other."""


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
        seams: (2, 4); the step at the edges that a mosaic of 2 to 5 parts would have, as a
            multiple of the steps around it; parts beside each other, then below each other.
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
    seams: NDArray[np.float32]


def glance(image: Image) -> Glance:
    """Look at a picture, uint8 RGB (h, w, 3), of at least 2 x 2 pixels."""
    green = image[:, :, 1].astype(np.int16)
    across = np.abs(np.diff(green, axis=1)).astype(np.float32)
    down = np.abs(np.diff(green, axis=0)).astype(np.float32)
    thumb = thumbnail(image)
    return Glance(
        height=image.shape[0],
        width=image.shape[1],
        sha256=pixel_sha256(image),
        thumb=thumb,
        low=int(image.min()),
        high=int(image.max()),
        spread=float(image[::2, ::2].reshape(-1, 3).std(axis=0).max()),
        black=1 - np.count_nonzero(image) / image.size,
        edges=_bands(across.mean(axis=1)),
        seams=np.array([_seams(across.mean(axis=0)), _seams(down.mean(axis=1))], np.float32),
    )


def thumbnail(image: Image) -> Image:
    """The centre square as means over 16 x 16 fields, uint8 (16, 16, 3)."""
    picture = PIL.Image.fromarray(centre_square(image))
    return np.asarray(picture.resize((SIDE, SIDE), PIL.Image.Resampling.BOX))


def apart(image: Image, other: Image) -> float:
    """Mean absolute difference in grey levels; the other is resized to the first one's size."""
    height, width = image.shape[:2]
    picture = PIL.Image.fromarray(centre_square(other))
    if picture.size != (width, height):
        picture = picture.resize((width, height), PIL.Image.Resampling.BICUBIC)
    return float(np.abs(image.astype(np.int16) - np.asarray(picture)).mean())


def _bands(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over 32 bands of a profile; a lower picture repeats rows."""
    edges = np.linspace(0, len(rows), BANDS + 1)
    return np.array(
        [rows[int(a) : max(int(a) + 1, int(b))].mean() for a, b in pairwise(edges)],
        np.float32,
    )


def _seams(steps: NDArray[np.float32]) -> list[float]:
    """The weakest of the seams of each division, against what is usual: steps (m - 1,)."""
    usual = float(np.median(steps)) + 1
    size = len(steps) + 1
    return [
        min(float(steps[max(0, cut - 2) : cut + 1].max()) / usual for cut in cuts)
        for parts in PARTS
        for cuts in [[size * part // parts for part in range(1, parts)]]
    ]
