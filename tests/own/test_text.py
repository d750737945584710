"""Texts in any line ends, marks and named encodings; everything else is refused by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.errors import RawDataError
from storydata.kit.raw import RawFile
from storydata.own import text as texts
from storydata.own.text import check_encoding, decode_text, read_text
from tests.own.comics import refusal


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"\xef\xbb\xbf\xc3\xa9\r\nb", "utf-8"),
        ("é\rb".encode("utf-16"), "utf-8"),
        (b"\xfe\xff" + "é\nb".encode("utf-16-be"), "cp1252"),
        (b"\xe9\nb", "cp1252"),
    ],
)
def test_marks_go_before_the_named_encoding(data: bytes, encoding: str) -> None:
    """A byte-order mark says what follows, and is not part of it; line ends become one kind."""
    assert decode_text(data, name="a.csv", encoding=encoding) == "é\nb"


def test_other_bytes_are_refused_with_line_and_cure() -> None:
    """The sentence says which byte, where, and both ways out."""
    with pytest.raises(RawDataError, match=r"0xe9 in line 2. Save it as UTF-8, or .* encoding = "):
        decode_text(b"one\ncaf\xe9\n", name="a.csv", encoding="utf-8")


def test_a_nul_is_no_text() -> None:
    """It would end names and tar headers early."""
    with pytest.raises(RawDataError, match="found a NUL in line 2"):
        decode_text(b"one\n\0", name="a.csv", encoding="utf-8")


def test_half_a_character_is_no_text() -> None:
    """UTF-7 can hold half of a surrogate pair, which no shard could."""
    with pytest.raises(RawDataError, match=r"half a character in line 1|other bytes"):
        decode_text(b"+2AA-", name="a.csv", encoding="utf-7")


def test_a_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is looked at before the bytes."""
    path = tmp_path / "a.csv"
    path.write_text("too much")
    monkeypatch.setattr(texts, "MAX_BYTES", 4)
    with pytest.raises(RawDataError, match=r"at most 4 bytes in a.csv, found 8"):
        read_text(RawFile("a.csv", str(path)), encoding="utf-8")


@pytest.mark.parametrize("name", ["hex", "rot13", "unicode_escape", "idna", "no\0thing", "", "x-y"])
def test_what_is_no_encoding_of_text_is_refused(name: str) -> None:
    """Python knows codecs that no editor saves in."""
    with pytest.raises(ValueError, match="should be the name of a text encoding"):
        check_encoding(name)


@settings(deadline=None)
@given(st.binary(max_size=60), st.sampled_from(["utf-8", "utf-16", "utf-7", "cp1252", "gbk"]))
def test_any_bytes_are_text_or_one_sentence(data: bytes, encoding: str) -> None:
    """What comes out can be written as UTF-8, on lines."""
    read: list[str] = []
    said = refusal(lambda: read.append(decode_text(data, name="a.csv", encoding=encoding)))
    assert read or said.startswith(("Expected text in", "Expected Unicode text in"))
    for text in read:
        assert not {"\0", "\r"} & set(text.encode().decode())
