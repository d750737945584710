"""Pickles and `.npy` files as the releases have them, and as an attacker would write them."""

from __future__ import annotations

import base64
import io
import struct
from typing import Any

import numpy as np

CLIP = "Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_ep1/1"

PLAIN: list[Any] = [
    *(None, True, False, 0, -5, 2**31, -(2**63), 1.5, float("inf"), 1 + 2j),
    *("", "snow", "é 😀 \n 'quoted' \\", b"", b"\x00\xff", bytearray(b"ab"), bytearray()),
    *([], [1, [2, [3]]], (), (1,), (1, 2), (1, 2, 3), (1, "b", None, 4.0)),
    *({}, {"a": [1], 2: {}}, {(1, "b"): 2}, set(), {1, "b"}, frozenset(), frozenset({1, 2})),
    *(np.float32(0.5), np.int64(3), np.bool_(True), np.str_("ab"), np.str_(""), np.bytes_(b"x")),
]
ARRAYS: list[np.ndarray[Any, Any]] = [
    np.arange(6.0).reshape(2, 3),
    np.asfortranarray(np.arange(6, dtype=np.int16).reshape(2, 3)),
    np.arange(24, dtype=np.uint8).reshape(2, 3, 4).transpose(1, 0, 2),
    np.arange(5, dtype=">u4"),
    np.array(["ab", "é"]),
    np.array([b"a/1.png", b"a/10.png"]),
    np.array(5),
    np.zeros((0, 4)),
    np.zeros(9, bool),
    np.array([1 + 2j]),
    np.array([[1, 2], [3]], dtype=object),
    np.array([np.arange(2), "x", None], dtype=object),
]

NDARRAY = b"cnumpy\nndarray\n"
EMPTY_ARRAY = b"cnumpy.core.multiarray\n_reconstruct\n" + NDARRAY + b"K\x00\x85U\x01b\x87R"
INT64 = (
    b"cnumpy\ndtype\nU\x02i8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
)
OBJECT = INT64.replace(b"i8", b"O8").replace(b"<", b"|")

WRITTEN_BY_PYTHON_TWO = base64.b64decode(
    b"k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoKSwgfSAg"
    b"ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqAAmNu"
    b"dW1weS5jb3JlLm11bHRpYXJyYXkKX3JlY29uc3RydWN0CnEBY251bXB5Cm5kYXJyYXkKcQJLAIVVAWKHUnEDKEsB"
    b"KWNudW1weQpkdHlwZQpxBFUCTzhLAEsBh1JxBShLA1UBfE5OTkr/////Sv////9LP3RiiV1xBn1xB1UDYS8xcQho"
    b"AWgCSwCFVQFih1JxCShLAUsDhWgEVQJ1MUsASwGHUnEKKEsDVQF8Tk5OSv////9K/////0sAdGKJVQMBAAF0YnNh"
    b"dGIu"
)
"""`np.save("labels.npy", {"a/1": np.array([1, 0, 1], np.uint8)})` by numpy 1.16.6, Python 2.7."""


def python_two_array(values: bytes, *, length: int | None = None) -> bytes:
    """The steps by which numpy under Python 2 pickled int64 values at protocol 2.

    `length` is what the shape says, if that is not true.
    """
    n = len(values) // 8 if length is None else length
    shape = b"J" + struct.pack("<i", n) + b"\x85"
    elements = b"T" + struct.pack("<i", len(values)) + values
    return EMPTY_ARRAY + b"(K\x01" + shape + INT64 + b"\x89" + elements + b"tb"


def python_two_npy(items: bytes) -> bytes:
    """A `.npy` file that Python 2 wrote of one dictionary; `items` are the steps that fill it."""
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (), }".ljust(117) + b"\n"
    array = EMPTY_ARRAY + b"(K\x01)" + OBJECT + b"\x89]}(" + items + b"uatb"
    return (
        b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + b"\x80\x02" + array + b"."
    )


def short(text: str) -> bytes:
    """Python 2's step for a short text."""
    data = text.encode("latin-1")
    return b"U" + bytes([len(data)]) + data


def saved(array: np.ndarray[Any, Any], version: tuple[int, int] | None = None) -> bytes:
    """The `.npy` bytes of an array."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version)
    return buffer.getvalue()


def boxed(value: object) -> bytes:
    """A `.npy` file of one object without axes, as `np.save` writes a dictionary."""
    array = np.empty((), object)
    array[()] = value
    return saved(array)


def saved_header(descr: str, shape: str) -> bytes:
    """A `.npy` header of any content."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def assert_same(found: Any, expected: Any) -> None:
    """Equal values of equal types, all the way down."""
    assert type(found) is type(expected)
    if isinstance(expected, np.ndarray):
        assert found.dtype.newbyteorder("=") == expected.dtype.newbyteorder("=")
        assert found.shape == expected.shape
        found, expected = found.ravel().tolist(), expected.ravel().tolist()
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        found, expected = list(found.values()), list(expected.values())
    if isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    else:
        assert found == expected
