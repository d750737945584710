"""`storybench eval`: scores with intervals, under a named protocol."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from storybench.cli import console
from storybench.cli.options import Data, Json, Preds, Split
from storybench.flags import SENTENCES

if TYPE_CHECKING:
    from storybench.types import Report, Score


def evaluate(
    preds: Preds,
    data: Data,
    split: Split = "test",
    protocol: Annotated[str, typer.Option(help="A named protocol.")] = "sb-v1",
    extractor: Annotated[
        str | None, typer.Option(help="twin (toy, shipped); default: the protocol's own.")
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Other weights for the extractor; named in the metric.")
    ] = None,
    classifier: Annotated[
        Path | None, typer.Option(help="A file of `storybench classifier fit`: character scores.")
    ] = None,
    clip: Annotated[Path | None, typer.Option(help="Weights of CLIP; see `weights list`.")] = None,
    dino: Annotated[Path | None, typer.Option(help="Weights of DINO; see `weights list`.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Where to write the report; default PREDS.report.json.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Score predictions against the real frames, with 95 % intervals.

    Example: storybench eval --preds preds/copy-source --data shards/ --extractor twin
    """
    from storybench.evaluate import evaluate as score
    from storybench.metrics.evidence import Options
    from storybench.report.record import write_report

    with console.progress("Scoring") as on_progress:
        result = score(
            preds,
            data,
            split=split,
            protocol=protocol,
            extractor=extractor,
            weights=weights,
            options=Options(classifier=classifier, clip=clip, dino=dino),
            on_progress=on_progress,
        ).report
    path = report or default_report(preds)
    write_report(result, path)
    if as_json:
        console.emit_json({"report": str(path), **dataclasses.asdict(result)})
        return
    show_reports([result])
    if result.model.get("name") == "unknown":
        console.warn(
            f"{preds} has no predictions.json, so the names of its folders are all that says "
            "which story each picture is of. Such a set can be scored, not submitted."
        )
    console.hint(f"Written to {path}")


def default_report(preds: Path) -> Path:
    """The report's place beside its predictions, outside their folder."""
    whole = preds.resolve()
    return whole.with_name(f"{whole.name}.report.json")


def show_reports(reports: Sequence[Report]) -> None:
    """Print reports, those on the same data under the same protocol together; flags below."""
    for what in dict.fromkeys(map(_benchmark, reports)):
        group = [report for report in reports if _benchmark(report) == what]
        dataset, split, n_stories, protocol, _ = what
        console.say(f"{dataset} {split}, {n_stories:,} stories, {protocol}")
        for metric in dict.fromkeys(score.metric for report in group for score in report.scores):
            console.out.print(_table(metric, group), highlight=False)
        console.out.print()
    for line in _footnotes(reports):
        console.hint(line)


def _benchmark(report: Report) -> tuple[str, str, int, str, str]:
    return (report.dataset, report.split, report.n_stories, report.protocol, report.data_digest)


def _table(metric: str, reports: Sequence[Report]) -> Table:
    rows = [
        (str(report.model.get("name", "unknown")), score)
        for report in reports
        for score in report.scores
        if score.metric == metric
    ]
    title = f"\n{metric}, {rows[0][1].direction} is better"
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    table.add_column("system")
    for column in ("value", "95 % interval", "frames", "clusters"):
        table.add_column(column, justify="right", no_wrap=True)
    for system, score in rows:
        table.add_row(
            system, f"{score.value:.3f}", _interval(score), f"{score.n:,}", f"{score.n_clusters:,}"
        )
    return table


def _interval(score: Score) -> str:
    if score.interval is None:
        return "too few clusters"
    return f"{score.interval[0]:.3f} … {score.interval[1]:.3f}"


def _footnotes(reports: Sequence[Report]) -> list[str]:
    """Each flag of any score once, in words."""
    scores = [score for report in reports for score in report.scores]
    flags = {flag for score in scores for flag in score.settings.get("flags", ())}
    notes = [f"  {flag}: {sentence}" for flag, sentence in SENTENCES.items() if flag in flags]
    if any(score.interval is not None and score.interval[0] < 0 for score in scores):
        notes.append("  An interval is value ± t × SE; over few clusters it can reach below zero.")
    return notes
