"""`storybench eval`: scores with intervals, under a named protocol."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from storybench.cli import console
from storybench.cli.options import Data, Json, Preds, Split

if TYPE_CHECKING:
    from storybench.types import Report, Score


def evaluate(
    preds: Preds,
    data: Data,
    split: Split = "test",
    protocol: Annotated[str, typer.Option(help="A named protocol.")] = "sb-v1",
    extractor: Annotated[
        str, typer.Option(help="inception (published weights), or twin (toy, shipped).")
    ] = "inception",
    weights: Annotated[
        Path | None, typer.Option(help="Other weights for the extractor; named in the metric.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Where to write the report; default PREDS.report.json.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Score predictions against the real frames, with 95 % intervals.

    Example: storybench eval --preds preds/copy-source --data shards/ --extractor twin
    """
    from storybench.evaluate import evaluate as score
    from storybench.evaluate import write_report

    with console.progress("Scoring") as on_progress:
        result = score(
            preds,
            data,
            split=split,
            protocol=protocol,
            extractor=extractor,
            weights=weights,
            on_progress=on_progress,
        )
    path = report or default_report(preds)
    write_report(result, path)
    if as_json:
        console.emit_json({"report": str(path), **dataclasses.asdict(result)})
        return
    show_report(result)
    console.hint(f"Written to {path}")


def default_report(preds: Path) -> Path:
    """The report's place beside its predictions, outside their folder."""
    whole = preds.resolve()
    return whole.with_name(f"{whole.name}.report.json")


def show_report(report: Report) -> None:
    """Print the scores as a table."""
    name = report.model.get("name", "unknown model")
    table = Table(
        title=f"{name} on {report.dataset} {report.split}, protocol {report.protocol}, "
        f"{report.n_stories:,} stories",
        title_justify="left",
        title_style="bold",
        box=None,
    )
    for column in ("metric", "value", "95 % interval", "n", "clusters", "notes"):
        table.add_column(
            column, justify="right" if column in ("value", "n", "clusters") else "left"
        )
    for item in report.scores:
        table.add_row(*_row(item))
    console.out.print(table, highlight=False)


def _row(score: Score) -> tuple[str, ...]:
    interval = (
        "too few clusters"
        if score.interval is None
        else f"{score.interval[0]:.3f} … {score.interval[1]:.3f}"
    )
    better = "lower is better" if score.direction == "lower" else "higher is better"
    notes = ", ".join((better, *score.settings.get("flags", ())))
    return (
        score.metric,
        f"{score.value:.3f}",
        interval,
        f"{score.n:,}",
        f"{score.n_clusters:,}",
        notes,
    )
