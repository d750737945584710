"""The gallery's pictures, small enough that the whole page stays under its limit.

A strip is opened, cut into its cells, scaled down and written again as WebP: what reaches the page
is our own encoding, never a submitter's bytes.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
import PIL.Image

from storybench.board.page.aggregate import Showing
from storybench.images import decode, resize
from storybench.types import Image


@dataclass(frozen=True)
class Thumbs:
    """How pictures are shown: side in pixels, WebP quality, how many stories of each gallery."""

    side: int
    quality: int
    n_stories: int


LADDER = (
    Thumbs(224, 80, 6),
    Thumbs(192, 72, 6),
    Thumbs(160, 66, 6),
    Thumbs(128, 62, 6),
    Thumbs(96, 58, 6),
    Thumbs(72, 52, 6),
    Thumbs(56, 45, 4),
    Thumbs(56, 40, 2),
    Thumbs(48, 35, 1),
    Thumbs(48, 35, 0),
)
"""Tried in turn until the page is small enough."""


def source(showing: Showing, thumbs: Thumbs) -> str:
    """The source frame as a data URI."""
    return _uri(_cells(showing)[0][0], thumbs)


def generated(showing: Showing, thumbs: Thumbs) -> list[str]:
    """The generated frames as data URIs."""
    return [_uri(cell, thumbs) for cell in _cells(showing)[0][1:]]


def truth(showing: Showing, thumbs: Thumbs) -> list[str]:
    """The true frames as data URIs; the showing must have them."""
    return [_uri(cell, thumbs) for cell in _cells(showing)[1][1:]]


def _cells(showing: Showing) -> list[list[Image]]:
    sheet = decode(showing.path.read_bytes(), str(showing.path))
    rows = np.split(sheet, 1 + showing.record.has_truth, axis=0)
    return [np.split(row, 1 + showing.record.n_targets, axis=1) for row in rows]


def _uri(cell: Image, thumbs: Thumbs) -> str:
    picture = PIL.Image.fromarray(resize(cell, height=thumbs.side, width=thumbs.side))
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=thumbs.quality, method=4)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
