"""The bytes of one frame for a shard: those of the file wherever nothing about them must change.

A JPEG or PNG that is plain 8-bit RGB and upright keeps its bytes, unless it is to be made smaller.
Everything else (grey, palette, CMYK, WebP, turned by its EXIF flag, animated, frames of videos) is
decoded to RGB and written anew.
"""

from __future__ import annotations

import io
import warnings

import PIL.Image

from storybench.images import decode, orientation_of, upright
from storybench.shards.format import Suffix
from storydata.kit.frames.still import encode, shrink
from storydata.own.settings import StoriesTable

SUFFIXES: dict[str | None, Suffix] = {"JPEG": "jpg", "PNG": "png"}
"""Formats that can go into a shard byte for byte."""


def still(data: bytes, name: str, stories: StoriesTable) -> tuple[bytes, Suffix]:
    """The bytes of a picture file as they go into a shard, and their suffix.

    Raises:
        InputError: it is not a whole picture that can be RGB; `name` is for the message.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on metadata, which change nothing here
        stored = decode(data, name)
        orientation, suffix = orientation_of(data, name), _plain(data)
    image = shrink(upright(stored, orientation), stories.short_side)
    if suffix is None or image is not stored:
        return encode(image, stories.image)
    return data, suffix


def _plain(data: bytes) -> Suffix | None:
    """The suffix under which the bytes can stay if they are upright, None if they cannot."""
    with PIL.Image.open(io.BytesIO(data)) as picture:
        is_plain = (
            picture.mode == "RGB"
            and not picture.has_transparency_data
            and not getattr(picture, "is_animated", False)
        )
        return SUFFIXES.get(picture.format) if is_plain else None
