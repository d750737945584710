"""Scores on the terminal: reports, controls, and one set under every protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from storybench.cli import console
from storybench.flags import SENTENCES

if TYPE_CHECKING:
    from storybench.evaluate import Machine
    from storybench.evaluate.controls import ControlRow
    from storybench.protocols.differences import Waterfall
    from storybench.types import Report, Score


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
    for line in dict.fromkeys(_absent(reports)):
        console.hint(line)


def show_controls(rows: Sequence[ControlRow]) -> None:
    """Print what the controls score, the headline of each metric family."""
    metrics = dict.fromkeys(score.metric for row in rows for score in row.scores)
    table = Table(title="Controls", title_justify="left", title_style="bold", box=None)
    table.add_column("control")
    for metric in metrics:
        table.add_column(metric.partition(".")[0], justify="right", no_wrap=True)
    table.add_column("what it tells", overflow="fold")
    for row in rows:
        values = {score.metric: f"{score.value:.3f}" for score in row.scores}
        cells = (values.get(metric, "–") for metric in metrics)
        table.add_row(row.name, *cells, escape(row.reason or row.says))
    console.out.print(table, highlight=False)


def show_machine(machine: Machine) -> None:
    """Print the first distance under every protocol, and the way from the first to each."""
    table = Table(box=None)
    for column in ("protocol", "metric"):
        table.add_column(column, no_wrap=True)
    for column in ("value", "95 % interval", "stories", "frames"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, evaluation in machine.evaluations.items():
        score, report = evaluation.report.scores[0], evaluation.report
        table.add_row(
            name,
            score.metric,
            f"{score.value:.3f}",
            interval(score),
            f"{report.n_stories:,}",
            f"{score.n:,}",
        )
    console.out.print(table, highlight=False)
    for waterfall in machine.waterfalls:
        console.out.print(_steps(waterfall), highlight=False)
    for name, reason in machine.left_out.items():
        console.hint(f"  {name} was left out: {reason}")


def interval(score: Score) -> str:
    """The interval as text, or that there is none."""
    if score.interval is None:
        return "too few clusters"
    return f"{score.interval[0]:.3f} … {score.interval[1]:.3f}"


def _steps(waterfall: Waterfall) -> Table:
    title = f"\nFrom {waterfall.first} to {waterfall.last} ({waterfall.metric})"
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    table.add_column("rule changed", overflow="fold")
    for column in ("moves", "distance", "frames"):
        table.add_column(column, justify="right", no_wrap=True)
    before: float | None = None
    for step in waterfall.steps:
        moved = "" if before is None else f"{step.value - before:+.3f}"
        table.add_row(step.label, moved, f"{step.value:.3f}", f"{step.n:,}")
        before = step.value
    return table


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
            system, f"{score.value:.3f}", interval(score), f"{score.n:,}", f"{score.n_clusters:,}"
        )
    return table


def _footnotes(reports: Sequence[Report]) -> list[str]:
    """Each flag of any score once, in words."""
    scores = [score for report in reports for score in report.scores]
    flags = {flag for score in scores for flag in score.settings.get("flags", ())}
    notes = [f"  {flag}: {sentence}" for flag, sentence in SENTENCES.items() if flag in flags]
    if any(score.interval is not None and score.interval[0] < 0 for score in scores):
        notes.append("  An interval is value ± t × SE; over few clusters it can reach below zero.")
    return notes


def _absent(reports: Sequence[Report]) -> list[str]:
    """Metrics that could not be computed, each with its reason."""
    return [
        f"  {absent.metric} is absent: {absent.reason}"
        for report in reports
        for absent in report.absent
    ]
