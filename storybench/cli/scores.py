"""Scores on the terminal: reports, controls, and one set under every protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

NO_INTERVAL = "no interval"
NUMBERS = "right"


def show_reports(reports: Sequence[Report]) -> None:
    """Print reports, those on the same data under the same protocol in one table; notes below."""
    from storybench.report.beside import absences, remarks

    for what in dict.fromkeys(map(_benchmark, reports)):
        group = [report for report in reports if _benchmark(report) == what]
        console.say(_headline(group))
        console.out.print(_scores(group), highlight=False)
        for line in _ids(group):
            console.say(f"  id {line}")
        for report in group:
            for text in remarks(report):
                console.say(f"  {_whose(report, group)}{text}")
        console.out.print()
    for line in _footnotes(reports):
        console.hint(f"  {line}")
    for names, reason in absences(reports):
        console.hint(f"  {names} {'are' if ', ' in names else 'is'} absent: {reason}")


def show_controls(rows: Sequence[ControlRow], report: Report) -> None:
    """Print what the controls score beside a report, a column each, and what each tells."""
    from storybench.report.text import name_of, shown

    table = _grid("Controls")
    _add_metric(table)
    scored = [row for row in rows if row.scores]
    for name in (name_of(report.model), *(row.name for row in scored)):
        table.add_column(escape(name).replace("-", "-\n"), justify=NUMBERS, overflow="fold")
    found = [{score.metric: score for score in row.scores} for row in scored]
    for score in report.scores:
        one = shown(score)
        others = (shown(of[score.metric]).value if score.metric in of else "–" for of in found)
        table.add_row(one.label, one.arrow, one.value, *others)
    console.out.print(table, highlight=False)
    for row in rows:
        console.hint(f"  {row.name}: {row.reason or row.says}")


def show_machine(machine: Machine) -> None:
    """Print the first distance under every protocol, and the way from the first to each."""
    from storybench.report.beside import seeds_of
    from storybench.report.flagged import flagged
    from storybench.report.text import shown

    first = shown(next(iter(machine.evaluations.values())).report.scores[0])
    table = _grid(f"{first.label} {first.arrow} of the same pictures under every protocol")
    table.add_column("protocol", no_wrap=True)
    for column in ("value ± SE", "over seeds", "stories", "frames"):
        table.add_column(column, justify=NUMBERS, no_wrap=True)
    for name, evaluation in machine.evaluations.items():
        score, report = evaluation.report.scores[0], evaluation.report
        one, seeds = shown(score), seeds_of(report)
        table.add_row(
            name,
            one.value if one.error is None else f"{one.value} ± {one.error}",
            "" if seeds is None else f"{seeds.low} … {seeds.high}",
            f"{report.n_stories:,}",
            f"{score.n:,}",
        )
    console.out.print(table, highlight=False)
    console.hint("  over seeds: the span over seeds 0 to 4, where real frames are drawn at random.")
    reports = {name: evaluation.report for name, evaluation in machine.evaluations.items()}
    for note in flagged(reports):
        console.hint(f"  {note.flag} ({note.whose}): {note.sentence}")
    for waterfall in machine.waterfalls:
        console.out.print(_steps(waterfall), highlight=False)
    for name, reason in machine.left_out.items():
        console.hint(f"  {name} was left out: {reason}")


def _headline(reports: Sequence[Report]) -> str:
    from storybench.report.text import name_of

    report = reports[0]
    n, clusters = (
        max((getattr(score, of) for score in report.scores), default=0)
        for of in ("n", "n_clusters")
    )
    whose = f"{name_of(report.model)} on " if len(reports) == 1 else ""
    return (
        f"{whose}{report.dataset} {report.split} under {report.protocol}: "
        f"{report.n_stories:,} stories, {n:,} frames, {clusters:,} episodes or videos"
    )


def _scores(reports: Sequence[Report]) -> Table:
    """A row a metric and system: value, error, interval, and the same number on real frames."""
    from storybench.report.text import Shown, name_of, shown

    rows, has_many = list(_by_metric(reports)), len(reports) > 1
    has_real = any(shown(score).real is not None for _, score in rows)
    table = _grid("")
    _add_metric(table)
    if has_many:
        table.add_column("system", overflow="fold")
    for column in ("value ± SE", "95 % interval", *["real frames"] * has_real):
        table.add_column(column, justify=NUMBERS, no_wrap=True)

    def cells(one: Shown) -> Iterator[str]:
        yield one.value if one.error is None else f"{one.value} ± {one.error}"
        yield NO_INTERVAL if one.low is None else f"{one.low} … {one.high}"
        if has_real:
            yield one.real or ""

    told = ""
    for report, score in rows:
        one = shown(score)
        label = ("", "") if score.metric == told else (one.label, one.arrow)
        told = score.metric
        system = [escape(name_of(report.model))] * has_many
        table.add_row(*label, *system, *cells(one))
    return table


def _by_metric(reports: Sequence[Report]) -> Iterator[tuple[Report, Score]]:
    """The scores of several reports, those of one metric below each other."""
    found = [(report, score) for report in reports for score in report.scores]
    for metric in dict.fromkeys(score.metric for _, score in found):
        yield from (pair for pair in found if pair[1].metric == metric)


def _ids(reports: Sequence[Report]) -> Iterator[str]:
    """The metric ids, those that differ in their first part only on one line."""
    families: dict[str, dict[str, None]] = {}
    for report in reports:
        for score in report.scores:
            family, _, rest = score.metric.partition(".")
            families.setdefault(rest, {})[family] = None
    for rest, names in families.items():
        yield f"{{{','.join(names)}}}.{rest}" if len(names) > 1 else f"{next(iter(names))}.{rest}"


def _whose(report: Report, group: Sequence[Report]) -> str:
    from storybench.report.text import name_of

    return f"{name_of(report.model)}: " if len(group) > 1 else ""


def _steps(waterfall: Waterfall) -> Table:
    from storybench.report.waterfall import bars

    table = _grid(f"\nFrom {waterfall.first} to {waterfall.last} ({waterfall.metric})")
    table.add_column("rule changed", overflow="fold")
    for column in ("moves", "distance", "frames"):
        table.add_column(column, justify=NUMBERS, no_wrap=True)
    for bar, step in zip(bars(waterfall), waterfall.steps, strict=False):  # the last bar is a sum
        table.add_row(step.label, bar.change, bar.value, f"{step.n:,}")
    return table


def _add_metric(table: Table) -> None:
    """A column of names, and one of which way is better, so that no arrow is broken off."""
    table.add_column("metric", overflow="fold")
    table.add_column("", no_wrap=True)


def _grid(title: str) -> Table:
    return Table(title=title or None, title_justify="left", title_style="bold", box=None)


def _benchmark(report: Report) -> tuple[str, str, int, str, str]:
    return (report.dataset, report.split, report.n_stories, report.protocol, report.data_digest)


def _footnotes(reports: Sequence[Report]) -> list[str]:
    """Each flag of any score once, in words."""
    scores = [score for report in reports for score in report.scores]
    flags = {flag for score in scores for flag in score.settings.get("flags", ())}
    notes = [f"{flag}: {sentence}" for flag, sentence in SENTENCES.items() if flag in flags]
    if any(score.interval is not None and score.interval[0] < 0 for score in scores):
        notes.append("An interval that reaches below zero is value ± t × SE over few clusters.")
    return notes
