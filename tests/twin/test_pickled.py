"""Pickles of two Pythons: the opcodes they used, and what today's readers make of them."""

from __future__ import annotations

import io
import pickle
import pickletools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storydata.twin.pickled import Era, boxed, column, npy, pickled

TEXTS = st.text("abc XYZ\n'\",é", max_size=300)
SCALARS = st.none() | st.booleans() | st.integers(-(2**31), 2**31 - 1) | st.floats(allow_nan=False)
VALUES = st.recursive(
    SCALARS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(TEXTS, inner, max_size=5)
        | st.tuples(inner)
        | st.tuples(inner, inner)
        | st.tuples(inner, inner, inner, inner)
    ),
    max_leaves=12,
)


def opcodes(data: bytes) -> list[tuple[str, Any]]:
    return [(code.name, argument) for code, argument, _ in pickletools.genops(data)]


def pickle_of(npy_file: bytes) -> bytes:
    file = io.BytesIO(npy_file)
    np.lib.format.read_magic(file)
    np.lib.format.read_array_header_1_0(file)
    return file.read()


@settings(max_examples=60, deadline=None)
@given(value=VALUES)
def test_plain_values_come_back(value: Any):
    """Whatever is written of either Python is read as the same value."""
    assert pickle.loads(pickled(value, era=2), encoding="utf-8") == value
    assert pickle.loads(pickled(value, era=3)) == value


@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.uint8, np.float64])
@pytest.mark.parametrize("era", [2, 3])
def test_arrays_come_back(dtype: type, era: Era):
    """Arrays of numbers keep their type, shape and values."""
    array = np.arange(12).reshape(3, 4).astype(dtype)
    found = pickle.loads(pickled([array, array], era=era), encoding="latin1")
    for one in found:
        assert one.dtype == dtype
        assert np.array_equal(one, array)


def test_python_two_wrote_raw_bytes():
    """Protocol 2, text as `U` and `T`, numpy by its old name, and no opcode of Python 3."""
    value = {"a/b/1": ["short", "x" * 300], "a/b/2": np.arange(9)}
    codes = opcodes(pickle_of(npy(value, era=2)))
    names = {name for name, _ in codes}
    assert codes[0] == ("PROTO", 2)
    assert {"SHORT_BINSTRING", "BINSTRING"} <= names
    assert not names & {"BINUNICODE", "BINBYTES", "SHORT_BINBYTES"}
    assert ("GLOBAL", "numpy.core.multiarray _reconstruct") in codes


def test_python_three_wrote_unicode():
    """Protocol 3, text as `X`, and bytes apart from text."""
    codes = opcodes(pickled({"a": np.arange(2), "b": b"raw", "c": b"y" * 256}, era=3))
    names = {name for name, _ in codes}
    assert codes[0] == ("PROTO", 3)
    assert {"BINUNICODE", "SHORT_BINBYTES", "BINBYTES"} <= names
    assert not names & {"SHORT_BINSTRING", "BINSTRING"}


@pytest.mark.parametrize(("encoding", "key"), [("latin1", "a/b/1"), ("bytes", b"a/b/1")])
def test_numpy_reads_what_python_two_wrote(encoding: Any, key: Any):
    """`np.load` gives the dictionary back, with text as str or as bytes."""
    file = io.BytesIO(npy({"a/b/1": np.array([0, 1, 0])}, era=2))
    found = np.load(file, allow_pickle=True, encoding=encoding)
    assert found.shape == ()
    assert found.dtype == object
    assert found.item()[key].tolist() == [0, 1, 0]


def test_raw_numbers_of_python_two_need_an_encoding():
    """As with the real files: read as ASCII, an array's bytes are no text."""
    data = pickled({"a": np.array([1.5, -2.0], np.float32)}, era=2)
    with pytest.raises(UnicodeDecodeError):
        pickle.loads(data)


def test_lists_of_one_length_stay_lists():
    """An object array of id lists has one axis, even if the lists are equally long."""
    file = io.BytesIO(npy(column([[1, 2], [3, 4]]), era=3))
    found = np.load(file, allow_pickle=True)
    assert found.shape == (2,)
    assert found.tolist() == [[1, 2], [3, 4]]


def test_arrays_of_bytes_have_no_pickle():
    """An array of `S` is a plain file that needs no pickle to be read."""
    paths = np.array([[b"a/1.png", b"a/10.png"]])
    found = np.load(io.BytesIO(npy(paths, era=2)), allow_pickle=False)
    assert found.dtype.kind == "S"
    assert found.tolist() == paths.tolist()


def test_long_containers_are_written_in_batches():
    """More than a thousand items come back in order."""
    many = {f"{k}": k for k in range(2501)}
    assert pickle.loads(pickled(many, era=3)) == many
    assert pickle.loads(pickled(list(range(2501)), era=2)) == list(range(2501))


def test_types_are_written_once():
    """The second array refers to the type of the first."""
    one, two = (len(pickled([np.arange(3)] * n, era=2)) for n in (1, 2))
    assert two - one < 60
    assert boxed([1]).shape == ()


def test_what_the_releases_never_hold_is_refused():
    """A set, or a number beyond 32 bits, is an error and not a guess."""
    with pytest.raises(TypeError, match="found set"):
        pickled({1, 2}, era=2)
    with pytest.raises(ValueError, match="integer of 32 bits to pickle, found 4294967296"):
        pickled(2**32, era=2)
