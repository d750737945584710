"""A mapping file: what no name says, said by the user in a CSV.

Either `file,story,frame`, a line a picture (paths below the folder; frame 1…T), or `folder,story`,
a line a story, where each story has a folder of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from storybench.errors import InputError, MissingError, PredictionError
from storybench.predictions.layouts.answers import Answers
from storybench.predictions.layouts.finding import picture_of
from storybench.predictions.layouts.folder import Folder
from storybench.predictions.layouts.recognition import Found, Layout, Question
from storybench.predictions.layouts.split import Split
from storybench.predictions.reader import Picture
from storybench.spelling import did_you_mean

MAX_BYTES = 256 * 2**20
FILES = {"file", "story", "frame"}
FOLDERS = {"folder", "story"}


@dataclass(frozen=True)
class Mapped:
    """A mapping file's lines: stories by folder, or (story, frame) by file."""

    folders: Mapping[str, str]
    files: Mapping[str, tuple[str, int]]


def read_mapping(path: Path, split: Split) -> Mapped:
    """Read and check a mapping file.

    Raises:
        MissingError: there is no such file.
        InputError: it is no CSV with these columns, or names stories or frames that are none.
        PredictionError: two lines are about the same file, folder or frame.
    """
    rows = _rows(path)
    columns = set(rows[0]) if rows else set()
    known = set(split.ids)
    folders: dict[str, str] = {}
    files: dict[str, tuple[str, int]] = {}
    for line, row in enumerate(rows, start=2):
        story = (row.get("story") or "").strip()
        if story not in known:
            raise InputError(
                f"Expected a story of {split.dataset} {split.name} in line {line} of {path}, found "
                f"{story!r}.{did_you_mean(story, split.ids, most=1)}"
            )
        if columns >= FILES:
            _add(files, row["file"], (story, _frame(row["frame"], split, f"line {line}")), path)
        else:
            _add(folders, row["folder"].strip("/"), story, path)
    for targets in (files.values(), folders.values()):
        if len(set(targets)) < len(targets):
            raise PredictionError(
                f"Expected each story and frame once in {path}, found one of them twice."
            )
    return Mapped(folders, files)


def mapped(folder: Folder, split: Split, answers: Answers) -> Found | None:
    """The finding for a mapping file that names every picture; None without one."""
    if "mapping" not in answers:
        return None
    path = Path(answers["mapping"])
    lines = read_mapping(path, split).files
    if not lines:
        return None
    there = set(folder.files)
    if lost := [file for file in lines if file not in there]:
        raise InputError(
            f"Expected the files of {path.name} below {folder.path}, found no {lost[0]}"
            f"{f' (and {len(lost) - 1:,} more)' if len(lost) > 1 else ''}."
        )
    pictures: dict[tuple[str, int], Picture] = {
        numbers: picture_of(folder, file) for file, numbers in lines.items()
    }
    return Found(
        why=(f"{path.name} says in {_counted(lines)} which story and frame a file is.",),
        confidence=1.0,
        pictures=pictures,
        used=frozenset(lines),
        frames=tuple(sorted({k for _, k in lines.values()})),
    )


def mapping_question(why: str) -> Question:
    """The question that only a mapping file answers."""
    return Question(
        "mapping", f"{why} Give a CSV with the columns file,story,frame or folder,story."
    )


MAPPING = Layout(
    id="mapping",
    name="mapping",
    producer="pictures named by a mapping file",
    example="…",
    recognised="the option --mapping names a CSV with the columns file, story, frame",
    meaning="a line says which story and frame a file is",
    traps=("files that no line names are left out",),
    upstream=(),
    look=mapped,
)


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"Expected at most {MAX_BYTES:,} bytes in {path}, found more.")
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = [{name: value or "" for name, value in row.items() if name} for row in reader]
            columns = set(reader.fieldnames or ())
    except FileNotFoundError as error:
        raise MissingError(f"Expected the mapping file {path}, found none.") from error
    except (UnicodeDecodeError, csv.Error, AttributeError) as error:
        raise InputError(f"Expected a CSV in UTF-8 in {path}, found {error}.") from error
    if not (columns >= FILES or columns >= FOLDERS) or not rows:
        raise InputError(
            f"Expected the columns file,story,frame or folder,story and at least one line in "
            f"{path}, found {', '.join(sorted(columns)) or 'nothing'}."
        )
    return rows


def _counted(lines: Mapping[str, object]) -> str:
    return f"{len(lines):,} line{'s'[: len(lines) != 1]}"


def _frame(text: str, split: Split, where: str) -> int:
    is_number = text.isascii() and text.strip().isdigit() and len(text) < 6
    if not is_number or int(text) > split.n_targets:
        raise InputError(
            f"Expected a frame from 1 to {split.n_targets} (or 0, the source's place) in {where} "
            f"of the mapping, found {text!r}."
        )
    return int(text)


def _add(entries: dict, name: str, value: object, path: Path) -> None:
    name = name.strip()
    if name in entries:
        raise PredictionError(f"Expected {name!r} once in {path}, found it twice.")
    entries[name] = value
