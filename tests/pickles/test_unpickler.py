"""The machine behind the pickle reader builds plain data, and can do nothing else."""

from __future__ import annotations

import pickle
import struct
import sys
import time
import tracemalloc
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from storybench.errors import RawDataError
from storybench.pickles import unpickler
from storybench.pickles.files import parse_npy, parse_pickle
from tests.pickles.pickled import (
    EMPTY_ARRAY,
    INT64,
    NDARRAY,
    OBJECT,
    python_two_array,
    saved_header,
)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"cos\nsystem\n(S'touch ran'\ntR.", "'os.system'"),
        (b'c__builtin__\neval\n(S\'open("ran", "w")\'\ntR.', "'__builtin__.eval'"),
        (b"\x80\x04\x8c\x08builtins\x8c\x04exec\x93\x8c\x04pass\x85R.", "'builtins.exec'"),
        (b"cnumpy\nfromfile\n(S'/etc/passwd'\ntR.", "'numpy.fromfile'"),
        (b"cnumpy\nmemmap\n(S'ran'\ntR.", "'numpy.memmap'"),
        (b"cnumpy.testing._private.utils\nrunstring\n(S'1'\n}tR.", "runstring"),
        (b"cantigravity\nfly\n.", "'antigravity.fly'"),
        (b"c_codecs\nlookup\n(S'x'\ntR.", "'_codecs.lookup'"),
        (b"cbuiltins\ngetattr\n.", "'builtins.getattr'"),
        (b"\x80\x04\x8c\x05numpy\x8c\x0cndarray.dump\x93.", "'numpy.ndarray.dump'"),
        (b"\x80\x04\x8c\x03a\n\x1b\x8c\x01b\x93.", r"'a\\n\\x1b.b'"),
        (pickle.dumps(OrderedDict(a=1)), "'collections.OrderedDict'"),
        (pickle.dumps(Path("a")), "'pathlib"),
        (pickle.dumps(np.random.default_rng(0)), "'numpy.random"),
    ],
)
def test_other_names_are_refused_and_never_run(
    data: bytes, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pickle that asks for anything but plain data is named, and nothing is imported or run."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    with pytest.raises(RawDataError, match=f"evil.pkl, found a pickle that asks for .*{name}"):
        parse_pickle(data, "evil.pkl")
    with pytest.raises(RawDataError, match="asks for"):
        parse_npy(saved_header("|O", "()") + data, "evil.npy")
    assert set(sys.modules) == before
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cut short"),
        (b"N", "cut short"),
        (b"(", "cut short"),
        (b".", "damage \\(IndexError"),
        (b"a.", "damage \\(IndexError"),
        (b"N.N", "more bytes after its end"),
        (b"\x80\x06N.", "unsupported pickle protocol: 6"),
        (b"\xffN.", "damage \\(KeyError: 255"),
        (b"h\x07.", "Memo value not found at index 7"),
        (b"Pname\n.", "reference to something outside"),
        (b"NQ.", "reference to something outside"),
        (b"\x97.", "reference to something outside"),
        (b"\x82\x01.", "class by number"),
        (b"(ios\nsystem\n.", "object of a class"),
        (b"(cnumpy\nndarray\nK\x05o.", "object of a class"),
        (b"cnumpy\nndarray\n(K\x05t\x81.", "object of a class"),
        (b"cnumpy\nndarray\n(K\x05t}\x92.", "object of a class"),
        (b"cnumpy\nndarray\n(I99999999999\ntR.", "array made without bytes"),
        (b"NN\x85R.", "call of something that is no builder"),
        (NDARRAY + b".", "class or function as a value"),
        (b"]" + NDARRAY + b"a.", "class or function as a value"),
        (b"c_codecs\nencode\n}b.", "attributes for something that has none"),
        (b"]}b.", "attributes for something that has none"),
        (b"c_codecs\nencode\n(Vsn\nVutf-8\ntR.", "encoded to something else"),
        (b"c_codecs\nencode\n(Vsn\\u0394\nVlatin1\ntR.", "damage \\(UnicodeEncodeError"),
        (b"c__builtin__\nbytearray\n(I99999999999\ntR.", "bytearray of unknown form"),
        (b"c__builtin__\nset\n(Vabc\ntR.", "set of unknown form"),
        (b"}Na.", "items for something that is no list"),
        (b"}(Ne.", "items for something that is no list"),
        (b"](N\x90.", "items for something that is no set"),
        (b"]NNs.", "items for something that is no dict"),
        (EMPTY_ARRAY + b"K\x00K\x01s.", "items for something that is no dict"),
        (b"}]Ns.", "a key that is neither text nor a number \\(list\\)"),
        (b"}(Nu.", "a key without a value"),
        (b"]\x94h\x00a.", "data that holds itself"),
        (b"X\x03\x00\x00\x00\xed\xa0\x80.", "damage \\(UnicodeDecodeError"),
        (b"V\\ud800\n.", "damage \\(UnicodeEncodeError"),
        (b"S'a\\q'\n.", "unknown escape in text"),
        (b"S'a\n.", "text without quotes"),
        (b"\x8b" + struct.pack("<i", 300) + b"\x01" * 300 + b".", "hundreds of digits"),
        (b"\x8a\x09" + b"\x01" * 9 + b".", "more than 64 bits"),
        (b"I" + b"9" * 30 + b"\n.", "more than 64 bits"),
        (b"L" + b"9" * 9999 + b"L\n.", "damage|more than 64 bits"),
        (EMPTY_ARRAY + b".", "an array without its elements"),
        (EMPTY_ARRAY + b"Nb.", "an array of unknown form"),
        (python_two_array(bytes(16), length=3) + b".", "shape \\(3,\\) and type int64 in 16 bytes"),
        (python_two_array(b"", length=2**30) + b".", "shape \\(1073741824,\\)"),
        (python_two_array(bytes(8), length=-1) + b".", "impossible shape"),
        (python_two_array(bytes(8)) + b"(K\x01)" + INT64 + b"\x89U\x00tb.", "filled twice"),
        (python_two_array(bytes(8)).replace(b"i8", b"V8") + b".", "an array of the type 'V8'"),
        (python_two_array(bytes(8)).replace(b"U\x02i8", b"U\x02M8") + b".", "the type 'M8'"),
        (EMPTY_ARRAY + b"(K\x01K\x05\x85" + OBJECT + b"\x89]tb.", "objects of shape \\(5,\\)"),
        (EMPTY_ARRAY + b"(K\x01)" + OBJECT + b"\x89](h\x00tb.", "damage|unknown form|Memo"),
        (EMPTY_ARRAY + b"(K\x01)" + OBJECT + b"\x89U\x08" + bytes(8) + b"tb.", "without them"),
        (b"cnumpy.core.multiarray\nscalar\n" + OBJECT + b"U\x08" + bytes(8) + b"\x86R.", "scalar"),
        (b"cnumpy.core.multiarray\nscalar\n" + INT64 + b"U\x04abcd\x86R.", "in 4 bytes"),
        (b"(" * 5 + b"." * 5, "damage"),
    ],
)
def test_what_is_not_plain_data_is_one_sentence(data: bytes, reason: str) -> None:
    """Each way to do more than hold data, and each way to be damaged, is named with the file."""
    with pytest.raises(RawDataError, match=f"^Expected .* in evil.pkl, found .*({reason})"):
        parse_pickle(data, "evil.pkl")


