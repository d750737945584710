"""Columns by our names or theirs, and cells as captions, names, numbers and times."""

from __future__ import annotations

import pytest

from storybench.errors import InputError, RawDataError
from storydata.kit.raw import RawFile
from storydata.own import columns as cells
from storydata.own.tables import Row, Table


def table(*columns: str) -> Table:
    return Table(RawFile("a.csv", "a.csv"), columns, ())


def found(told: dict[str, tuple[str, ...]], *columns: str) -> dict[str, tuple[str, ...]]:
    return cells.column_map(
        table(*columns),
        told,
        needed=("file", "caption"),
        optional=("order",),
        place="[[source]] 1 of recipe.toml",
    )


def row(value: object) -> Row:
    return Row("line 7 of a.csv", {"x": value})


def test_our_names_are_found_in_any_case() -> None:
    """A few other names are known for what is needed."""
    assert found({}, "File", "CAPTION", "more") == {"file": ("File",), "caption": ("CAPTION",)}
    assert found({}, "image", "captions") == {"file": ("image",), "caption": ("captions",)}


def test_the_recipe_may_say_what_they_are_called() -> None:
    """Several columns of captions are alternatives, in the order given."""
    told = {"file": ("path",), "caption": ("en", "fr"), "order": ("n",)}
    assert found(told, "n", "fr", "en", "Path") == {
        "file": ("Path",),
        "caption": ("en", "fr"),
        "order": ("n",),
    }


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"capton": ("x",)}, r"a key of columns in .* among file, caption, order, found 'capton'"),
        ({"caption": ("txet",)}, r"the column 'txet' in a.csv, .* found 'file', 'text'. Did you m"),
        ({}, r"a column 'caption' in a.csv, found 'file', 'text'. .* columns = { caption = "),
    ],
)  # fmt: skip
def test_a_column_that_is_not_there_is_one_sentence(
    told: dict[str, tuple[str, ...]], sentence: str
) -> None:
    """The sentence shows the header and how to name the column."""
    with pytest.raises(InputError, match=sentence):
        found(told, "file", "text")


def test_all_tables_of_a_source_have_a_column_or_none() -> None:
    """Half of the frames with labels and half without would be a mistake."""
    tables = [table("a"), Table(RawFile("b.csv", "b.csv"), ("a", "order"), ())]
    with pytest.raises(InputError, match=r"'order' in all tables .* found it in b.csv and not"):
        cells.check_alike(tables, [{}, {"order": ("order",)}], ("order",))


def test_captions_are_one_line_each_and_never_empty() -> None:
    """Lists are alternatives; numbers are text; white space is single."""
    assert cells.texts(row(["  a\n b ", "", None, 3]), ["x"]) == ["a b", "3"]


def test_names_are_split_where_people_split_them() -> None:
    """Lists, commas, semicolons, bars and lines."""
    for value in (["Mina", " Tom "], "Mina, Tom", "Mina;Tom;", "Mina|Tom", "Mina\nTom"):
        assert cells.names(row(value), ["x"]) == ("Mina", "Tom")
    assert cells.names(row(None), ["x"]) == ()


@pytest.mark.parametrize(
    ("value", "seconds"), [("75.5", 75.5), (75, 75.0), ("1:15.5", 75.5), ("01:00:00,250", 3600.25)]
)
def test_times_are_seconds_or_clocks(value: object, seconds: float) -> None:
    """As tables and subtitles write them."""
    assert cells.seconds(row(value), ["x"]) == seconds


@pytest.mark.parametrize("value", ["", "-1", "nan", "inf", "1e300", "1:2:3:4", "soon", "1:-2"])
def test_what_is_no_time_is_refused_by_line(value: str) -> None:
    """The sentence says how times are written."""
    with pytest.raises(
        RawDataError, match=r"a time for 'x' in line 7 of a.csv, in seconds or as h"
    ):
        cells.seconds(row(value), ["x"])


@pytest.mark.parametrize("value", ["", "three", "nan", "inf"])
def test_what_is_no_number_is_refused_by_line(value: str) -> None:
    """An order must order."""
    with pytest.raises(RawDataError, match=r"Expected a number for 'x' in line 7 of a.csv, found"):
        cells.number(row(value), ["x"])


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (True, "text for 'x' in line 7 of a.csv, found true"),
        ({"a": 1}, "text for 'x' in line 7 of a.csv, found an object"),
        ([["a"]], "text for 'x' in line 7 of a.csv, found a list"),
        ("\ud800", "Unicode text for 'x' in line 7 of a.csv, found half a character"),
        ("a\0b", "text for 'x' in line 7 of a.csv, found a NUL"),
    ],
)
def test_what_is_no_text_is_refused_by_line(value: object, sentence: str) -> None:
    """JSON can hold what no caption may be."""
    with pytest.raises(RawDataError, match=sentence):
        cells.texts(row(value), ["x"])
