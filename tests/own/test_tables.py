"""Tables: any separator, any quoting, JSON lines; what is none is refused by line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.errors import RawDataError
from storydata.kit.raw import RawFile
from storydata.own.tables import Table, read_table
from tests.own.comics import refusal


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str, str], Table]:
    """Write a table under a name and read it back."""

    def write_and_read(name: str, text: str) -> Table:
        (tmp_path / name).write_text(text, "utf-8", newline="")
        return read_table(RawFile(name, str(tmp_path / name)), encoding="utf-8")

    return write_and_read


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_header_says_what_separates(read: Callable[[str, str], Table], separator: str) -> None:
    """Spreadsheets of half the world write semicolons."""
    text = f'file{separator}caption\r\np1.png{separator}"Hello, ""you""; there"\r\n\r\n'
    table = read("a.csv", text)
    assert table.columns == ("file", "caption")
    (row,) = table.rows
    assert dict(row.cells) == {"file": "p1.png", "caption": 'Hello, "you"; there'}
    assert row.place == "line 2 of a.csv"


def test_a_cell_may_have_lines(read: Callable[[str, str], Table]) -> None:
    """Rows are named by the line they start on."""
    table = read("a.csv", 'file,caption\np1,"one\ntwo"\np2,three\n')
    assert [row.place for row in table.rows] == ["line 2 of a.csv", "line 4 of a.csv"]
    assert table.rows[0].cells["caption"] == "one\ntwo"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.csv", "", "a header and rows in a.csv, found no line"),
        ("a.csv", "file,caption\np1,a,b\n", r"2 columns in line 2 of a.csv, .* found 3. A caption"),
        ("a.csv", "file,caption\np1\n", r"2 columns in line 2 of a.csv, .* found 1"),
        ("a.csv", 'file,caption\np1,"a\n', "in a.csv at line 2, found an error .unexpected end"),
        ("a.csv", 'file,caption\np1,"a"b\n', "in a.csv at line 2, found an error"),
        ("a.csv", "file,caption,File\n", "every column once in the header of a.csv, found 'file'"),
        ("a.csv", f"file,caption\np1,{'x' * 100_001}\n", "at most 100,000 characters in line 2"),
        ("a.csv", f"file,caption\np1,{'x' * 140_000}\n", "in a.csv at line 2, found an error"),
        ("a.jsonl", '{"file": 1}\n{"file"\n', "Expected JSON in line 2 of a.jsonl, found an error"),
        ("a.jsonl", "\n[1]\n", "an object in line 2 of a.jsonl, found a list"),
        ("a.jsonl", "\n", "Expected objects in a.jsonl, found none"),
        ("a.jsonl", f'{{"a": {"9" * 5000}}}\n', "JSON in line 1 of a.jsonl, found what cannot"),
        ("a.json", '{"file": 1}', "a list of objects in a.json, found an object"),
        ("a.json", "[null]", "an object in entry 1 of a.json, found null"),
        ("a.json", f"{'[' * 100_000}", "Expected JSON in a.json, found what cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_by_line(
    read: Callable[[str, str], Table], name: str, text: str, sentence: str
) -> None:
    """One sentence, with the place and, where there is one, the cure."""
    with pytest.raises(RawDataError, match=sentence):
        read(name, text)


def test_objects_have_the_columns_that_occur(read: Callable[[str, str], Table]) -> None:
    """JSON lines need no header; numbers and lists stay what they are."""
    table = read("a.jsonl", '{"file": "p1", "caption": ["a", "b"]}\n\n{"file": "p2", "order": 3}\n')
    assert table.columns == ("file", "caption", "order")
    assert table.rows[1].cells["order"] == 3
    assert table.rows[1].place == "line 3 of a.jsonl"


@settings(deadline=None)
@given(
    text=st.text(st.sampled_from("file,caption;\t\"'\n\r{}[]: 1a\0é"), max_size=80),
    name=st.sampled_from(["a.csv", "a.tsv", "a.jsonl", "a.json", "a.txt"]),
)
def test_any_text_is_a_table_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, text: str, name: str
) -> None:
    """Nothing else than our own errors leaves the reader."""
    path = tmp_path_factory.getbasetemp() / f"fuzz-{name}"
    path.write_text(text, "utf-8", newline="")
    said = refusal(lambda: read_table(RawFile(name, str(path)), encoding="utf-8"))
    assert not said or said.startswith("Expected")
