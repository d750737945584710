"""Published numbers, as papers print them: a table beside the board, never ranked with it.

No row was measured under one of this project's protocols: papers differ in picture size, frames,
stories and features. Rows that share system, task, split, source and remarks are gathered, so that
a reader sees which numbers were measured together.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from storybench.board.submissions.record import MAX_FILE_BYTES
from storybench.errors import InputError

REPORTED = "reported/reported.csv"
COLUMNS = (
    "model", "paper", "year", "venue", "arxiv", "task", "dataset", "split", "metric", "value",
    "source", "notes",
)  # fmt: skip
GATHERED = ("dataset", "split", "task", "source", "model", "notes")
_ARXIV = re.compile(r"\d{4}\.\d{4,5}")


@dataclass(frozen=True)
class Published:
    """The numbers of one system from one place; `values` by metric, as printed there."""

    dataset: str
    split: str
    task: str
    model: str
    year: str
    venue: str
    arxiv: str
    values: tuple[tuple[str, str], ...]
    source: str
    notes: str


def read_reported(board: Path) -> tuple[Published, ...]:
    """The published numbers of a board, in the order of dataset, split, task, source; may be none.

    Raises:
        InputError: the file is not CSV in UTF-8 of the expected columns, or a value is no number.
    """
    path = board / REPORTED
    if not path.exists():
        return ()
    if path.is_symlink() or path.stat().st_size > MAX_FILE_BYTES:
        raise InputError(f"Expected a plain file of at most {MAX_FILE_BYTES:,} bytes at {path}.")
    rows = sorted(_rows(path), key=_gathered)
    return tuple(_published(list(group)) for _, group in groupby(rows, key=_gathered))


def _rows(path: Path) -> list[Mapping[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows: list[Mapping[str, str]] = [*reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"Expected CSV in UTF-8 in {path}, found {error}.") from error
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InputError(f"Expected the columns {', '.join(COLUMNS)} in {path}, found others.")
    for number, row in enumerate(rows, start=1):
        _check_row(row, f"row {number} of {path}")
    return rows


def _check_row(row: Mapping[str, str | None], where: str) -> None:
    if len(row) != len(COLUMNS) or None in row.values():
        raise InputError(f"Expected {len(COLUMNS)} values in {where}, found more or fewer.")
    try:
        float(row["value"] or "")
    except ValueError as error:
        raise InputError(f"Expected a number in {where}, found {row['value']!r}.") from error
    if row["arxiv"] and not _ARXIV.fullmatch(row["arxiv"]):
        raise InputError(f"Expected an arXiv number in {where}, found {row['arxiv']!r}.")


def _gathered(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row[column] for column in GATHERED)


def _published(rows: Sequence[Mapping[str, str]]) -> Published:
    first = rows[0]
    return Published(
        dataset=first["dataset"],
        split=first["split"],
        task=first["task"],
        model=first["model"],
        year=first["year"],
        venue=first["venue"],
        arxiv=first["arxiv"],
        values=tuple((row["metric"], row["value"]) for row in rows),
        source=first["source"],
        notes=first["notes"],
    )
