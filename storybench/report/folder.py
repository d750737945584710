"""The folder of an evaluation: what `storybench eval` leaves behind, whole or recognisably not.

It is `PREDS.report/<protocol>/` unless said otherwise (`storybench.report.place`)::

    report.json          the scores; schema in report.schema.json beside this module
    stories.parquet      a row a story: id, cluster, its own value of each metric
    replicates.parquet   the values whose spread gave each interval
    table.tex, table.md  the scores to paste
    index.html           one page with pictures
    manifest.json        written last: hashes of the three files that are read back, and where
                         predictions and data lay, relative to this folder

`read` gives back what was written, or says which file is not the one that was.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from storybench.errors import InputError, MissingError, VerificationError
from storybench.files import expect_folder, read_json, sha256_file, write_atomic, write_json
from storybench.report.latex import latex
from storybench.report.markdown import markdown
from storybench.report.page import page
from storybench.report.place import REPORT, folder_of
from storybench.report.record import read_report, write_report
from storybench.report.strips import Pictures
from storybench.report.tables import (
    REPLICATES,
    STORIES,
    read_replicates,
    read_stories,
    write_replicates,
    write_stories,
)
from storybench.schema import validated
from storybench.shards.reader import Stories
from storybench.types import Evaluation

MANIFEST = "manifest.json"
LATEX = "table.tex"
MARKDOWN = "table.md"
PAGE = "index.html"
READ_BACK = (REPORT, STORIES, REPLICATES)
FILES = (*READ_BACK, LATEX, MARKDOWN, PAGE, MANIFEST)


@dataclass(frozen=True)
class FolderManifest:
    """manifest.json; `predictions` and `data` are paths relative to the folder."""

    files: Mapping[str, str]
    predictions: str
    data: str
    schema_version: Literal[1] = 1


_MANIFEST = TypeAdapter(FolderManifest)


@dataclass(frozen=True)
class Places:
    """Where the predictions and the shards of an evaluation lay when it was written."""

    predictions: Path
    data: Path


def write(
    evaluation: Evaluation,
    out: Path,
    *,
    predictions: Pictures,
    stories: Stories,
    notes: Sequence[str] = (),
) -> Path:
    """Write the folder; an older evaluation there is replaced.

    Args:
        evaluation: what was computed.
        out: the folder; made if there is none.
        predictions: the generated pictures, for the page.
        stories: the split that was scored, for the page.
        notes: what the doctor said of the predictions, a sentence each.

    Returns:
        The folder.

    Raises:
        InputError: `out` holds something else, or the evaluation is of other stories.
        NoSpaceError: the disk is full.
    """
    _check_free(out)
    _check_stories(evaluation, stories)
    drawn = page(evaluation, predictions=predictions, stories=stories, notes=notes)
    (out / MANIFEST).unlink(missing_ok=True)
    write_report(evaluation.report, out / REPORT)
    write_stories(out / STORIES, evaluation)
    write_replicates(out / REPLICATES, evaluation)
    write_atomic(out / LATEX, latex(evaluation.report).encode())
    write_atomic(out / MARKDOWN, markdown(evaluation.report).encode())
    write_atomic(out / PAGE, drawn.encode())
    manifest = FolderManifest(
        files={name: sha256_file(out / name) for name in READ_BACK},
        predictions=_relative(predictions.directory, out),
        data=_relative(stories.directory, out),
    )
    write_json(out / MANIFEST, _MANIFEST.dump_python(manifest, mode="json"))
    return out


def read(out: Path) -> Evaluation:
    """Read an evaluation back; its report.json may be named instead, or a folder of it alone.

    Raises:
        MissingError: no finished folder of an evaluation there.
        VerificationError: a file is not the one that was written.
        InputError: a file is not what it should be, the files are not of one evaluation, or there
            are several evaluations.
    """
    folder = folder_of(out)
    manifest = _manifest(folder)
    for name in READ_BACK:
        _check_hash(folder / name, manifest.files.get(name))
    names, clusters, per_story = read_stories(folder / STORIES)
    found = Evaluation(
        report=read_report(folder / REPORT),
        stories=names,
        clusters=clusters,
        per_story=per_story,
        replicates=read_replicates(folder / REPLICATES),
    )
    _check_whole(found, folder)
    return found


def places(out: Path) -> Places:
    """Where predictions and data lay, seen from where the folder is now; they may have moved.

    Raises:
        MissingError: no finished folder of an evaluation there.
        InputError: its manifest is not what it should be, or there are several evaluations.
    """
    folder = folder_of(out)
    manifest = _manifest(folder)
    return Places(
        predictions=Path(os.path.normpath(folder / manifest.predictions)),
        data=Path(os.path.normpath(folder / manifest.data)),
    )


def _check_free(out: Path) -> None:
    expect_folder(out, what="the report")
    if not out.is_dir():
        return
    strays = sorted(path.name for path in out.iterdir() if not _is_ours(path.name))
    if strays:
        raise InputError(
            f"Expected a new or empty folder, or an older report, at {out}, found {strays[0]} in "
            "it. Choose another with --out."
        )


def _is_ours(name: str) -> bool:
    return name in FILES or (name.startswith(".") and name.endswith(".partial"))


def _check_stories(evaluation: Evaluation, stories: Stories) -> None:
    if not set(evaluation.stories) <= set(stories.ids):
        raise InputError(
            f"Expected an evaluation of the stories of {stories!r}, found one of others."
        )


def _manifest(folder: Path) -> FolderManifest:
    if not (folder / MANIFEST).is_file():
        raise MissingError(
            f"Expected the folder of an evaluation, with its {MANIFEST}, at {folder}, found none. "
            "`storybench eval` writes one."
        )
    return validated(_MANIFEST, read_json(folder / MANIFEST), name=str(folder / MANIFEST))


def _check_hash(path: Path, promised: str | None) -> None:
    if not path.is_file():
        raise MissingError(
            f"Expected the file {path}, found none. Write it again with `storybench eval`."
        )
    if sha256_file(path) != promised:
        raise VerificationError(
            f"Expected the {path.name} that was written with the rest of {path.parent}, found "
            "another. Write it again with `storybench eval`."
        )


def _check_whole(found: Evaluation, folder: Path) -> None:
    known = {score.metric for score in found.report.scores}
    strange = sorted({*found.per_story, *found.replicates} - known)
    if strange or len(found.stories) != found.report.n_stories:
        raise InputError(
            f"Expected the files of one evaluation in {folder}, found "
            f"{strange[0] if strange else f'{len(found.stories):,} stories'} that its {REPORT} "
            "does not know. Write it again with `storybench eval`."
        )


def _relative(path: Path, start: Path) -> str:
    return Path(os.path.relpath(path.resolve(), start.resolve())).as_posix()
