"""Pictures small enough for a page: scaled down and written again as WebP, never up."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import PIL.Image

from storybench.images import resize
from storybench.types import Image


@dataclass(frozen=True)
class Thumbnail:
    """A small picture: WebP bytes, width and height in pixels."""

    data: bytes
    width: int
    height: int

    @property
    def uri(self) -> str:
        """The picture as an address that holds it whole."""
        return f"data:image/webp;base64,{base64.b64encode(self.data).decode()}"


def thumbnail(image: Image, *, side: int, quality: int) -> Thumbnail:
    """A picture whose long side is at most `side` pixels; the same pixels give the same bytes.

    >>> import numpy as np
    >>> small = thumbnail(np.zeros((40, 80, 3), np.uint8), side=20, quality=70)
    >>> small.width, small.height
    (20, 10)
    """
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    small = resize(image, height=size[0], width=size[1])
    buffer = io.BytesIO()
    PIL.Image.fromarray(small).save(buffer, "WEBP", quality=quality, method=4)
    return Thumbnail(buffer.getvalue(), width=size[1], height=size[0])
