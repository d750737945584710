"""A pickle or `.npy` file from outside gives plain data or a sentence."""

from __future__ import annotations

import io
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.errors import MissingError, RawDataError
from storybench.pickles import files
from storybench.pickles.files import load_npy, load_pickle, parse_npy, parse_pickle
from tests.pickles.pickled import (
    ARRAYS,
    CLIP,
    EMPTY_ARRAY,
    INT64,
    PLAIN,
    WRITTEN_BY_PYTHON_TWO,
    assert_same,
    boxed,
    python_two_array,
    python_two_npy,
    saved,
    saved_header,
    short,
)

VALID = [
    *(
        pickle.dumps(value, protocol)
        for value in (PLAIN, ARRAYS[:4], ARRAYS)
        for protocol in range(6)
    ),
    *(saved(array) for array in ARRAYS),
    python_two_npy(short(CLIP) + python_two_array(np.arange(9).tobytes())),
    WRITTEN_BY_PYTHON_TWO,
    boxed({CLIP: ["a", "b"]}),
]


@pytest.mark.parametrize("protocol", range(6))
def test_plain_data_comes_back_as_it_was(protocol: int) -> None:
    """Every kind of plain data survives every protocol, with its type."""
    for value in (*PLAIN, *ARRAYS):
        assert_same(parse_pickle(pickle.dumps(value, protocol), "a.pkl"), value)


@pytest.mark.parametrize("protocol", range(6))
def test_one_thing_in_two_places_stays_one(protocol: int) -> None:
    """References within a pickle are kept."""
    shared = [1]
    first, second = parse_pickle(pickle.dumps([shared, shared], protocol), "a.pkl")
    assert first is second


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_arrays_come_back_as_numpy_reads_them(version: tuple[int, int]) -> None:
    """Every version of `.npy` gives what numpy itself would give."""
    for array in ARRAYS:
        data = saved(array, version)
        expected = np.load(io.BytesIO(data), allow_pickle=True)
        found = parse_npy(data, "a.npy")
        assert found.dtype == expected.dtype
        assert_same(found, expected)


def test_an_object_without_axes_is_the_object() -> None:
    """A dictionary saved by `np.save` comes back as a dictionary."""
    for value in PLAIN:
        assert_same(parse_npy(boxed(value), "descriptions.npy"), value)


def test_a_file_of_python_2_is_read() -> None:
    """Captions and labels as Python 2 wrote them: its text becomes text, its arrays arrays."""
    captions = python_two_npy(short(CLIP) + b"]" + short("caf\xe9 on\nthe snow") + b"a")
    assert parse_npy(captions, "descriptions.npy") == {CLIP: ["café on\nthe snow"]}
    (pair,) = parse_npy(WRITTEN_BY_PYTHON_TWO, "labels.npy").items()
    assert pair[0] == "a/1"
    assert_same(pair[1], np.array([1, 0, 1], np.uint8))
    labels = parse_npy(
        python_two_npy(short(CLIP) + python_two_array(np.arange(9).tobytes())), "labels.npy"
    )
    assert labels[CLIP].tolist() == list(range(9))
    assert labels[CLIP].dtype == np.int64


def test_python_2_and_its_oldest_protocol() -> None:
    """Protocol 0 is text: strings in quotes with escapes, long numbers with an L."""
    data = b"(dp0\nS'it\\'s \\xe9\\\\'\np1\n(lp2\nL12L\naI01\naF1.5\naVsn\\u00f8\nas."
    assert parse_pickle(data, "a.pkl") == {"it's é\\": [12, True, 1.5, "snø"]}


def test_text_in_arrays_is_unicode() -> None:
    """Arrays keep text as numbers: one that is no character would fail when it is looked at."""
    data = saved(np.array(["ab"]))
    surrogate = data.replace("a".encode("utf-32-le"), struct.pack("<I", 0xD800))
    assert surrogate != data
    with pytest.raises(RawDataError, match=r"text in a\.npy, found numbers that are no characters"):
        parse_npy(surrogate, "a.npy")
    pickled = pickle.dumps(np.array(["ab"]), 4).replace(
        "b".encode("utf-32-le"), struct.pack("<I", 0x110000)
    )
    with pytest.raises(RawDataError, match=r"a\.pkl, found text that is not Unicode"):
        parse_pickle(pickled, "a.pkl")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "Expected a .npy file in a.npy, found other bytes"),
        (b"\x80\x04N.", "found other bytes"),
        (saved(np.arange(3))[:50], "Expected a whole header in a.npy, found it cut short"),
        (saved(np.arange(3))[:-1], "24 bytes of elements in a.npy .* found 23"),
        (saved(np.arange(3)) + b"x", "found 25"),
        (saved(np.zeros(2, [("a", int)])), "a structured array, or a broken file"),
        (saved(np.zeros(2, "V4")), "a plain type .* found '|V4'"),
        (saved(np.zeros(2, "M8[s]")), "a plain type .* found '<M8\\[s\\]'"),
        (saved_header("<i8", "(1000000000000,)") + bytes(8), "found 8"),
        (
            saved_header("|O", "(2,)") + pickle.dumps(np.array([1, [2]], object)) + b"x",
            "more bytes",
        ),
        (saved_header("|O", "(3,)") + pickle.dumps(np.array([1, [2]], object)), "shape \\(3,\\)"),
        (saved_header("|O", "()") + pickle.dumps({"a": 1}), "found other data"),
        (saved_header("|O", "(2,)") + pickle.dumps(np.arange(2)), "found other data"),
        (saved_header("|O", "()"), "cut short"),
    ],
)
def test_broken_arrays_are_one_sentence(data: bytes, reason: str) -> None:
    """A `.npy` file whose header and content disagree is refused by name."""
    with pytest.raises(RawDataError, match=reason):
        parse_npy(data, "a.npy")


