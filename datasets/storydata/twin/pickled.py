"""Pickles as other people's scripts wrote them, of plain values and numpy arrays.

The real releases were written by Python 2 (text is raw bytes, opcodes `U` and `T`; protocol 2) and
in part by an early Python 3 (text is UTF-8, opcode `X`; protocol 3). Today's `pickle` can write
neither the first nor numpy's old module names, so this writes the opcodes itself. The same value
gives the same bytes on every Python and numpy.

Opcodes: the comments of CPython's Lib/pickletools.py. Layout of `.npy`: numpy's NEP 1.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

Era = Literal[2, 3]
"""Which Python wrote it."""

BATCH = 1000
"""Most items between two marks, as `pickle` does it."""


def pickled(value: Any, *, era: Era) -> bytes:
    """The pickle of dicts, lists, tuples, str, bytes, bool, int, float, None and numpy arrays.

    Under Python 2 there is one kind of text: str and bytes are both written as raw bytes.

    Raises:
        TypeError: it holds anything else.
        ValueError: an integer beyond 32 bits.
    """
    writer = _Writer(era)
    writer.value(value)
    return b"\x80" + bytes([era]) + writer.data() + b"."


def npy(value: Any, *, era: Era) -> bytes:
    """The `.npy` file of a value: one that is no array is boxed in an object array without axes.

    An array of numbers or bytes has no pickle in it; one of objects has the pickle of its era.
    """
    array = value if isinstance(value, np.ndarray) else boxed(value)
    file = io.BytesIO()
    if not array.dtype.hasobject:
        np.lib.format.write_array(file, np.ascontiguousarray(array), version=(1, 0))
        return file.getvalue()
    header = {"descr": "|O", "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + pickled(array, era=era)


def boxed(value: Any) -> np.ndarray:
    """An object array without axes, around one value."""
    box = np.empty((), dtype=object)
    box[()] = value
    return box


def column(values: list[Any]) -> np.ndarray:
    """An object array of one axis, whatever the values: lists of one length make no second one."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


class _Writer:
    """Writes the opcodes of one pickle."""

    def __init__(self, era: Era) -> None:
        self.era = era
        self._parts: list[bytes] = []
        self._memo: dict[str, int] = {}

    def data(self) -> bytes:
        """Everything written so far."""
        return b"".join(self._parts)

    def value(self, value: Any) -> None:
        """Write any value."""
        if isinstance(value, np.ndarray):
            self._array(value)
        elif isinstance(value, str):
            self._text(value)
        elif isinstance(value, bytes):
            self._bytes(value)
        elif isinstance(value, Mapping):
            self._dict(value)
        elif isinstance(value, list):
            self._list(value)
        elif isinstance(value, tuple):
            self._tuple(value)
        else:
            self._parts.append(_scalar(value))

    def _text(self, text: str) -> None:
        data = text.encode()
        if self.era == 2:
            self._raw(data)
        else:
            self._parts.append(b"X" + struct.pack("<I", len(data)) + data)

    def _bytes(self, data: bytes) -> None:
        if self.era == 2:
            self._raw(data)
        elif len(data) < 256:
            self._parts.append(b"C" + bytes([len(data)]) + data)
        else:
            self._parts.append(b"B" + struct.pack("<I", len(data)) + data)

    def _raw(self, data: bytes) -> None:
        """A str of Python 2."""
        if len(data) < 256:
            self._parts.append(b"U" + bytes([len(data)]) + data)
        else:
            self._parts.append(b"T" + struct.pack("<i", len(data)) + data)

    def _dict(self, value: Mapping[Any, Any]) -> None:
        self._parts.append(b"}")
        items = list(value.items())
        for start in range(0, len(items), BATCH):
            self._parts.append(b"(")
            for key, one in items[start : start + BATCH]:
                self.value(key)
                self.value(one)
            self._parts.append(b"u")

    def _list(self, value: list[Any]) -> None:
        self._parts.append(b"]")
        for start in range(0, len(value), BATCH):
            self._parts.append(b"(")
            for one in value[start : start + BATCH]:
                self.value(one)
            self._parts.append(b"e")

    def _tuple(self, value: tuple[Any, ...]) -> None:
        short = {0: b")", 1: b"\x85", 2: b"\x86", 3: b"\x87"}.get(len(value))
        if short is None:
            self._parts.append(b"(")
        for one in value:
            self.value(one)
        self._parts.append(short or b"t")

    def _array(self, array: np.ndarray) -> None:
        """As `ndarray.__reduce__` of numpy 1: an empty array, and the state to put into it."""
        self._global("numpy.core.multiarray", "_reconstruct")
        self._global("numpy", "ndarray")
        self.value((0,))
        self._bytes(b"b")
        self._parts.append(b"\x87R")
        self._parts.append(b"(")
        self.value(1)
        self.value(array.shape)
        self._dtype(array.dtype)
        self.value(False)
        self.value(list(array.flat) if array.dtype.hasobject else array.tobytes())
        self._parts.append(b"tb")

    def _dtype(self, dtype: np.dtype[Any]) -> None:
        """A plain type of numbers, or of objects; the second time, what the memo holds."""
        kind = "O8" if dtype.hasobject else dtype.str[1:]
        if kind in self._memo:
            self._parts.append(b"h" + bytes([self._memo[kind]]))
            return
        self._global("numpy", "dtype")
        self.value((kind, *((0, 1) if self.era == 2 else (False, True))))
        self._parts.append(b"R")
        self._remember(kind)
        order = "|" if dtype.byteorder == "|" or dtype.hasobject else "<"
        self.value((3, order, None, None, None, -1, -1, 63 if dtype.hasobject else 0))
        self._parts.append(b"b")

    def _global(self, module: str, name: str) -> None:
        key = f"{module}.{name}"
        if key in self._memo:
            self._parts.append(b"h" + bytes([self._memo[key]]))
            return
        self._parts.append(f"c{module}\n{name}\n".encode())
        self._remember(key)

    def _remember(self, key: str) -> None:
        """Put what is on top of the stack into the memo; there are never many such things."""
        self._memo[key] = len(self._memo) + 1
        self._parts.append(b"q" + bytes([self._memo[key]]))


def _scalar(value: Any) -> bytes:
    if value is None:
        return b"N"
    if isinstance(value, (bool, np.bool_)):
        return b"\x88" if value else b"\x89"
    if isinstance(value, (int, np.integer)):
        return _integer(int(value))
    if isinstance(value, float):
        return b"G" + struct.pack(">d", value)
    raise TypeError(f"Expected a plain value or an array to pickle, found {type(value).__name__}.")


def _integer(value: int) -> bytes:
    if 0 <= value < 2**8:
        return b"K" + bytes([value])
    if 0 <= value < 2**16:
        return b"M" + struct.pack("<H", value)
    if -(2**31) <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    raise ValueError(f"Expected an integer of 32 bits to pickle, found {value}.")
