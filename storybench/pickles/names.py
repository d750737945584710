"""The names that a pickle of plain data may use, and what each one builds here.

`REDUCE` in a pickle calls a name with arguments. Whatever the name would do in Python or numpy, the
builder of that name here checks the arguments and makes the plain value that they describe. Every
pattern asks for the type first: an array compared with a number is an array, not an answer.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from storybench.pickles.arrays import Arrays, Dtype

ATOMS = frozenset({str, bytes, int, float, complex, bool, type(None)})
"""Types of which a value holds no other value."""


@dataclass(frozen=True, eq=False)
class Builder:
    """What stands on the pickle's stack for a name: how we build what it would have built."""

    build: Callable[[Arrays, tuple[Any, ...]], Any]


def checked_key(key: Any) -> Any:
    """A key of a dictionary or member of a set, if it is of a kind that hashes in bounded time.

    Tuples of tuples do not: each level may hold the one below twice.
    """
    if type(key) in ATOMS or isinstance(key, np.generic):
        return key
    if type(key) is tuple and all(type(part) in ATOMS for part in key):
        return key
    raise pickle.UnpicklingError(f"a key that is neither text nor a number ({type(key).__name__})")


def _begin_array(arrays: Arrays, arguments: tuple[Any, ...]) -> Any:
    """`_reconstruct(ndarray, (0,), b"b")`: an array that a later step fills."""
    match arguments:
        case (Builder() as kind, tuple([int(0)]), str("b") | bytes(b"b")) if kind is _NDARRAY:
            return arrays.begin()
    raise pickle.UnpicklingError("an array of unknown form")


def _scalar(arrays: Arrays, arguments: tuple[Any, ...]) -> Any:
    return arrays.scalar(arguments)


def _array_at_once(arrays: Arrays, arguments: tuple[Any, ...]) -> Any:
    return arrays.from_buffer(arguments)


def _dtype(_: Arrays, arguments: tuple[Any, ...]) -> Dtype:
    return Dtype(arguments)


def _no_array(_: Arrays, __: tuple[Any, ...]) -> Any:
    raise pickle.UnpicklingError("an array made without bytes")


def _encoded(arrays: Arrays, arguments: tuple[Any, ...]) -> bytes:
    """`_codecs.encode(text, "latin1")`: bytes, as protocols without bytes write them."""
    match arguments:
        case (str(text), str("latin1" | "latin-1")):
            arrays.spend(len(text))
            return text.encode("latin-1")
    raise pickle.UnpicklingError("text encoded to something else than Latin-1")


def _bytes(_: Arrays, arguments: tuple[Any, ...]) -> bytes:
    if arguments:
        raise pickle.UnpicklingError("bytes of unknown form")
    return b""


def _byte_array(arrays: Arrays, arguments: tuple[Any, ...]) -> bytearray:
    match arguments:
        case ():
            return bytearray()
        case (bytes(content),):
            arrays.spend(len(content))
            return bytearray(content)
        case (str(), str()):
            return bytearray(_encoded(arrays, arguments))
    raise pickle.UnpicklingError("a bytearray of unknown form")


def _set(arrays: Arrays, arguments: tuple[Any, ...]) -> set[Any]:
    match arguments:
        case ():
            return set()
        case (list(items),):
            arrays.spend(128 * len(items))
            return set(map(checked_key, items))
    raise pickle.UnpicklingError("a set of unknown form")


def _frozen_set(arrays: Arrays, arguments: tuple[Any, ...]) -> frozenset[Any]:
    return frozenset(_set(arrays, arguments))


def _complex(_: Arrays, arguments: tuple[Any, ...]) -> complex:
    match arguments:
        case (float(real), float(imaginary)):
            return complex(real, imaginary)
    raise pickle.UnpicklingError("a complex number of unknown form")


_NDARRAY = Builder(_no_array)

BUILDERS = {
    ("numpy", "ndarray"): _NDARRAY,
    ("numpy", "dtype"): Builder(_dtype),
    ("_codecs", "encode"): Builder(_encoded),
}
"""A builder for each name that is plain data."""

for _core in ("numpy.core", "numpy._core"):
    BUILDERS[f"{_core}.multiarray", "_reconstruct"] = Builder(_begin_array)
    BUILDERS[f"{_core}.multiarray", "scalar"] = Builder(_scalar)
    BUILDERS[f"{_core}.numeric", "_frombuffer"] = Builder(_array_at_once)
for _builtins in ("builtins", "__builtin__"):
    BUILDERS[_builtins, "bytes"] = Builder(_bytes)
    BUILDERS[_builtins, "bytearray"] = Builder(_byte_array)
    BUILDERS[_builtins, "set"] = Builder(_set)
    BUILDERS[_builtins, "frozenset"] = Builder(_frozen_set)
    BUILDERS[_builtins, "complex"] = Builder(_complex)