def test_files_are_read_by_path(tmp_path: Path) -> None:
    """Messages name the path, or the name that is given."""
    (tmp_path / "labels.pkl").write_bytes(pickle.dumps({"a": [0, 1]}, 2))
    np.save(tmp_path / "ids.npy", np.arange(3))
    assert load_pickle(tmp_path / "labels.pkl") == {"a": [0, 1]}
    assert load_npy(tmp_path / "ids.npy").tolist() == [0, 1, 2]
    (tmp_path / "broken.pkl").write_bytes(b"N")
    with pytest.raises(RawDataError, match=r"in .*/broken\.pkl, found it cut short"):
        load_pickle(tmp_path / "broken.pkl")
    with pytest.raises(RawDataError, match=r"in a/b\.pkl, found it cut short"):
        load_pickle(tmp_path / "broken.pkl", name="a/b.pkl")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """Nothing, a folder and a pipe are told apart from damage, and a pipe is never waited for."""
    with pytest.raises(MissingError, match=r"Expected the file .*none\.npy, found none"):
        load_npy(tmp_path / "none.npy")
    os.mkfifo(tmp_path / "pipe.pkl")
    for path in (tmp_path, tmp_path / "pipe.pkl"):
        with pytest.raises(RawDataError, match="found something else"):
            load_pickle(path)


def test_a_file_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed to this user, or on a broken disk."""

    def closed(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "labels.pkl").write_bytes(b"N.")
    monkeypatch.setattr(Path, "read_bytes", closed)
    with pytest.raises(RawDataError, match=r"able to read .*, found Permission denied"):
        load_pickle(tmp_path / "labels.pkl")


def test_files_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file over its bound is refused before a byte is read."""
    with (tmp_path / "large.npy").open("wb") as file:
        file.truncate(files.MAX_ARRAY_BYTES + 1)
    with pytest.raises(RawDataError, match=r"at most 2,147,483,648 bytes in .*large\.npy"):
        load_npy(tmp_path / "large.npy")
    monkeypatch.setattr(files, "MAX_PICKLE_BYTES", 100)
    with pytest.raises(RawDataError, match=r"at most 100 bytes in a\.npy, found"):
        parse_npy(boxed("x" * 200), "a.npy")


atoms = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.binary(max_size=8),
)
values = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.text(max_size=4), st.integers(0, 99)), inner, max_size=4),
        st.frozensets(st.one_of(st.text(max_size=4), st.binary(max_size=4)), max_size=4),
        st.lists(st.integers(-99, 99), max_size=4).map(lambda items: np.array(items, np.int64)),
        st.lists(st.text("ab", max_size=3), min_size=1, max_size=3).map(np.array),
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(values, st.integers(0, 5))
def test_any_plain_value_survives(value: Any, protocol: int) -> None:
    """What the standard library wrote comes back equal, whatever it is made of."""
    assert_same(parse_pickle(pickle.dumps(value, protocol), "a.pkl"), value)


def parse_or_refuse(data: bytes) -> None:
    """Both readers end in a value or in our own error, never in another."""
    for parse in (parse_pickle, parse_npy):
        try:
            parse(data, "fuzz")
        except RawDataError as error:
            if "fuzz" not in str(error) or len(str(error)) > 1000:
                raise AssertionError(f"no sentence: {error}") from error


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([b"", b"\x80\x02", b"](", EMPTY_ARRAY, INT64]))
def test_random_bytes_end_in_a_value_or_a_sentence(data: bytes, start: bytes) -> None:
    """No bytes at all make the readers fail in a way of their own."""
    parse_or_refuse(start + data)
    parse_or_refuse(saved_header("|O", "()") + start + data)


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_damaged_files_end_in_a_value_or_a_sentence(data: st.DataObject) -> None:
    """Real files with bytes changed, cut out, doubled or swapped with other files' bytes."""
    valid = data.draw(st.sampled_from(VALID))
    start = data.draw(st.integers(0, len(valid)))
    end = data.draw(st.integers(start, min(len(valid), start + 12)))
    other = data.draw(st.sampled_from(VALID))
    at = data.draw(st.integers(0, len(other)))
    patch = data.draw(st.one_of(st.binary(max_size=6), st.just(other[at : at + 20])))
    parse_or_refuse(valid[:start] + patch + valid[end:])
