"""`storybench compare`: two evaluations of the same stories, paired."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from storybench.cli import console
from storybench.cli.options import Json
from storybench.errors import VerificationError

if TYPE_CHECKING:
    from storybench.predictions.reader import Predictions
    from storybench.report.comparison import Comparison, Row
    from storybench.shards.reader import Stories
    from storybench.types import Evaluation


def compare(
    first: Annotated[Path, typer.Argument(help="The folder of an evaluation.", metavar="A")],
    second: Annotated[Path, typer.Argument(help="Another of the same stories.", metavar="B")],
    page: Annotated[
        Path | None, typer.Option(help="Write a page with the stories side by side.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(help="A metric id to compare; again for more. Default: all that both have."),
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="The metric id that chooses the stories of the page.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="The shards, if they moved since the evaluation.")
    ] = None,
    preds_a: Annotated[Path | None, typer.Option(help="A's pictures, if they moved.")] = None,
    preds_b: Annotated[Path | None, typer.Option(help="B's pictures, if they moved.")] = None,
    as_json: Json = False,
) -> None:
    """Compare two evaluations, paired by episode; ties are shown as ties.

    Example: storybench compare mine.report/sb-v1/ theirs.report/sb-v1/ --page versus.html
    """
    from storybench.report.comparison import compare as set_beside
    from storybench.report.folder import read

    sides = read(first), read(second)
    found = set_beside(*sides, metrics=tuple(metric or ()))
    if page is not None:
        _write_page(page, sides, (first, second), (preds_a, preds_b), data, metric or [], by)
    if as_json:
        console.emit_json(
            {**dataclasses.asdict(found), "page": None if page is None else str(page)}
        )
        return
    _show(found)
    if page is not None:
        console.hint(f"Written to {page}")


def _write_page(
    page: Path,
    sides: tuple[Evaluation, Evaluation],
    folders: tuple[Path, Path],
    preds: tuple[Path | None, Path | None],
    data: Path | None,
    metrics: list[str],
    by: str | None,
) -> None:
    from storybench.files import write_atomic
    from storybench.report.folder import places
    from storybench.report.versus import versus

    stories = _stories(sides[0], data or places(folders[0]).data)
    first, second = (
        _pictures(side, given or places(folder).predictions, stories)
        for side, folder, given in zip(sides, folders, preds, strict=True)
    )
    drawn = versus(*sides, pictures=(first, second), stories=stories, metrics=metrics, by=by)
    write_atomic(page, drawn.encode())


def _stories(side: Evaluation, data: Path) -> Stories:
    """The split that was scored.

    Raises:
        MissingError: no build there.
        VerificationError: it is another build than the one that was scored.
    """
    from storybench.shards.reader import Stories

    stories = Stories(data, side.report.split)
    if stories.digest != side.report.data_digest:
        raise VerificationError(
            f"Expected the build {side.report.data_digest[:12]}… that was scored at {data}, found "
            f"{stories.digest[:12]}…. Name the right one with --data."
        )
    return stories


def _pictures(side: Evaluation, folder: Path, stories: Stories) -> Predictions:
    """The pictures that were scored, their layout told what it was told then.

    Raises:
        PredictionError: no predictions there, or in a layout that needs a mapping.
        VerificationError: they are other pictures than those that were scored.
    """
    from storybench.evaluate.subject import open_predictions
    from storybench.report.like import like

    found = open_predictions(folder, stories, like(side.report).answers)
    if found.digest != side.report.predictions_digest:
        raise VerificationError(
            f"Expected the pictures that were scored at {folder}, found others. Name the right "
            "folder with --preds-a or --preds-b, or score these again."
        )
    return found


def _show(found: Comparison) -> None:
    console.say(
        f"{found.dataset} {found.split}, {found.n_stories:,} stories in {found.n_clusters:,} "
        f"clusters, {found.protocol}"
    )
    for row in found.rows:
        _show_row(row, found.names)
    console.out.print()
    for line in _footnotes(found):
        console.hint(f"  {line}")


def _show_row(row: Row, names: tuple[str, str]) -> None:
    """A metric on a few lines: a table of all of it would be wider than a terminal."""
    from storybench.report.versus import row_view

    one = row_view(row, names)
    colour = "green" if row.verdict in ("first", "second") else "dim"
    console.out.print(
        f"\n[bold]{escape(one.label)}[/bold] {one.arrow}  [{colour}]{escape(one.verdict)}"
        f"[/{colour}]  [dim]{escape(one.metric)}[/dim]",
        highlight=False,
    )
    interval = "" if one.low is None else f"  95 % {one.low} … {one.high}"
    p = "" if row.p_holm is None else f"  p {one.p}"
    real = "" if one.real is None else f"  real frames {one.real}"
    console.say(
        f"  {names[0]} {one.first}  {names[1]} {one.second}{real}  difference "
        f"{one.difference}{interval}{p}"
    )
    if row.wins is not None:
        console.say(
            f"  stories: {row.wins.first:,} better for {names[0]}, {row.wins.second:,} for "
            f"{names[1]}, {row.wins.ties:,} alike"
        )


def _footnotes(found: Comparison) -> list[str]:
    lines = [
        f"Differences are {found.names[0]} minus {found.names[1]}, paired by episode or video; p "
        f"is adjusted for the {found.n_tested} that are tested. A tie is no proof of equality."
    ]
    if found.same_pictures:
        lines.append("Both were given the same pictures.")
    if found.least_p is not None:
        lines.append(
            f"With {found.n_clusters} clusters no sign-flip test can go below "
            f"{found.least_p:.3g}: too few to tell any two systems apart by it."
        )
    for name, only in zip(found.names, (found.only_first, found.only_second), strict=True):
        if only:
            lines.append(f"Only {name} has {', '.join(only)}; not compared.")
    return lines
