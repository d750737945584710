"""How numpy puts arrays and scalars into pickles, taken apart and put together again by hand.

numpy builds an array from a pickle in steps (`_reconstruct`, then `__setstate__`), or at once
(`_frombuffer`), and trusts what it is told. Here type, shape and bytes are compared with each other
before numpy sees them: nothing is made that is larger than the bytes that stand in the file.
"""

from __future__ import annotations

import math
import pickle
import re
from collections.abc import Callable
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from storybench.npy import MAX_DIMENSIONS, MAX_EMPTY, is_text

MAX_ARRAY_DEPTH = 8
"""How deep object arrays may hold each other: freeing many thousands overflows the C stack."""

_CODES = re.compile(r"b1|\?|[iu][1248]|f[248]|c8|c16|[SU]\d{1,9}|O[48]?")

Spend = Callable[[int], None]


class Dtype:
    """A type under construction: a code ("i8", "S37", "O"), then its byte order."""

    def __init__(self, arguments: object):
        code = arguments[0] if isinstance(arguments, tuple) and arguments else None
        if not isinstance(code, str) or not _CODES.fullmatch(code):
            raise pickle.UnpicklingError(f"an array of the type {code!r:.60}")
        self._code = "O" if code.startswith("O") else code
        self._built: np.dtype[Any] | None = None

    def set_state(self, state: object) -> None:
        """Take the state (3, byte order, no subarray, no names, no fields, size, …)."""
        match state:
            case (
                int(3),
                str("<" | ">" | "|" | "=") as order,
                None,
                None,
                None,
                int(size),
                int(),
                int(),
            ):
                built = np.dtype("O" if self._code == "O" else order + self._code)
            case _:
                raise pickle.UnpicklingError("an array of a structured or unknown type")
        if size not in (-1, built.itemsize):
            raise pickle.UnpicklingError(f"an array type of {size} bytes for {self._code!r}")
        self._built = built

    @property
    def built(self) -> np.dtype[Any]:
        """The finished type."""
        if self._built is None:
            raise pickle.UnpicklingError("an array type without its byte order")
        return self._built


class Arrays:
    """The arrays of one pickle; `spend` is called with the bytes that each one takes."""

    def __init__(self, spend: Spend):
        self.spend = spend
        self._unfilled: dict[int, NDArray[Any]] = {}
        self._depths: dict[int, tuple[int, NDArray[Any]]] = {}

    def begin(self) -> NDArray[Any]:
        """An array whose type, shape and elements are still to come."""
        array = np.empty(0, np.int8)
        self._unfilled[id(array)] = array
        return array

    def fill(self, array: NDArray[Any], state: object) -> None:
        """Give an array its state (1, shape, type, is Fortran order, elements), once."""
        if self._unfilled.pop(id(array), None) is None:
            raise pickle.UnpicklingError("an array that is filled twice")
        match state:
            case (int(1), tuple(shape), Dtype(built=dtype), int(is_fortran), content):
                pass
            case _:
                raise pickle.UnpicklingError("an array of unknown form")
        if dtype.hasobject:
            content = self._objects(array, shape, content)
        else:
            content = self._elements(shape, dtype, content)
        _set_state(array, (1, shape, dtype, bool(is_fortran), content))

    def scalar(self, arguments: object) -> np.generic:
        """One number or text from (type, bytes)."""
        match arguments:
            case (Dtype(built=dtype), bytes() | str() as content) if not dtype.hasobject:
                pass
            case _:
                raise pickle.UnpicklingError("a numpy scalar of unknown form")
        if dtype.itemsize == 0:  # the empty text is as long as its type
            return dtype.type()
        return np.frombuffer(self._elements((1,), dtype, content), dtype)[0]

    def from_buffer(self, arguments: object) -> NDArray[Any]:
        """An array from (bytes, type, shape, order and, in order "K", axes): protocol 5's way."""
        match arguments:
            case (content, Dtype(built=dtype), tuple(shape), str("C" | "F") as order):
                axes = tuple(range(len(shape)))
            case (content, Dtype(built=dtype), tuple(shape), str("K"), tuple(axes)):
                order = "C"
            case _:
                raise pickle.UnpicklingError("an array of unknown form")
        if dtype.hasobject or sorted(axes) != list(range(len(shape))):
            raise pickle.UnpicklingError("an array of unknown form")
        flat = np.frombuffer(self._elements(shape, dtype, content), dtype)
        return flat.reshape(shape, order=cast("Literal['C', 'F']", order)).transpose(axes).copy("K")

    def check_filled(self) -> None:
        """Every array that was begun got its elements."""
        if self._unfilled:
            raise pickle.UnpicklingError("an array without its elements")

    def _elements(
        self, shape: tuple[Any, ...], dtype: np.dtype[Any], content: object
    ) -> bytes | bytearray:
        """The bytes of an array, exactly as many as shape and type ask for."""
        if isinstance(content, str):  # Python 2's bytes, read as Latin-1
            content = content.encode("latin-1")
        if not isinstance(content, bytes | bytearray):
            raise pickle.UnpicklingError("an array of numbers without bytes")
        expected = _n_elements(shape) * dtype.itemsize
        if expected != len(content) or dtype.itemsize == 0:
            raise pickle.UnpicklingError(
                f"an array of shape {shape} and type {dtype} in {len(content):,} bytes"
            )
        self.spend(2 * expected)
        if not is_text(np.frombuffer(content, dtype)):
            raise pickle.UnpicklingError("text that is not Unicode")
        return content

    def _objects(self, array: NDArray[Any], shape: tuple[Any, ...], content: object) -> list[Any]:
        """The elements of an object array, as many as its shape asks for."""
        n = _n_elements(shape)
        if type(content) is not list or len(content) != n:
            raise pickle.UnpicklingError(f"an array of objects of shape {shape} without them")
        self.spend(16 * n)
        depth = 1
        for item in content:
            if type(item) is np.ndarray:
                depth = max(depth, 1 + self._depth(item))
        if depth > MAX_ARRAY_DEPTH:
            raise pickle.UnpicklingError(f"arrays nested more than {MAX_ARRAY_DEPTH} deep")
        self._depths[id(array)] = (depth, array)
        return content

    def _depth(self, array: NDArray[Any]) -> int:
        if id(array) in self._unfilled or not array.dtype.hasobject:
            return 0
        return self._depths[id(array)][0]


def _set_state(array: Any, state: tuple[Any, ...]) -> None:
    array.__setstate__(state)


def _n_elements(shape: tuple[Any, ...]) -> int:
    """The product of the sides of a shape that can be."""
    if len(shape) > MAX_DIMENSIONS or not all(type(side) is int and side >= 0 for side in shape):
        raise pickle.UnpicklingError("an array of an impossible shape")
    n = math.prod(shape)
    if n == 0 and math.prod(side or 1 for side in shape) > MAX_EMPTY:
        raise pickle.UnpicklingError(f"an array of the impossible shape {shape}")
    return n
