"""A table of text is read row by row, or refused with the line that is wrong."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.errors import MissingError, RawDataError
from storydata.kit.untrusted import tables
from storydata.kit.untrusted.tables import Row, read_rows

PORORO = Path(__file__).resolve().parents[3] / "shared" / "data" / "pororoqa" / "descriptions.csv"


def written(folder: Path, data: bytes) -> Path:
    """A table with these bytes."""
    path = folder / "descriptions.csv"
    path.write_bytes(data)
    return path


def test_fields_are_kept_as_people_wrote_them(tmp_path: Path) -> None:
    """Commas, quotes, line ends and edge space in quotes are part of a field; rows know lines."""
    path = written(
        tmp_path, b'ep1,1," Pororo, ""hi""\nsays he"\nep1,2,\r\n\r\nep1,3,caf\xc3\xa9 \rep2,1,x'
    )
    assert read_rows(path, n_columns=3) == [
        Row(line=1, fields=("ep1", "1", ' Pororo, "hi"\nsays he')),
        Row(line=3, fields=("ep1", "2", "")),
        Row(line=5, fields=("ep1", "3", "café ")),
        Row(line=6, fields=("ep2", "1", "x")),
    ]


def test_an_empty_table_has_no_rows(tmp_path: Path) -> None:
    """No bytes, blank lines and the mark that Excel puts first are no rows."""
    for data in (b"", b"\n\r\n", b"\xef\xbb\xbf"):
        assert read_rows(written(tmp_path, data), n_columns=3) == []
    assert read_rows(written(tmp_path, b"\xef\xbb\xbfa,b"), n_columns=2)[0].fields == ("a", "b")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a,b,c\na,b\n", r"Expected 3 columns in .*descriptions\.csv at line 2, found 2"),
        (b'a,b,"c\nd"\na,b,c,d\n', "3 columns in .* at line 3, found 4"),
        (b"a,b,c\n\nx\n", "3 columns in .* at line 3, found 1"),
        (b"a,b,c\na,b,\xe9\n", "Expected UTF-8 in .*, found another byte in line 2"),
        (b"a,b,c\ra,b,c\r\n\xff", "found another byte in line 3"),
        (b'a,b,"c\n\0"\n', "found a NUL byte in line 2"),
        (b'a,b,c\na,b,"c\nno end,\n', "at line 2, found an error .* stands in quotes"),
        (b'a,b,"c"d\n', "at line 1, found an error"),
        (b"a,b,c\na,b," + b"x" * 100_001, "at most 100,000 characters in .* at line 2, .* 100,001"),
        (b'a,b,"' + b"x,\n" * 70_000 + b'"', "at line 1, found an error .*field larger"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, data: bytes, reason: str) -> None:
    """Width, encoding, quotes and length are checked, and the line is that of the file."""
    with pytest.raises(RawDataError, match=reason):
        read_rows(written(tmp_path, data), n_columns=3)


def test_what_is_no_table_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing, a folder, a pipe and a file over the bound are not read."""
    with pytest.raises(MissingError, match=r"Expected the table .*none\.csv, found none"):
        read_rows(tmp_path / "none.csv", n_columns=3)
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path, tmp_path / "pipe.csv"):
        with pytest.raises(RawDataError, match="found something else"):
            read_rows(path, n_columns=3)
    monkeypatch.setattr(tables, "MAX_TABLE_BYTES", 3)
    with pytest.raises(RawDataError, match=r"at most 3 bytes in .*, found 5"):
        read_rows(written(tmp_path, b"a,b,c"), n_columns=3)


def test_a_file_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed to this user, or on a broken disk."""

    def closed(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", closed)
    with pytest.raises(RawDataError, match=r"able to read .*, found Permission denied"):
        read_rows(written(tmp_path, b"a"), n_columns=1)


fields = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(fields, fields), max_size=5))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    """Any text survives, whatever signs are in it."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    path = written(tmp_path_factory.mktemp("table"), text.getvalue().encode())
    assert [row.fields for row in read_rows(path, n_columns=2)] == rows


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([b'"', b",", b"\n", b"\r", b"a", b"\0", b"\xe9", b"\xc3\xa9"])))
def test_any_bytes_end_in_rows_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    """No bytes make the reader fail in a way of its own."""
    path = written(tmp_path_factory.mktemp("table"), b"".join(pieces))
    try:
        rows = read_rows(path, n_columns=2)
    except RawDataError:
        return
    assert all(len(row.fields) == 2 for row in rows)


@pytest.mark.skipif(not PORORO.is_file(), reason=f"no {PORORO}")
def test_the_real_captions() -> None:
    """The real table has the known rows, episodes and captions a clip.

    Measured on Kyung-Min/PororoQA@5599bd7:descriptions.csv.
    """
    rows = read_rows(PORORO, n_columns=3)
    assert len(rows) == 16_971
    clips = Counter(row.fields[:2] for row in rows)
    assert len(clips) == 16_066
    assert len({episode for episode, _ in clips}) == 183
    per_clip = Counter(clips.values())
    expected = [15_304, 685, 51, 11, 6, 2, 2, 2, 2, 1]
    assert [per_clip[n] for n in range(1, 11)] == expected
    captions = [row.fields[2] for row in rows]
    assert sum("\n" in caption for caption in captions) == 2
    assert sum(caption != caption.strip() for caption in captions) == 16
