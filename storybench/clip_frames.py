"""The frames of a raw clip, in the three forms that releases keep them in.

    png   a vertical strip of square frames, k = height // width of them (PororoSV)
    npy   an array (k, h, w, 3) of uint8 (FlintstonesSV)
    gif   an animation, as it looks when shown (PororoQA's own clips)

Frames are uint8 RGB, 0..255, (k, h, w, 3), in the order of showing. Clips come from outside: no
pixel is decoded before the size is known, and no `.npy` is ever read by pickle.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from PIL.GifImagePlugin import GifImageFile

from storybench.errors import InputError
from storybench.images import MAX_PIXELS, decode
from storybench.npy import check_whole, parse_array, parse_header
from storybench.types import Image

MAX_FRAMES = 1_000
MAX_CLIP_PIXELS = MAX_PIXELS
"""Of all frames together: as many as one picture may have, 192 MB of RGB."""

Frames = NDArray[np.uint8]
"""uint8 RGB, 0..255, shape (k, h, w, 3)."""

_PNG = b"\x89PNG\r\n\x1a\n"


def frames_of(data: bytes, suffix: str, name: str) -> Frames:
    """Every frame of a clip; `suffix` is "png", "npy" or "gif", `name` is for the message.

    Rows at the foot of a strip that make no whole square are left out: see `remainder_of`. The
    array may be read-only.

    Raises:
        InputError: not a whole clip of that form, wider than high (a strip), transparent
            anywhere, or over `MAX_FRAMES` or `MAX_CLIP_PIXELS`.
    """
    return _form(suffix, name).frames(data, name)


def frame_of(data: bytes, suffix: str, name: str, index: int) -> Image:
    """One frame of a clip, equal to `frames_of(...)[index]`; decodes no more than it must.

    A clip that is damaged behind that frame may go unnoticed.

    Raises:
        InputError: as for `frames_of`, or there is no frame of that index, counted from 0.
    """
    return _form(suffix, name).frame(data, name, index)


def n_frames_of(data: bytes, suffix: str, name: str) -> tuple[int, int, int]:
    """How many frames a clip has, their height and their width; proves that the file is whole.

    A strip is not decoded for that (the checksums of its chunks are compared), nor is an array
    (its bytes are counted); an animation is.

    Raises:
        InputError: as for `frames_of`, except that a strip's colours are not looked at.
    """
    return _form(suffix, name).measure(data, name)


def remainder_of(data: bytes, suffix: str, name: str) -> int:
    """Rows at the foot of a strip that make no whole square; 0 for the other forms.

    Raises:
        InputError: the header is none.
    """
    if _form(suffix, name) is not _FORMS["png"]:
        return 0
    width, height = _strip_size(data, name)
    return height % width


@dataclass(frozen=True)
class _Form:
    """How one form of clip is decoded whole, frame by frame, and measured."""

    frames: Callable[[bytes, str], Frames]
    frame: Callable[[bytes, str, int], Image]
    measure: Callable[[bytes, str], tuple[int, int, int]]


def _form(suffix: str, name: str) -> _Form:
    if suffix not in _FORMS:
        raise InputError(f"Expected a clip as {', '.join(_FORMS)} in {name}, found {suffix!r}.")
    return _FORMS[suffix]


def _check_bounds(k: int, height: int, width: int, name: str) -> None:
    if k > MAX_FRAMES or k * height * width > MAX_CLIP_PIXELS:
        raise InputError(
            f"Expected a clip of at most {MAX_FRAMES:,} frames and {MAX_CLIP_PIXELS:,} pixels in "
            f"{name}, found {k:,} frames of {width} x {height}."
        )


def _check_index(index: int, k: int, name: str) -> None:
    if not 0 <= index < k:
        raise InputError(f"Expected a frame from 0 to {k - 1} of {name}, found {index}.")


# --- a strip ---------------------------------------------------------------------------------


def _strip_size(data: bytes, name: str) -> tuple[int, int]:
    """Width and height of a strip, from its header, which is always the first chunk."""
    if not data.startswith(_PNG) or data[12:16] != b"IHDR" or len(data) < 33:
        raise InputError(f"Expected a PNG strip of frames in {name}, found other bytes.")
    width, height = struct.unpack_from(">II", data, 16)
    if not 0 < width <= height:
        raise InputError(
            f"Expected a strip of square frames one below the other in {name}, found a picture "
            f"of {width} x {height}."
        )
    _check_bounds(height // width, width, width, name)
    return width, height


def _strip_frames(data: bytes, name: str) -> Frames:
    width, height = _strip_size(data, name)
    k = height // width
    return decode(data, name)[: k * width].reshape(k, width, width, 3)


def _strip_frame(data: bytes, name: str, index: int) -> Image:
    """The rows above the frame must be decoded, those below it not."""
    width, height = _strip_size(data, name)
    _check_index(index, height // width, name)
    top = index * width
    return decode(_cut_below(data, top + width), name)[top : top + width]


def _cut_below(data: bytes, height: int) -> bytes:
    """The same PNG with a header that states fewer rows, so that the decoder stops there.

    Returned unchanged where the rows are interlaced, since every row then comes in seven parts.
    """
    if data[28]:
        return data
    header = data[12:20] + struct.pack(">I", height) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


def _strip_measure(data: bytes, name: str) -> tuple[int, int, int]:
    width, height = _strip_size(data, name)
    _check_chunks(data, name)
    return height // width, width, width


def _check_chunks(data: bytes, name: str) -> None:
    """Every chunk's checksum, up to the last one (IEND); nothing is decoded."""
    view, start, kind = memoryview(data), len(_PNG), b""
    while kind != b"IEND":
        if len(data) < start + 12:
            raise InputError(f"Expected a whole picture in {name}, found it cut short.")
        end = start + 8 + int.from_bytes(view[start : start + 4], "big")
        kind = data[start + 4 : start + 8]
        if zlib.crc32(view[start + 4 : end]).to_bytes(4, "big") != view[end : end + 4]:
            raise InputError(
                f"Expected a whole picture in {name}, found its {kind!r} chunk at byte {start:,} "
                "damaged or cut short."
            )
        start = end + 4


