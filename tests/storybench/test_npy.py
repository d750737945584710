"""The header of a `.npy` file is read without evaluating it, and never believed."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.errors import InputError
from storybench.npy import Header, check_whole, is_text, parse_array, parse_header


def with_header(text: bytes, version: bytes = b"\x01\x00") -> bytes:
    """A `.npy` file of a header and nothing else."""
    length = struct.pack("<H" if version == b"\x01\x00" else "<I", len(text))
    return b"\x93NUMPY" + version + length + text


def saved(array: np.ndarray[Any, Any]) -> bytes:
    """The bytes that numpy writes."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


plain_types = st.sampled_from(
    ["?", "i1", "<i8", ">i4", "u1", "<u2", "<f2", "<f4", ">f8", "<c8", "S7", "<U3", ">U2"]
)
shapes = st.lists(st.integers(0, 5), max_size=4).map(tuple)


@settings(max_examples=60, deadline=None)
@given(plain_types, shapes, st.booleans())
def test_numpy_writes_what_we_read(dtype: str, shape: tuple[int, ...], is_fortran: bool) -> None:
    """Any plain array comes back with its type, shape and elements, in both orders."""
    n = int(np.prod(shape))
    array = (np.arange(n) % 100).astype(dtype).reshape(shape)
    array = np.asfortranarray(array) if is_fortran else array
    found = parse_array(saved(array), "a.npy")
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    assert found.tolist() == array.tolist()


def test_a_header_says_type_shape_and_place() -> None:
    """Python 2's long numbers, any order of the keys, and version 2 and 3 are read."""
    text = b"{'shape': (2L, 5L), 'fortran_order': True, 'descr': '<i8'}"
    expected = Header(np.dtype("<i8"), (2, 5), True, offset=10 + len(text))
    assert parse_header(with_header(text), "a.npy") == expected
    assert expected.n_bytes == 80
    for version in (b"\x02\x00", b"\x03\x00"):
        assert parse_header(with_header(text, version), "a.npy").offset == 12 + len(text)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04", "Expected a .npy file in a.npy, found other bytes"),
        (b"\x93NUMPY", r"version 1.0, 2.0 or 3.0 in a.npy, found \(\)"),
        (b"\x93NUMPY\x01", r"found \(1,\)"),
        (b"\x93NUMPY\x01\x00", "whole header in a.npy, found it cut short"),
        (b"\x93NUMPY\x04\x00\x00\x00", r"found \(4, 0\)"),
        (
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
            "at most 10,000 bytes in a.npy, found 4,294,967,295",
        ),
        (with_header(b""), "structured array, or a broken file"),
        (with_header(b"__import__('os').system('x')"), "structured array, or a broken file"),
        (
            with_header(b"{'descr': [('a', '<i8')], 'fortran_order': False, 'shape': (2,)}"),
            "structured array, or a broken file",
        ),
        (
            with_header(b"{'descr': '<i8', 'descr': '<i8', 'shape': (2,)}"),
            "structured array, or a broken file",
        ),
        (
            with_header(b"{'descr': '<i8', 'fortran_order': False, 'shape': (2,), 'x': True}"),
            "structured array, or a broken file",
        ),
        (
            with_header(b"{'descr': '<M8[s]', 'fortran_order': False, 'shape': (2,)}"),
            r"a plain type in the header of a.npy, found '<M8\[s\]'",
        ),
        (
            with_header(b"{'descr': True, 'fortran_order': False, 'shape': (2,)}"),
            "a plain type in the header of a.npy",
        ),
        (
            with_header(b"{'descr': '<U0', 'fortran_order': False, 'shape': (2,)}"),
            "at least one byte in a.npy, found '<U0'",
        ),
        (
            with_header(b"{'descr': '<i8', 'fortran_order': 'no', 'shape': (2,)}"),
            "True or False for the order in a.npy, found \"'no'\"",
        ),
        (
            with_header(b"{'descr': '<i8', 'fortran_order': False, 'shape': (2 3,)}"),
            "a shape in the header of a.npy",
        ),
        (
            with_header(b"{'descr': '<i8', 'fortran_order': False, 'shape': True}"),
            "a shape in the header of a.npy",
        ),
        (
            with_header(
                b"{'descr': '<i8', 'fortran_order': False, 'shape': (" + b"1," * 33 + b")}"
            ),
            "at most 32 axes in a.npy, found 33",
        ),
        (
            with_header(b"{'descr': '<i8', 'fortran_order': False, 'shape': (1000000000000, 0)}"),
            r"a shape that can be in a.npy, found \(1000000000000, 0\)",
        ),
    ],
)
def test_a_header_that_is_none_is_one_sentence(data: bytes, reason: str) -> None:
    """Whatever the header is not is said with the file's name."""
    with pytest.raises(InputError, match=reason):
        parse_header(data, "a.npy")


@pytest.mark.parametrize("shift", [-1, 1])
def test_the_elements_are_all_there_and_nothing_else(shift: int) -> None:
    """A file that is shorter or longer than its header says is refused."""
    data = (saved(np.arange(3)) + b"x")[: len(saved(np.arange(3))) + shift]
    with pytest.raises(InputError, match=rf"Expected 24 bytes .* \(3,\) .* found {24 + shift}"):
        parse_array(data, "a.npy")


def test_objects_are_never_read() -> None:
    """An array of objects is a pickle: it has a header, and no elements for this reader."""
    buffer = io.BytesIO()
    np.save(buffer, np.array([1, None], dtype=object), allow_pickle=True)
    header = parse_header(buffer.getvalue(), "a.npy")
    assert header.dtype.hasobject
    with pytest.raises(InputError, match=r"numbers or text in a\.npy, found .* Python objects"):
        check_whole(header, len(buffer.getvalue()), "a.npy")


@pytest.mark.parametrize("order", ["<", ">"])
def test_numbers_that_are_no_characters_are_seen(order: str) -> None:
    """Halves of pairs and numbers beyond Unicode fail when looked at, so they are told before."""
    for code, expected in [(0x41, True), (0x10FFFF, True), (0xD800, False), (0x110000, False)]:
        codes = np.array([code], f"{order}u4")
        assert is_text(codes.view(f"{order}U1")) is expected
    assert is_text(np.array([0xD800]))
    with pytest.raises(InputError, match=r"text in a\.npy, found numbers"):
        parse_array(saved(np.array([0x110000], "<u4").view("<U1")), "a.npy")
