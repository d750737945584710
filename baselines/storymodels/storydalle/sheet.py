"""Rows of small pictures in one, to see what a training has come to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from storybench.files import write_atomic
from storybench.images import encode_png
from storybench.types import Image

GAP = 2
"""White pixels between pictures."""


def image_of(picture: Tensor) -> Image:
    """Pictures (..., 3, h, w) of -1..1, or past it, as uint8 RGB (..., h, w, 3).

    >>> image_of(torch.tensor([-2.0, 0.0, 1.0]).view(3, 1, 1)).tolist()
    [[[0, 128, 255]]]
    """
    levels = (picture.clamp(-1, 1) * 127.5 + 127.5).round().to(torch.uint8)
    return levels.movedim(-3, -1).cpu().numpy()


def write_sheet(path: Path, rows: Sequence[Tensor]) -> None:
    """Write rows of pictures, each (n, 3, h, w) of -1..1, below each other as a PNG.

    Raises:
        NoSpaceError: the disk is full.
    """
    lines = [_beside([image_of(picture) for picture in row]) for row in rows]
    widest = max(line.shape[1] for line in lines)
    sheet = [
        np.pad(x, ((0, GAP), (0, widest - x.shape[1]), (0, 0)), constant_values=255) for x in lines
    ]
    write_atomic(path, encode_png(np.concatenate(sheet)))


def _beside(images: Sequence[Image]) -> Image:
    return np.concatenate(
        [np.pad(x, ((0, 0), (0, GAP), (0, 0)), constant_values=255) for x in images], 1
    )
