"""The bytes of one frame for a shard: those of the file wherever nothing about them must change.

A JPEG or PNG that is plain 8-bit RGB and upright keeps its bytes, unless it is to be made smaller.
Everything else (grey, palette, CMYK, WebP, turned by its EXIF flag, animated, frames of videos) is
decoded to RGB and written anew.
"""

from __future__ import annotations

import io
import struct
import warnings

import numpy as np
import PIL.Image

from storybench.images import decode
from storybench.shards.format import Suffix
from storybench.types import Image
from storydata.kit.frames.still import encode, shrink
from storydata.own.settings import StoriesTable

SUFFIXES: dict[str | None, Suffix] = {"JPEG": "jpg", "PNG": "png"}
"""Formats that can go into a shard byte for byte."""

ORIENTATION = 0x0112
"""The EXIF tag that says how a picture is to be turned; 1 is upright."""


def still(data: bytes, name: str, stories: StoriesTable) -> tuple[bytes, Suffix]:
    """The bytes of a picture file as they go into a shard, and their suffix.

    Raises:
        InputError: it is not a whole picture that can be RGB; `name` is for the message.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on metadata, which change nothing here
        stored = decode(data, name)
        orientation, suffix = _look(data)
    image = shrink(upright(stored, orientation), stories.short_side)
    if suffix is None or image is not stored:
        return encode(image, stories.image)
    return data, suffix


def upright(image: Image, orientation: int) -> Image:
    """The picture turned and mirrored as an EXIF orientation says; itself if that is 1 or unknown.

    >>> upright(np.array([[[1], [2]], [[3], [4]]]), 6)[..., 0].tolist()
    [[3, 1], [4, 2]]
    """
    if orientation not in range(2, 9):
        return image
    if orientation in (5, 6, 7, 8):
        image = image.transpose(1, 0, 2)
    vertical = -1 if orientation in (3, 4, 7, 8) else 1
    horizontal = -1 if orientation in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(image[::vertical, ::horizontal])


def _look(data: bytes) -> tuple[int, Suffix | None]:
    """EXIF orientation, and the suffix under which the bytes can stay, None if they cannot."""
    with PIL.Image.open(io.BytesIO(data)) as picture:
        is_plain = (
            picture.mode == "RGB"
            and not picture.has_transparency_data
            and not getattr(picture, "is_animated", False)
        )
        return _orientation(picture), SUFFIXES.get(picture.format) if is_plain else None


def _orientation(picture: PIL.Image.Image) -> int:
    """The EXIF orientation; 1 where there is none, or none that can be read."""
    try:
        value = picture.getexif().get(ORIENTATION, 1)
    except (SyntaxError, ValueError, TypeError, OSError, struct.error):
        return 1
    return value if isinstance(value, int) else 1
