"""Tables of text (CSV, RFC 4180, no header) as people send them: read whole, or refused by line.

A caption may hold commas, quotes and line ends; a file from outside may hold anything. Whatever is
not a table of the expected width is refused with the line that it starts on.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storybench.errors import MissingError, RawDataError

MAX_TABLE_BYTES = 256 * 2**20
"""The real caption table has 1.7 MB; a hundred times that is no caption table."""

MAX_FIELD = 100_000
"""Characters in one field; below the `csv` module's own bound, so that the message is ours."""


@dataclass(frozen=True)
class Row:
    """One row: the line of the file that it starts on, from 1, and its fields as written."""

    line: int
    fields: tuple[str, ...]


def read_rows(path: Path, *, n_columns: int) -> list[Row]:
    """Read every row of a table; blank lines are left out, fields are kept as they stand.

    Raises:
        MissingError: there is no such file.
        RawDataError: it cannot be read, or as `parse_rows`.
    """
    if not path.exists():
        raise MissingError(f"Expected the table {path}, found none.")
    if not path.is_file():
        raise RawDataError(f"Expected a CSV file at {path}, found something else.")
    _check_size(path.stat().st_size, str(path))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RawDataError(
            f"Expected to be able to read {path}, found {error.strerror}."
        ) from error
    return parse_rows(data, str(path), n_columns=n_columns)


def parse_rows(data: bytes, name: str, *, n_columns: int) -> list[Row]:
    """As `read_rows`, of the bytes of a table; `name` is for the message.

    Raises:
        RawDataError: it is too large, not UTF-8, has a NUL, a stray or open quote, a row of
            another width or a field over `MAX_FIELD` characters; names the line.
    """
    _check_size(len(data), name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line_of(error.object.decode("latin-1"), error.start)
        raise RawDataError(
            f"Expected UTF-8 in {name}, found another byte in line {line}. Write the table again "
            "as UTF-8."
        ) from error
    return list(_checked(text, name, n_columns))


def _check_size(size: int, name: str) -> None:
    if size > MAX_TABLE_BYTES:
        raise RawDataError(
            f"Expected a table of at most {MAX_TABLE_BYTES:,} bytes in {name}, found {size:,}."
        )


def _checked(text: str, name: str, n_columns: int) -> Iterator[Row]:
    """Rows of the right width, by the `csv` module in its strict mode."""
    if "\0" in text:
        line = _line_of(text, text.index("\0"))
        raise RawDataError(f"Expected text in {name}, found a NUL byte in line {line}.")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for fields in reader:
            if fields:
                yield Row(line=line, fields=_fields(fields, name, line, n_columns))
            line = reader.line_num + 1
    except csv.Error as error:
        raise RawDataError(
            f"Expected a row of {n_columns} comma-separated fields in {name} at line {line}, "
            f"found an error ({error}). A field with a comma, quote or line end stands in quotes."
        ) from error


def _fields(fields: list[str], name: str, line: int, n_columns: int) -> tuple[str, ...]:
    if len(fields) != n_columns:
        raise RawDataError(
            f"Expected {n_columns} columns in {name} at line {line}, found {len(fields)}."
        )
    longest = max(map(len, fields))
    if longest > MAX_FIELD:
        raise RawDataError(
            f"Expected fields of at most {MAX_FIELD:,} characters in {name} at line {line}, "
            f"found {longest:,}. Is a closing quote missing?"
        )
    return tuple(fields)


def _line_of(text: str, position: int) -> int:
    """The line, from 1, that a position stands in; a carriage return alone ends a line too."""
    return len(io.StringIO(text[:position] + "x", newline="").readlines())
