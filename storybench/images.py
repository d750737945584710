"""Pictures in and out: decode with bounds, encode with pinned settings, square, resize.

Every picture of the project is uint8 RGB, 0..255, (h, w, 3). Files from outside are untrusted, so
the size in the header is checked before a single pixel is decoded; and no picture is changed to
make it fit: one that isn't plain 8-bit colour or grey is refused.
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import PIL.Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from storybench.errors import InputError
from storybench.types import Image

MAX_PIXELS = 64_000_000
JPEG_QUALITY = 95

ORIENTATION = 0x0112
"""The EXIF tag that says how a picture is to be turned; 1 is upright."""

_READERS: dict[bytes, Callable[[io.BytesIO], ImageFile]] = {
    b"\x89PNG": PngImageFile,
    b"\xff\xd8\xff": JpegImageFile,
    b"RIFF": WebPImageFile,
}
"""Pillow's reader for the first bytes of a file.

Asked directly, since `PIL.Image.open` has a bound of its own that it says by a warning.
"""


def decode(data: bytes, name: str) -> Image:
    """Decode PNG, JPEG or WebP bytes to uint8 RGB; `name` is for the message.

    Grey, palette and CMYK pictures become RGB, an alpha channel that is opaque throughout is left
    out. Safe to call from several threads.

    Raises:
        InputError: not a picture of those formats, cut short, over `MAX_PIXELS`, of 16 bits a
            channel, or transparent anywhere.
    """
    with _opened(data, name) as picture:
        _check_depth(picture, name)
        if picture.has_transparency_data:
            return np.asarray(_opaque(picture, name))
        return np.asarray(picture if picture.mode == "RGB" else picture.convert("RGB"))


def decode_upright(data: bytes, name: str) -> Image:
    """As `decode`, turned and mirrored as the EXIF flag of the file says: a photo as it is shown.

    Not safe to call from several threads.

    Raises:
        InputError: as `decode`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on metadata, which change nothing here
        return upright(decode(data, name), orientation_of(data, name))


def orientation_of(data: bytes, name: str) -> int:
    """The EXIF orientation, 1..8; 1 (upright) where there is none, or none that can be read.

    Raises:
        InputError: as `header_size`.
    """
    with _opened(data, name) as picture:
        try:
            value = picture.getexif().get(ORIENTATION, 1)
        except (SyntaxError, ValueError, TypeError, OSError, struct.error):
            return 1
    return value if value in range(1, 9) else 1


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


def header_size(data: bytes, name: str) -> tuple[int, int]:
    """Width and height that the header of a picture states; the start of a file may do.

    Raises:
        InputError: as for `decode`, or the header is longer than `data`.
    """
    with _opened(data, name) as picture:
        return picture.size


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


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[ImageFile]:
    """The picture with its header read and its size checked; Pillow's errors as ours."""
    reader = next((_READERS[start] for start in _READERS if data.startswith(start)), None)
    if reader is None:
        raise InputError(f"Expected a PNG, JPEG or WebP picture in {name}, found other bytes.")
    try:
        with reader(io.BytesIO(data)) as picture:
            _check_size(picture, name)
            yield picture
    except PIL.Image.DecompressionBombError as error:  # WebP's reader looks for itself
        raise InputError(
            f"Expected a picture of at most {MAX_PIXELS:,} pixels in {name}, found a larger one."
        ) from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise InputError(f"Expected a whole picture in {name}, found {error}.") from error
    except AssertionError as error:  # Pillow's own, of a palette that is not there
        raise InputError(f"Expected a whole picture in {name}, found no palette.") from error


def _check_size(picture: PIL.Image.Image, name: str) -> None:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise InputError(
            f"Expected a picture of at most {MAX_PIXELS:,} pixels in {name}, "
            f"found {width} x {height}."
        )


def _check_depth(picture: ImageFile, name: str) -> None:
    """Refuse what Pillow would clip or cut to 8 bits: PNGs of 16 bits, grey or colour."""
    if any(";16" in str(tile[3]) for tile in picture.tile):
        raise InputError(
            f"Expected 8 bits a channel in {name}, found 16. Write the picture as 8-bit RGB."
        )


def _opaque(picture: PIL.Image.Image, name: str) -> PIL.Image.Image:
    rgba = picture.convert("RGBA")
    if rgba.getchannel("A").getextrema() != (255, 255):
        raise InputError(
            f"Expected an opaque picture in {name}, found transparent pixels. Put it on a "
            "background and write it as RGB."
        )
    return rgba.convert("RGB")
