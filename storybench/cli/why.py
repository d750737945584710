"""`storybench why`: what makes a number differ from a published one, in sentences."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import storybench
from storybench.cli import console
from storybench.cli.board import LEADERBOARD
from storybench.cli.options import Board, Json
from storybench.errors import InputError, MissingError

if TYPE_CHECKING:
    from storybench.report.explanation import Explanation
    from storybench.report.published import PublishedRow
    from storybench.types import Report

PACKAGED = Path(storybench.__file__).parent / "report" / "published"
CHECKOUT = Path(storybench.__file__).parent.parent / "leaderboard"


def why(
    report: Annotated[Path, typer.Argument(help="A report.json, or its folder.")],
    row: Annotated[
        int | None, typer.Option(min=1, help="The number of a published row; see --rows.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="FID, Char-F1, Frame-Acc …: explain a row of that kind.")
    ] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="List the published rows that can be explained.")
    ] = False,
    board: Board = LEADERBOARD,
    as_json: Json = False,
) -> None:
    """Say in sentences what makes a number differ from a published one.

    A row is of a dataset and split, as the report is; without --row the likest is explained.

    Example: storybench why preds.report/sb-v1/ --row 124
    """
    from storybench.report.pairing import task_of
    from storybench.report.published import nearest
    from storybench.report.record import read_report
    from storybench.report.why import why as explain

    found = read_report(report)
    candidates = _candidates(found, board, kind)
    if rows:
        _list(candidates, as_json=as_json)
        return
    chosen = _named(candidates, row, board) if row is not None else None
    chosen = chosen or nearest(candidates, found, task=task_of(found))
    if chosen is None:
        raise InputError(_nothing(found, board, kind))
    explanation = explain(found, chosen)
    if as_json:
        console.emit_json(_as_json(explanation))
        return
    _show(explanation)
    if row is None:
        others = len(candidates) - 1
        console.hint(
            f"Row {chosen.number} of the published numbers. {others} other{'s'[: others != 1]} of "
            "this dataset and split: --rows lists them, --row N explains one."
        )


def _candidates(report: Report, board: Path, kind: str | None) -> tuple[PublishedRow, ...]:
    """The published rows that the report can be set beside.

    Raises:
        MissingError: there is no table of published numbers.
    """
    from storybench.report.published import matching

    found = matching(_published(board), report)
    return tuple(one for one in found if kind is None or one.metric == kind)


def _published(board: Path) -> tuple[PublishedRow, ...]:
    """Every published number.

    Raises:
        MissingError: there is no table of them.
    """
    from storybench.board.reported import read_reported
    from storybench.report.published import rows_of

    places = (board, PACKAGED, CHECKOUT) if board == LEADERBOARD else (board,)
    published = next((rows for place in places if (rows := read_reported(place))), ())
    if not published:
        raise MissingError(
            f"Expected published numbers at {board}/reported/reported.csv, found none. Name the "
            "leaderboard folder of the repository with --board."
        )
    return tuple(rows_of(published))


def _named(candidates: Sequence[PublishedRow], number: int, board: Path) -> PublishedRow:
    for one in candidates:
        if one.number == number:
            return one
    known = ", ".join(str(one.number) for one in candidates[:12])
    raise InputError(
        "Expected the number of a published row of the report's dataset, split and kind of metric, "
        f"found {number}{_other(number, board)}. Those there are begin with {known or 'none'}; "
        "--rows lists them."
    )


def _other(number: int, board: Path) -> str:
    """What a row is of that the report cannot be set beside."""
    found = (one for one in _published(board) if one.number == number)
    return next((f", which is a {one.metric} on {one.dataset} {one.split}" for one in found), "")


def _nothing(report: Report, board: Path, kind: str | None) -> str:
    """Why there is no row: no such kind, no such score in the report, or nothing published."""
    from storybench.report.published import FAMILIES, score_for

    kinds = sorted({one.metric for one in _published(board)} & FAMILIES.keys())
    if kind is not None and kind not in kinds:
        return f"Expected a kind of published number ({', '.join(kinds)}), found {kind!r}."
    if kind is not None and score_for(report, kind) is None:
        return (
            f"Expected a score in the report to set beside a published {kind}, found "
            f"{', '.join(sorted({one.metric for one in report.scores}))}. Score with that metric "
            "too: character scores need --classifier."
        )
    wanted = "" if kind is None else f" {kind}"
    return (
        f"Expected a published{wanted} number on {report.dataset} {report.split}, found none: no "
        "paper's could be read. Published are PororoSV and FlintstonesSV."
    )


def _list(candidates: Sequence[PublishedRow], *, as_json: bool) -> None:
    if as_json:
        console.emit_json({"rows": [dataclasses.asdict(one) for one in candidates]})
        return
    shown = [
        {
            "row": one.number,
            "system": one.model,
            "task": one.task,
            "metric": one.metric,
            "value": f"{one.value:g}",
            "read in": one.source,
        }
        for one in candidates
    ]
    console.table("Published numbers, as printed", shown)


def _show(found: Explanation) -> None:
    from storybench.report.explanation import difference_line, headline

    console.say(headline(found))
    for title, lines in (
        ("What is different", [difference_line(one) for one in found.differences]),
        ("What is not known of the published number", found.unknown),
        ("What else is known", found.remarks),
    ):
        if lines:
            console.out.print(f"\n[bold]{title}[/bold]", highlight=False)
        for line in lines:
            console.say(f"• {line}")
    if found.advice:
        console.hint(found.advice)


def _as_json(found: Explanation) -> dict[str, object]:
    return {
        "row": dataclasses.asdict(found.row),
        "system": found.system,
        "metric": found.score.metric,
        "value": found.here,
        "gap": found.gap,
        "protocol": found.protocol,
        "differences": [dataclasses.asdict(one) for one in found.differences],
        "unknown": list(found.unknown),
        "remarks": list(found.remarks),
        "advice": found.advice,
    }
