"""Which column of a table holds what, and its cells as what they are to be.

Our names for columns are the defaults; `columns = { caption = "text" }` in a recipe says what a
table calls them. Letters in any case.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from storybench.errors import InputError, RawDataError
from storybench.spelling import did_you_mean
from storydata.kit.captions import normalise
from storydata.own.tables import Row, Table

ALTERNATIVES = {"caption": ("caption", "captions"), "file": ("file", "picture", "image")}
"""Other names under which a column is found without being told."""

CLOCK = re.compile(r"(?:([0-9]{1,4}):)?([0-9]{1,4}):([0-9]{1,2}(?:[.,][0-9]{1,9})?)")


def column_map(
    table: Table,
    told: Mapping[str, Sequence[str]],
    *,
    needed: Sequence[str],
    optional: Sequence[str],
    place: str,
) -> dict[str, tuple[str, ...]]:
    """The columns of a table that hold each of our keys; optional keys without one are left out.

    Raises:
        InputError: the recipe speaks of a key or a column that is not there, or one that is needed
            has no column.
    """
    for key in told:
        if key not in (*needed, *optional):
            raise InputError(
                f"Expected a key of columns in {place} among {', '.join((*needed, *optional))}, "
                f"found {key!r}.{did_you_mean(key, (*needed, *optional))}"
            )
    found = {key: _columns(table, key, told.get(key), place=place) for key in (*needed, *optional)}
    for key in needed:
        if not found[key]:
            raise InputError(
                f"Expected a column {key!r} in {table.file.name}, found "
                f"{', '.join(map(repr, table.columns))}. Say what it is called, in {place}: "
                f'columns = {{ {key} = "…" }}.'
            )
    return {key: columns for key, columns in found.items() if columns}


def check_alike(
    tables: Sequence[Table], maps: Sequence[Mapping[str, Sequence[str]]], keys: Sequence[str]
) -> None:
    """Refuse tables of one source of which some have a column and others do not.

    Raises:
        InputError: so it is; names one of each.
    """
    for key in keys:
        having = [table.file.name for table, own in zip(tables, maps, strict=True) if key in own]
        lacking = [table.file.name for table in tables if table.file.name not in having]
        if having and lacking:
            raise InputError(
                f"Expected the column {key!r} in all tables of one [[source]] or in none, found it "
                f"in {having[0]} and not in {lacking[0]}."
            )


def texts(row: Row, columns: Sequence[str]) -> list[str]:
    """The cells as captions: white space normalised, empty ones left out.

    Raises:
        RawDataError: a cell is neither text nor a list of texts.
    """
    cells: list[Any] = []
    for column in columns:
        cell = row.cells.get(column)
        cells += cell if isinstance(cell, list) else [cell]
    return [text for text in (normalise(_text(row, cell, columns[0])) for cell in cells) if text]


def text(row: Row, columns: Sequence[str]) -> str:
    """The one cell as text without white space at the ends; empty where there is none.

    Raises:
        RawDataError: the cell is no text.
    """
    return _text(row, row.cells.get(columns[0]), columns[0]).strip()


def names(row: Row, columns: Sequence[str]) -> tuple[str, ...]:
    """The cell as names: a list, or a text with `,`, `;`, `|` or line ends between them.

    Raises:
        RawDataError: the cell is neither.
    """
    cell = row.cells.get(columns[0])
    parts = cell if isinstance(cell, list) else re.split(r"[,;|\n]", _text(row, cell, columns[0]))
    found = (normalise(_text(row, part, columns[0])) for part in parts)
    return tuple(name for name in found if name)


def number(row: Row, columns: Sequence[str]) -> float:
    """The cell as a number.

    Raises:
        RawDataError: it is none, or not finite.
    """
    written = text(row, columns)
    try:
        value = float(written)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RawDataError(
            f"Expected a number for {columns[0]!r} in {row.place}, found {written[:40]!r}."
        )
    return value


def seconds(row: Row, columns: Sequence[str]) -> float:
    """The cell as seconds from the start of a video: "75.5" or "1:15.5" or "00:01:15,500".

    Raises:
        RawDataError: it is no such time.
    """
    written = text(row, columns)
    clock = clock_seconds(written)
    if clock is not None:
        return clock
    try:
        value = number(row, columns)
    except RawDataError:
        value = -1.0
    if not 0 <= value < 1e7:
        raise RawDataError(
            f"Expected a time for {columns[0]!r} in {row.place}, in seconds or as h:mm:ss, found "
            f"{written[:40]!r}."
        )
    return value


def clock_seconds(written: str) -> float | None:
    """Seconds of a time with colons, None if it is no such time.

    >>> clock_seconds("00:01:15,500"), clock_seconds("1:15.5"), clock_seconds("75")
    (75.5, 75.5, None)
    """
    match = CLOCK.fullmatch(written.strip())
    if match is None:
        return None
    hours, minutes, rest = match.groups()
    return 3600 * int(hours or 0) + 60 * int(minutes) + float(rest.replace(",", "."))


def _columns(table: Table, key: str, told: Sequence[str] | None, *, place: str) -> tuple[str, ...]:
    folded = {column.casefold(): column for column in reversed(table.columns)}
    if told is None:
        known = (name for name in ALTERNATIVES.get(key, (key,)) if name in folded)
        return tuple(folded[name] for name in known)[:1]
    for name in told:
        if name.casefold() not in folded:
            raise InputError(
                f"Expected the column {name!r} in {table.file.name}, as columns in {place} says, "
                f"found {', '.join(map(repr, table.columns))}.{did_you_mean(name, table.columns)}"
            )
    return tuple(folded[name.casefold()] for name in told)


def _text(row: Row, cell: Any, column: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        kind = "a list" if isinstance(cell, list) else "an object"
        found = str(cell).lower() if isinstance(cell, bool) else kind
        raise RawDataError(f"Expected text for {column!r} in {row.place}, found {found}.")
    written = str(cell)
    try:
        written.encode()
    except UnicodeEncodeError as error:  # half of a surrogate pair, which JSON can hold
        raise RawDataError(
            f"Expected Unicode text for {column!r} in {row.place}, found half a character."
        ) from error
    if "\0" in written:
        raise RawDataError(f"Expected text for {column!r} in {row.place}, found a NUL.")
    return written
