"""What the templates print: tables as text and positions, so that they hold no arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storybench.board.page.aggregate import NO_INTERVAL, Benchmark, Gallery, Row, Standings, Table
from storybench.board.page.metric import caution, remarks
from storybench.board.submissions.record import IdentityRecord, is_twin
from storybench.flags import SENTENCES, UNRANKED
from storybench.page.chart import Axis, axis, decimals_for, number
from storybench.page.families import family

FOOTNOTES = {
    **{flag: SENTENCES[flag] for flag in UNRANKED},
    NO_INTERVAL: "Fewer than three clusters, or nothing that tells of a spread. Shown, not ranked.",
}
MARKS = "*†‡§"
"""One for each footnote."""

ONLY_TOY_WORLD = (
    "All pictures below are of the toy world: cartoons that storybench draws itself from made-up "
    "captions, so that the whole loop runs without any data; their numbers say nothing about real "
    "stories."
)
DIAGNOSTIC = "A diagnostic beside the metrics that are ranked; never ranked itself."


@dataclass(frozen=True)
class RowView:
    """One row as text; `low`, `high` and `at` are positions on the table's axis, in per cent."""

    system: IdentityRecord
    rank: str
    marks: str
    tier: str
    value: str
    error: str
    interval: str
    low: str
    high: str
    at: str
    n: str
    n_clusters: str
    remarks: str


@dataclass(frozen=True)
class TableView:
    """One table with its axis and its footnotes (mark, sentence)."""

    id: str
    metric: str
    label: str
    direction: str
    caution: str
    ticks: tuple[tuple[str, str], ...]
    rows: tuple[RowView, ...]
    controls: tuple[RowView, ...]
    footnotes: tuple[tuple[str, str], ...]
    note: str


@dataclass(frozen=True)
class BenchmarkView:
    """A dataset, split, task and protocol with its tables and its gallery."""

    id: str
    benchmark: Benchmark
    is_twin: bool
    n_stories: str
    n_systems: int
    tables: tuple[TableView, ...]
    gallery: Gallery | None


def benchmark_views(standings: Standings) -> tuple[BenchmarkView, ...]:
    """Every benchmark of a board; one with a gallery shows it once, under its first protocol."""
    benchmarks = sorted({table.benchmark for table in standings.tables})
    galleries = {(g.dataset, g.split, g.data_digest): g for g in standings.galleries}
    views = []
    for k, benchmark in enumerate(benchmarks, start=1):
        tables = [table for table in standings.tables if table.benchmark == benchmark]
        rows = [row for table in tables for row in (*table.rows, *table.controls)]
        views.append(
            BenchmarkView(
                id=f"b{k}",
                benchmark=benchmark,
                is_twin=is_twin(benchmark.dataset),
                n_stories=f"{rows[0].result.n_stories:,}",
                n_systems=len({row.system.slug for row in rows}),
                tables=tuple(_table(table, f"b{k}-t{t}") for t, table in enumerate(tables, 1)),
                gallery=galleries.pop(
                    (benchmark.dataset, benchmark.split, benchmark.data_digest), None
                ),
            )
        )
    return tuple(views)


def about(benchmarks: Sequence[BenchmarkView]) -> str:
    """What a reader must know of the whole page first: that all of it is of the toy world."""
    is_toy = bool(benchmarks) and all(item.is_twin for item in benchmarks)
    return ONLY_TOY_WORLD if is_toy else ""


def _table(table: Table, view_id: str) -> TableView:
    rows = (*table.rows, *table.controls)
    kind = family(table.metric)
    scale = axis([kind.scale * end for row in rows for end in _reach(row)])
    reasons = [name for name in FOOTNOTES if any(name in row.reasons for row in rows)]
    marks = dict(zip(reasons, MARKS, strict=False))
    decimals = _decimals(rows, kind.scale)
    return TableView(
        id=view_id,
        metric=table.metric,
        label=kind.label,
        direction=f"{table.direction} is better",
        caution=caution(table.metric, table.benchmark.dataset),
        ticks=tuple((scale.at(tick), number(tick, scale.decimals)) for tick in scale.ticks),
        rows=tuple(_row(row, scale, decimals, marks) for row in table.rows),
        controls=tuple(_row(row, scale, decimals, marks) for row in table.controls),
        footnotes=tuple((mark, FOOTNOTES[name]) for name, mark in marks.items()),
        note="" if kind.is_ranked else DIAGNOSTIC,
    )


def _row(row: Row, scale: Axis, decimals: int, marks: Mapping[str, str]) -> RowView:
    score, factor = row.score, family(row.score.metric).scale
    error = None if score.standard_error is None else factor * score.standard_error
    low, high = (factor * end for end in _reach(row))
    return RowView(
        system=row.system,
        rank=str(row.rank) if row.rank else "–",
        marks="".join(marks[name] for name in row.reasons),
        tier=row.tier,
        value=number(factor * score.value, decimals),
        error="" if error is None else number(error, decimals),
        interval=f"{number(low, decimals)} to {number(high, decimals)}" if score.interval else "",
        low=scale.at(low),
        high=scale.at(high),
        at=scale.at(factor * score.value),
        n=f"{score.n:,}",
        n_clusters=f"{score.n_clusters:,}",
        remarks=", ".join(remarks(score.flags)),
    )


def _decimals(rows: Sequence[Row], scale: float) -> int:
    """One number of decimals for a whole table: what suits the middle row."""
    wanted = sorted(
        decimals_for(
            scale * row.score.value,
            None if row.score.standard_error is None else scale * row.score.standard_error,
        )
        for row in rows
    )
    return wanted[len(wanted) // 2]


def _reach(row: Row) -> tuple[float, float]:
    return row.score.interval or (row.score.value, row.score.value)
