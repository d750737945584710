"""From a decoded video frame to the picture a person would see: RGB, the right way up.

The conversion is FFmpeg's, with accurate rounding and no processor-specific shortcuts, so the same
frame gives the same bytes on every machine. Colour matrix and range are those the video is tagged
with; an untagged video is taken as BT.601, as FFmpeg takes it. Pixels stay as stored where they are
not square.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import cast

import av
import numpy as np
from av.buffer import Buffer

from storybench.types import Image

EXACT = 0x4 | 0x2000 | 0x40000 | 0x80000
"""SWS_BICUBIC, SWS_FULL_CHR_H_INT, SWS_ACCURATE_RND and SWS_BITEXACT of FFmpeg's libswscale.

As numbers, since PyAV 17, the newest for Python 3.10, has a name for the first alone.
"""

Matrix = tuple[int, int, int, int]
UPRIGHT: Matrix = (1, 0, 0, 1)


def to_picture(frame: av.VideoFrame) -> Image:
    """The frame as uint8 RGB (h, w, 3), turned and mirrored as its display matrix says.

    Raises:
        av.error.FFmpegError: FFmpeg cannot convert its pixel format.
    """
    rgb = frame.to_ndarray(format="rgb24", interpolation=EXACT, threads=1)
    return turned(rgb.astype(np.uint8, copy=False), matrix(frame))


def matrix(frame: av.VideoFrame) -> Matrix:
    """The four corner entries (a, b, c, d) of the display matrix; `UPRIGHT` if there is none.

    A stored pixel (x, y) is shown at (a x + c y, b x + d y), shifted into the picture.
    """
    stored = cast("Mapping[str, Buffer]", frame.side_data).get("DISPLAYMATRIX")
    if stored is None:
        return UPRIGHT
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(stored)[:36])
    return a, b, c, d


def turned(image: Image, matrix: Matrix) -> Image:
    """The picture under the quarter turn and mirroring nearest to the matrix.

    >>> turned(np.array([[[1], [2]], [[3], [4]]]), (0, 1, -1, 0))[..., 0].tolist()
    [[3, 1], [4, 2]]
    """
    a, b, c, d = matrix
    if _is_sideways(matrix):
        image, a, d = image.transpose(1, 0, 2), c, b
    horizontal = -1 if a < 0 else 1
    vertical = -1 if d < 0 else 1
    return np.ascontiguousarray(image[::vertical, ::horizontal])


def _is_sideways(matrix: Matrix) -> bool:
    a, b, c, d = matrix
    return abs(a) + abs(d) < abs(b) + abs(c)