# --- an array --------------------------------------------------------------------------------


def _array_measure(data: bytes, name: str) -> tuple[int, int, int]:
    header = parse_header(data, name)
    shape = header.shape
    if header.dtype != np.uint8 or len(shape) != 4 or shape[3] != 3 or 0 in shape:
        raise InputError(
            f"Expected frames as uint8 of shape (k, h, w, 3) in {name}, found {header.dtype} of "
            f"shape {shape}."
        )
    _check_bounds(*shape[:3], name)
    check_whole(header, len(data), name)
    return shape[0], shape[1], shape[2]


def _array_frames(data: bytes, name: str) -> Frames:
    _array_measure(data, name)
    return np.ascontiguousarray(parse_array(data, name))


def _array_frame(data: bytes, name: str, index: int) -> Image:
    k, _, _ = _array_measure(data, name)
    _check_index(index, k, name)
    return np.ascontiguousarray(parse_array(data, name)[index])


# --- an animation ----------------------------------------------------------------------------


def _animation_frames(data: bytes, name: str) -> Frames:
    k, height, width = _animation_size(data, name)
    frames = np.empty((k, height, width, 3), np.uint8)
    for index, frame in enumerate(_shown(data, name, k)):
        frames[index] = frame
    return frames


def _animation_frame(data: bytes, name: str, index: int) -> Image:
    k, _, _ = _animation_size(data, name)
    _check_index(index, k, name)
    return next(islice(_shown(data, name, k), index, None))


def _animation_measure(data: bytes, name: str) -> tuple[int, int, int]:
    size = _animation_size(data, name)
    for _ in _shown(data, name, size[0]):
        pass
    return size


def _shown(data: bytes, name: str, k: int) -> Iterator[Image]:
    """Frame after frame as a viewer shows it: later ones are painted over earlier ones."""
    try:
        with GifImageFile(io.BytesIO(data)) as picture:
            for index in range(k):
                picture.seek(index)
                rgba = picture.convert("RGBA")
                if rgba.getchannel("A").getextrema() != (255, 255):
                    raise InputError(
                        f"Expected opaque frames in {name}, found transparent pixels in frame "
                        f"{index}. Put it on a background and write it again."
                    )
                yield np.asarray(rgba.convert("RGB"))
    except (OSError, EOFError, SyntaxError, ValueError, IndexError, struct.error) as error:
        raise InputError(f"Expected a whole GIF in {name}, found {error}.") from error


def _animation_size(data: bytes, name: str) -> tuple[int, int, int]:
    """Frames, height and width, from the blocks of a GIF; a walk to its end proves it whole."""
    width, height = _canvas(data, name)
    k = sum(1 for _ in _pictures(data, name, width, height))
    if k == 0:
        raise InputError(f"Expected at least one frame in {name}, found none.")
    _check_bounds(k, height, width, name)
    return k, height, width


def _canvas(data: bytes, name: str) -> tuple[int, int]:
    if data[:6] not in (b"GIF87a", b"GIF89a") or len(data) < 13:
        raise InputError(f"Expected a GIF in {name}, found other bytes.")
    width, height = struct.unpack_from("<HH", data, 6)
    if not width or not height:
        raise InputError(f"Expected a GIF with a size in {name}, found {width} x {height}.")
    return width, height


def _pictures(data: bytes, name: str, width: int, height: int) -> Iterator[None]:
    """One for each picture of a GIF, after checking that it lies on the canvas."""
    try:
        at = 13 + _palette_length(data[10])
        while data[at] != 0x3B:  # the trailer
            if data[at] == 0x2C:  # a picture
                left, top, w, h, packed = struct.unpack_from("<HHHHB", data, at + 1)
                if left + w > width or top + h > height:
                    raise InputError(
                        f"Expected frames within {width} x {height} in {name}, found one of "
                        f"{w} x {h} at ({left}, {top})."
                    )
                at = _skip_blocks(data, at + 11 + _palette_length(packed))
                yield
            elif data[at] == 0x21:  # an extension
                at = _skip_blocks(data, at + 2)
            else:
                raise InputError(f"Expected a whole GIF in {name}, found a stray byte at {at:,}.")
    except (IndexError, struct.error) as error:
        raise InputError(f"Expected a whole GIF in {name}, found it cut short.") from error


def _skip_blocks(data: bytes, at: int) -> int:
    while length := data[at]:
        at += 1 + length
    return at + 1


def _palette_length(packed: int) -> int:
    return 3 * 2 ** ((packed & 7) + 1) if packed & 0x80 else 0


_FORMS = {
    "png": _Form(_strip_frames, _strip_frame, _strip_measure),
    "npy": _Form(_array_frames, _array_frame, _array_measure),
    "gif": _Form(_animation_frames, _animation_frame, _animation_measure),
}
