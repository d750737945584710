"""A picture in a terminal: each character cell is two pixels, one above the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from storybench.images import resize
from storybench.types import Image

HALF = "▀"
"""Its upper half takes the colour of the text, its lower that of the background."""


def half_blocks(image: Image, *, columns: int) -> NDArray[np.uint8]:
    """The picture `columns` cells wide: uint8 (rows, columns, 2, 3), the upper pixel first.

    A cell is twice as high as wide, so its two pixels are about square.

    >>> half_blocks(np.zeros((60, 120, 3), np.uint8), columns=40).shape
    (10, 40, 2, 3)
    """
    height, width = image.shape[:2]
    rows = max(1, round(height * columns / width / 2))
    small = resize(image, height=2 * rows, width=columns)
    return small.reshape(rows, 2, columns, 3).swapaxes(1, 2)
