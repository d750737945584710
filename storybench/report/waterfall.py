"""Waterfalls: what each difference between two protocols moves, as a chart and as a page.

Each row is a rule changed; its bar reaches from the distance before to the distance after. The
chart is a pure function of a `Waterfall`; its colours are presentation attributes, so it can be
cut out of the page and opened alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from storybench.page.chart import Axis, axis, decimals_for, number, signed
from storybench.page.document import PICTURES_INSIDE, render
from storybench.protocols.differences import Step, Waterfall
from storybench.report.beside import seeds_of
from storybench.report.flagged import flagged
from storybench.types import Report

ROOM = "storybench.report"

WIDTH, LABELS, NUMBERS = 860, 270, 150
"""Pixels of the whole chart, of the labels on its left, and of the numbers on its right."""

ROW, HEAD, FOOT, BAR = 30, 12, 26, 14

UP, DOWN, TOTAL, GRID = "#b4532a", "#2a7d6b", "#5b6472", "#8886"


@dataclass(frozen=True)
class Bar:
    """One row: from where to where, and its numbers as text; the first and the last are totals."""

    label: str
    low: float
    high: float
    value: str
    change: str
    colour: str


def bars(waterfall: Waterfall) -> tuple[Bar, ...]:
    """The rows of a chart: the first distance, each change, the last distance again.

    >>> found = bars(Waterfall("a", "b", "fd", (Step("a", 4.0, 10), Step("64 px", 1.5, 10))))
    >>> [(bar.label, bar.low, bar.high, bar.change) for bar in found]
    [('a', 0.0, 4.0, ''), ('64 px', 1.5, 4.0, '−2.500'), ('b', 0.0, 1.5, '')]
    """
    first, *rest = waterfall.steps
    digits = decimals_for(max(abs(step.value) for step in waterfall.steps), None)
    found = [_total(waterfall.first, first, digits)]
    before = first
    for step in rest:
        found.append(_change(before, step, digits))
        before = step
    return (*found, _total(waterfall.last, before, digits))


def svg(waterfall: Waterfall) -> Markup:
    """The chart as inline SVG, 860 pixels wide and as high as it has rows."""
    rows = bars(waterfall)
    scale = axis([0.0, *(bar.high for bar in rows)])
    height = HEAD + ROW * len(rows) + FOOT
    title = f"{waterfall.metric} from {waterfall.first} to {waterfall.last}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-size="13" fill="currentColor"><title>{escape(title)}</title>',
        *_ticks(scale, height),
        *(part for n, bar in enumerate(rows) for part in _drawn(bar, n, scale)),
        "</svg>",
    ]
    return Markup("".join(parts))


def page(
    waterfalls: Sequence[Waterfall], reports: Mapping[str, Report], left_out: Mapping[str, str]
) -> str:
    """One page with the distance under every protocol and the way to each."""
    first = next(iter(reports.values()))
    return render(
        ROOM,
        "waterfall.html",
        style="waterfall.css",
        pictures=PICTURES_INSIDE,
        report=first,
        name=str(first.model.get("name", "unknown")),
        rows=[
            (name, report.n_stories, report.scores[0], seeds_of(report))
            for name, report in reports.items()
        ],
        charts=[(waterfall, svg(waterfall), bars(waterfall)) for waterfall in waterfalls],
        flagged=flagged(reports),
        left_out=left_out,
        number=number,
    )


def _total(name: str, step: Step, digits: int) -> Bar:
    text = number(step.value, digits)
    return Bar(name, min(step.value, 0.0), max(step.value, 0.0), text, "", TOTAL)


def _change(before: Step, after: Step, digits: int) -> Bar:
    moved = after.value - before.value
    return Bar(
        label=after.label,
        low=min(before.value, after.value),
        high=max(before.value, after.value),
        value=number(after.value, digits),
        change=signed(moved, digits),
        colour=TOTAL if moved == 0 else UP if moved > 0 else DOWN,
    )


def _at(value: float, scale: Axis) -> float:
    low, high = scale.ticks[0], scale.ticks[-1]
    return LABELS + (WIDTH - LABELS - NUMBERS) * (value - low) / (high - low)


def _ticks(scale: Axis, height: int) -> list[str]:
    bottom = height - FOOT
    return [
        f'<line x1="{_at(tick, scale):.1f}" x2="{_at(tick, scale):.1f}" y1="{HEAD}" y2="{bottom}" '
        f'stroke="{GRID}"/><text x="{_at(tick, scale):.1f}" y="{bottom + 16}" '
        f'text-anchor="middle" font-size="11">{escape(number(tick, scale.decimals))}</text>'
        for tick in scale.ticks
    ]


def _drawn(bar: Bar, n: int, scale: Axis) -> list[str]:
    top = HEAD + ROW * n + (ROW - BAR) // 2
    left, right = _at(bar.low, scale), _at(bar.high, scale)
    base = top + BAR - 3
    numbers = f"{bar.change}  → {bar.value}" if bar.change else bar.value
    return [
        f'<text x="{LABELS - 10}" y="{base}" text-anchor="end">{escape(bar.label)}</text>',
        f'<rect x="{left:.1f}" y="{top}" width="{max(right - left, 1):.1f}" height="{BAR}" '
        f'rx="2" fill="{bar.colour}"/>',
        f'<text x="{WIDTH - NUMBERS + 10}" y="{base}">{escape(numbers)}</text>',
    ]
