"""Pictures in and out: decode with bounds, encode with pinned settings, square, resize.

Every picture of the project is uint8 RGB, 0..255, (h, w, 3). Files from outside are untrusted, so
the size in the header is checked before a single pixel is decoded.
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings

import numpy as np
import PIL.Image

from storybench.errors import InputError
from storybench.types import Image

MAX_PIXELS = 64_000_000
FORMATS = ("PNG", "JPEG", "WEBP")
JPEG_QUALITY = 95


def decode(data: bytes, name: str) -> Image:
    """Decode PNG, JPEG or WebP bytes to uint8 RGB; `name` is for the message.

    Raises:
        InputError: not a picture of those formats, cut short, or over `MAX_PIXELS`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
            with PIL.Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                _check_size(picture, name)
                return np.asarray(picture if picture.mode == "RGB" else picture.convert("RGB"))
    except (PIL.UnidentifiedImageError, PIL.Image.DecompressionBombWarning) as error:
        raise InputError(
            f"Expected a PNG, JPEG or WebP picture in {name}, found other bytes."
        ) from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise InputError(f"Expected a whole picture in {name}, found {error}.") from error


def encode_png(image: Image) -> bytes:
    """Lossless PNG bytes; the same pixels give the same bytes under the same Pillow."""
    buffer = io.BytesIO()
    PIL.Image.fromarray(image).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def encode_jpeg(image: Image, quality: int = JPEG_QUALITY) -> bytes:
    """JPEG bytes, 4:4:4."""
    buffer = io.BytesIO()
    PIL.Image.fromarray(image).save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()


def centre_square(image: Image) -> Image:
    """Crop to the short side, offset `(long - short) // 2`; a square picture is returned as it is.

    >>> centre_square(np.zeros((4, 7, 3), np.uint8)).shape
    (4, 4, 3)
    """
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def resize(image: Image, *, height: int, width: int) -> Image:
    """Antialiased bicubic resize; returns the picture itself when the size is already right."""
    if image.shape[:2] == (height, width):
        return image
    return np.asarray(
        PIL.Image.fromarray(image).resize((width, height), PIL.Image.Resampling.BICUBIC)
    )


def pixel_sha256(image: Image) -> str:
    """SHA-256 over shape and decoded RGB: equal for equal pixels, whatever the container."""
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()


def _check_size(picture: PIL.Image.Image, name: str) -> None:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise InputError(
            f"Expected a picture of at most {MAX_PIXELS:,} pixels in {name}, "
            f"found {width} x {height}."
        )