def nested(depth: int, *, inner: bytes, outer: bytes) -> bytes:
    """A pickle of `depth` containers within each other."""
    return inner * depth + outer * (depth - 1) + b"."


@pytest.mark.parametrize("depth", [101, 20_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    """Data nested so deep that walking it would overflow is refused, at any depth."""
    with pytest.raises(RawDataError, match="nested more than 100 deep"):
        parse_pickle(nested(depth, inner=b"]", outer=b"a"), "a.pkl")
    with pytest.raises(RawDataError, match="nested more than 100 deep"):
        parse_pickle(b")" + b"\x85" * depth + b".", "a.pkl")


def test_a_hundred_levels_are_read() -> None:
    """The bound is where the message says."""
    assert parse_pickle(nested(100, inner=b"]", outer=b"a"), "a.pkl")


def test_arrays_nested_in_arrays_are_bounded() -> None:
    """Object arrays in object arrays, freed one by one, would overflow the C stack."""
    step = (EMPTY_ARRAY + b"(K\x01)" + OBJECT + b"\x89]", b"atb")
    for depth in (8, 9, 2_000):
        data = step[0] * depth + b"N" + step[1] * depth + b"."
        if depth == 8:
            assert parse_pickle(data, "a.pkl").shape == ()
        else:
            with pytest.raises(RawDataError, match="arrays nested more than 8 deep"):
                parse_pickle(data, "a.pkl")


@pytest.mark.parametrize(
    "data",
    [
        b"\x8e" + struct.pack("<Q", 2**40) + b"x.",
        b"B" + struct.pack("<I", 2**32 - 1) + b"x.",
        b"\x96" + struct.pack("<Q", 2**40) + b"x.",
        b"\x8d" + struct.pack("<Q", 2**62) + b"x.",
        b"T" + struct.pack("<i", 2**31 - 1) + b"x.",
        b"\x95" + struct.pack("<Q", 2**62) + b"N.",
        b"Nr" + struct.pack("<I", 2**32 - 1) + b".",
        b"Np" + b"9" * 4000 + b"\n.",
        python_two_array(bytes(8), length=2**31 - 1) + b".",
        b"cnumpy\ndtype\n(VU999999999\nI00\nI01\ntR.",
    ],
    ids=lambda data: data[:12].hex(),
)
def test_a_stated_length_is_not_believed(data: bytes) -> None:
    """A few bytes that state gigabytes take next to nothing, and next to no time."""
    tracemalloc.start()
    started = time.perf_counter()
    try:
        parse_pickle(data, "a.pkl")
    except RawDataError:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    "step",
    [
        b"}" * 1000,
        b"\x8f" * 1000,
        b"(" * 1000,
        b"N" + b"\x94" * 1000,
        b"".join(b"Nr" + struct.pack("<I", at) for at in range(1000)),
        b"h\x00h\x01\x85R0" * 10,
        b"h\x02h\x01\x85R0" * 10,
    ],
    ids=["dicts", "sets", "marks", "memo", "far-memo", "copied-sets", "copied-bytearrays"],
)
def test_small_steps_to_much_memory_are_counted(
    step: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps of a byte that take a hundred, and copies of one thing, are charged for."""
    monkeypatch.setattr(unpickler, "MAX_MEMORY", 4_000_000)
    start = (
        b"c__builtin__\nset\nq\x000"
        b"](" + b"".join(b"M" + struct.pack("<H", n) for n in range(1000)) + b"eq\x010"
        b"c__builtin__\nbytearray\nq\x020"
    )
    if step.startswith(b"h\x02"):
        start = b"c__builtin__\nbytearray\nq\x020B" + struct.pack("<I", 100_000) + bytes(100_000)
        start += b"q\x010"
    parse_pickle(start + b"N.", "a.pkl")
    with pytest.raises(RawDataError, match="data that takes more than 4,000,000 bytes"):
        parse_pickle(start + step * 100 + b".", "a.pkl")


def test_keys_hash_in_bounded_time() -> None:
    """A tuple that holds itself twice, forty times over, is small and hashes for a year."""
    bomb = b"K\x01" + b"2\x86" * 60
    with pytest.raises(RawDataError, match="a key that is neither text nor a number"):
        parse_pickle(b"}" + bomb + b"Ns.", "a.pkl")
    with pytest.raises(RawDataError, match="a key that is neither text nor a number"):
        parse_pickle(b"\x8f(" + bomb + b"\x90.", "a.pkl")
    with pytest.raises(RawDataError, match="a key that is neither text nor a number"):
        parse_pickle(b"(" + bomb + b"\x91.", "a.pkl")
