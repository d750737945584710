"""A picture on its way into a shard: scaled down, and as PNG or JPEG bytes."""

from __future__ import annotations

from typing import Literal

from storybench.images import encode_jpeg, encode_png, resize
from storybench.shards.format import Suffix
from storybench.types import Image

ImageFormat = Literal["png", "jpeg"]


def shrink(image: Image, short_side: int | None) -> Image:
    """Scale down so that the short side has that many pixels; smaller pictures stay as they are."""
    height, width = image.shape[:2]
    short = min(height, width)
    if short_side is None or short <= short_side:
        return image
    return resize(
        image,
        height=round(height * short_side / short),
        width=round(width * short_side / short),
    )


def encode(image: Image, image_format: ImageFormat) -> tuple[bytes, Suffix]:
    """Lossless PNG, or JPEG of quality 95 without chroma subsampling; bytes and file suffix."""
    if image_format == "jpeg":
        return encode_jpeg(image), "jpg"
    return encode_png(image), "png"
