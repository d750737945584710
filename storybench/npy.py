r"""The header of a `.npy` file: type and shape of an array, before a byte of it is believed.

The format is numpy's, versions 1 to 3 (numpy.lib.format). The header is read by a grammar of its
own rather than by numpy's reader, which evaluates it as a Python literal and warns about every file
that Python 2 wrote; those are most of what there is. Only plain types are known: booleans, whole,
real and complex numbers, and text or bytes of fixed length. `object` arrays are told by their
header, but what follows it is a pickle and is not read here.

>>> text = b"{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 3L)}"
>>> parse_header(MAGIC + bytes([1, 0, len(text), 0]) + text, "a.npy").shape
(2, 3)
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError

MAGIC = b"\x93NUMPY"
MAX_HEADER = 10_000
"""Bytes of a header; numpy's own bound. Only structured types need more than 128."""

MAX_DIMENSIONS = 32
MAX_EMPTY = 10_000_000
"""Rows times columns that an array without elements may state: (10**12, 0) is no shape."""

_ITEM = r"'(\w+)'\s*:\s*('[^'\\]*'|True|False|\([\d\sL,]*\))"
_HEADER = re.compile(rf"\{{\s*{_ITEM}\s*,\s*{_ITEM}\s*,\s*{_ITEM}\s*,?\s*\}}\s*")
_PLAIN = re.compile(r"[|<>=]?(?:\?|b1|[iu][1248]|f[248]|c8|c16|[SU]\d{1,9}|O\d?)")


@dataclass(frozen=True)
class Header:
    """What the header states, and where the elements begin."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    is_fortran: bool
    offset: int

    @property
    def n_bytes(self) -> int:
        """Bytes that the elements take, in whole numbers of any length."""
        return math.prod(self.shape) * self.dtype.itemsize


def parse_header(data: bytes, name: str) -> Header:
    """Read the header of `.npy` bytes; the start of a file may do. `name` is for the message.

    Raises:
        InputError: not a `.npy` file, cut short, of an unknown version, structured, or of an
            impossible shape.
    """
    text, offset = _text(data, name)
    found = _HEADER.fullmatch(text)
    items = dict(zip(found.groups()[::2], found.groups()[1::2], strict=True)) if found else {}
    if items.keys() != {"descr", "fortran_order", "shape"}:
        raise InputError(
            f"Expected the type and shape of one plain array in the header of {name}, found "
            "something else (a structured array, or a broken file)."
        )
    header = Header(
        dtype=_dtype(items["descr"], name),
        shape=_shape(items["shape"], name),
        is_fortran=_flag(items["fortran_order"], name),
        offset=offset,
    )
    _check_shape(header, name)
    return header


def parse_array(data: bytes, name: str) -> NDArray[Any]:
    """The array in `.npy` bytes, read-only and without a copy; no pickle is ever read.

    Raises:
        InputError: as for `parse_header`; an `object` array; more or fewer bytes than the header
            states; or text that is not Unicode.
    """
    header = parse_header(data, name)
    check_whole(header, len(data), name)
    flat = np.frombuffer(data, header.dtype, offset=header.offset)
    if not is_text(flat):
        raise InputError(f"Expected text in {name}, found numbers that are no characters.")
    return flat.reshape(header.shape, order="F" if header.is_fortran else "C")


def check_whole(header: Header, n_bytes: int, name: str) -> None:
    """Check the length of a file against its header: the elements are there, and nothing else.

    Raises:
        InputError: an `object` array, cut short, or longer than it says.
    """
    if header.dtype.hasobject:
        raise InputError(f"Expected numbers or text in {name}, found an array of Python objects.")
    found = n_bytes - header.offset
    if found != header.n_bytes:
        raise InputError(
            f"Expected {header.n_bytes:,} bytes of elements in {name} for shape {header.shape} "
            f"and type {header.dtype}, found {found:,}. Fetch or write it again."
        )


def is_text(flat: NDArray[Any]) -> bool:
    """Whether every character of an array (n,) of text is one; arrays of other types pass.

    Text lies in arrays as numbers. One that is no character fails only when it is looked at, and
    half of a pair only when it is written.
    """
    if flat.dtype.kind != "U" or flat.size == 0:
        return True
    codes = flat.view(np.dtype(np.uint32).newbyteorder(flat.dtype.byteorder))
    return not np.any((codes > 0x10FFFF) | ((codes >= 0xD800) & (codes <= 0xDFFF)))


def _text(data: bytes, name: str) -> tuple[str, int]:
    """The header's text, and where it ends."""
    if not data.startswith(MAGIC):
        raise InputError(f"Expected a .npy file in {name}, found other bytes.")
    version = tuple(data[6:8])
    if version not in ((1, 0), (2, 0), (3, 0)):
        raise InputError(f"Expected .npy version 1.0, 2.0 or 3.0 in {name}, found {version}.")
    start = 10 if version == (1, 0) else 12
    length = int.from_bytes(data[8:start], "little")
    if length > MAX_HEADER:
        raise InputError(
            f"Expected a header of at most {MAX_HEADER:,} bytes in {name}, found {length:,}."
        )
    if len(data) < start + length:
        raise InputError(f"Expected a whole header in {name}, found it cut short.")
    return data[start : start + length].decode("latin-1"), start + length


def _dtype(text: str, name: str) -> np.dtype[Any]:
    code = text[1:-1]
    if not text.startswith("'") or not _PLAIN.fullmatch(code):
        raise InputError(f"Expected a plain type in the header of {name}, found {code!r}.")
    dtype = np.dtype(object if "O" in code else code)
    if dtype.itemsize == 0:
        raise InputError(f"Expected elements of at least one byte in {name}, found {code!r}.")
    return dtype


def _shape(text: str, name: str) -> tuple[int, ...]:
    sides = [side.strip().rstrip("L") for side in text[1:-1].split(",")]
    if sides[-1] == "":  # `(3,)` and `()`
        sides.pop()
    if not text.startswith("(") or not all(re.fullmatch(r"\d{1,18}", side) for side in sides):
        raise InputError(f"Expected a shape in the header of {name}, found {text!r}.")
    return tuple(map(int, sides))


def _flag(text: str, name: str) -> bool:
    if text not in ("True", "False"):
        raise InputError(f"Expected True or False for the order in {name}, found {text!r}.")
    return text == "True"


def _check_shape(header: Header, name: str) -> None:
    if len(header.shape) > MAX_DIMENSIONS:
        raise InputError(
            f"Expected at most {MAX_DIMENSIONS} axes in {name}, found {len(header.shape)}."
        )
    if 0 in header.shape and math.prod(side or 1 for side in header.shape) > MAX_EMPTY:
        raise InputError(f"Expected a shape that can be in {name}, found {header.shape}.")
