"""Tables of descriptions: CSV, TSV, JSON lines or a JSON list, as rows of named cells.

A CSV may be separated by commas, semicolons or tabs: whichever splits its header most. A row that
does not fit its header is refused by line; that is nearly always a comma outside of quotes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from storybench.errors import RawDataError
from storydata.kit.raw import RawFile
from storydata.own.text import read_text

SEPARATORS = (",", ";", "\t")
JSON_LINES = (".jsonl", ".ndjson")
SUFFIXES = (".csv", ".tsv", ".txt", *JSON_LINES, ".json")
MAX_CELL = 100_000
"""Characters in one cell; below the `csv` module's own bound, so that the message is ours."""


@dataclass(frozen=True)
class Row:
    """One row: where it stands, for messages, and its cells by the name of their column."""

    place: str
    cells: Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """A file of rows; `columns` are all the names that occur, in order."""

    file: RawFile
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(file: RawFile, *, encoding: str) -> Table:
    """Every row of a table of one of `SUFFIXES`.

    Raises:
        RawDataError: it is no such table; names the line.
    """
    text = read_text(file, encoding=encoding)
    suffix = f".{file.name.rpartition('.')[2].lower()}"
    if suffix in JSON_LINES:
        return _of_objects(file, list(_json_lines(text, file.name)))
    if suffix == ".json":
        return _of_objects(file, list(_json_list(text, file.name)))
    return _delimited(file, text)


def _delimited(file: RawFile, text: str) -> Table:
    lines = _records(text, file.name)
    try:
        _, header = next(lines)
    except StopIteration:
        raise RawDataError(f"Expected a header and rows in {file.name}, found no line.") from None
    columns = tuple(cell.strip() for cell in header)
    folded = [column.casefold() for column in columns]
    twice = [column for column in columns if column and folded.count(column.casefold()) > 1]
    if twice:
        raise RawDataError(
            f"Expected every column once in the header of {file.name}, found {twice[0]!r} twice."
        )
    rows = []
    for line, cells in lines:
        place = f"line {line} of {file.name}"
        if len(cells) != len(columns):
            raise RawDataError(
                f"Expected {len(columns)} columns in {place}, as in its header, found {len(cells)}."
                " A caption with a separator, a quote or a line end stands in double quotes."
            )
        rows.append(Row(place, dict(zip(columns, cells, strict=True))))
    return Table(file, columns, tuple(rows))


def _records(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The line that each row starts on, and its cells; blank lines are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, _short(cells, line, name)
            line = reader.line_num + 1
    except csv.Error as error:
        raise RawDataError(
            f"Expected a row in {name} at line {line}, found an error ({error}). A caption with a "
            "separator, a quote or a line end stands in double quotes, quotes in it are doubled."
        ) from error


def _short(cells: list[str], line: int, name: str) -> list[str]:
    longest = max(map(len, cells))
    if longest > MAX_CELL:
        raise RawDataError(
            f"Expected cells of at most {MAX_CELL:,} characters in line {line} of {name}, found "
            f"{longest:,}. Is a closing quote missing?"
        )
    return cells


def _separator(text: str) -> str:
    """What splits the first line that is not blank into most cells; a comma if nothing does."""
    header = next((line for line in text.split("\n") if line.strip()), "")
    return max(SEPARATORS, key=header.count)


def _json_lines(text: str, name: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            place = f"line {number} of {name}"
            yield place, _parsed(line, place)


def _json_list(text: str, name: str) -> Iterator[tuple[str, Any]]:
    value = _parsed(text, name)
    if not isinstance(value, list):
        raise RawDataError(f"Expected a list of objects in {name}, found {_kind(value)}.")
    for number, entry in enumerate(value, start=1):
        yield f"entry {number} of {name}", entry


def _parsed(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise RawDataError(f"Expected JSON in {place}, found an error: {error}.") from error
    except (RecursionError, ValueError) as error:  # nested too deep, or a number of 5,000 digits
        raise RawDataError(f"Expected JSON in {place}, found what cannot be read.") from error


def _of_objects(file: RawFile, entries: list[tuple[str, Any]]) -> Table:
    columns: dict[str, None] = {}
    rows = []
    for place, entry in entries:
        if not isinstance(entry, dict):
            raise RawDataError(f"Expected an object in {place}, found {_kind(entry)}.")
        columns |= dict.fromkeys(entry)
        rows.append(Row(place, entry))
    if not rows:
        raise RawDataError(f"Expected objects in {file.name}, found none.")
    return Table(file, tuple(columns), tuple(rows))


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", type(None): "null"}
    return kinds.get(type(value), f"{str(value)[:40]}")
