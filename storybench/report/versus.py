"""Two systems side by side in one page: verdicts, wins, and the stories that tell them apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from storybench.page.chart import SMALLEST, axis, decimals_for, number, signed
from storybench.page.document import PICTURES_INSIDE, render
from storybench.page.families import family
from storybench.report.comparison import Comparison, Row, Verdict, compare
from storybench.report.drawing import Interval, ticks
from storybench.report.picking import Group, best_known, ranking, spread
from storybench.report.strips import Pictures, Size, Strip, System, draw, smallest_enough
from storybench.report.text import ARROWS
from storybench.shards.reader import Stories
from storybench.types import Evaluation

ROOM = "storybench.report"


@dataclass(frozen=True)
class RowView:
    """One metric as text; `chart` is the difference on an axis that holds zero."""

    label: str
    arrow: str
    metric: str
    first: str
    second: str
    real: str | None
    difference: str
    low: str | None
    high: str | None
    p: str
    verdict: str
    winner: Verdict
    method: str
    chart: Interval
    zero: str
    wins: tuple[tuple[str, int, str, str], ...]


def versus(
    first: Evaluation,
    second: Evaluation,
    *,
    pictures: tuple[Pictures, Pictures],
    stories: Stories,
    metrics: Sequence[str] = (),
    by: str | None = None,
) -> str:
    """The page of a comparison.

    Args:
        first: one evaluation.
        second: the other.
        pictures: the generated pictures of each.
        stories: the split that was scored.
        metrics: ids to compare; every one that both have if empty.
        by: the metric that chooses the stories; the one that tells most of them apart if None.

    Raises:
        InputError: the evaluations may not be compared, or the page would be too large.
    """
    found = compare(first, second, metrics=metrics)
    systems = tuple(System(name, of) for name, of in zip(found.names, pictures, strict=True))
    known = best_known([first, second], by)

    def drawn(size: Size) -> str:
        groups = choose(first, second, found.names, n=size.stories, by=by)
        strips = [
            [_strip(at, first, second, found, stories, systems, size) for at in group.stories]
            for group in groups
        ]
        return render(
            ROOM,
            "compare.html",
            style="report.css",
            pictures=PICTURES_INSIDE,
            found=found,
            rows=[row_view(row, found.names) for row in found.rows],
            chosen=None if known is None else known[0].metric,
            label="" if known is None else family(known[0].metric).label,
            groups=list(zip(groups, strips, strict=True)),
            licence=stories.spec.licence,
        )

    return smallest_enough(drawn)


def choose(
    first: Evaluation,
    second: Evaluation,
    names: tuple[str, str],
    *,
    n: int,
    by: str | None = None,
) -> list[Group]:
    """Where each is furthest ahead, and the worst and best of both; no story twice."""
    known = best_known([first, second], by)
    if known is None:
        return [spread(len(first.stories), n=3 * n)]
    score, (mine, other) = known
    is_higher = score.direction == "higher"
    ids = first.stories
    ahead = (mine - other) * (1 if is_higher else -1)
    apart = ranking(ahead.tolist(), ids, higher_is_better=True)
    overall = ranking(((mine + other) / 2).tolist(), ids, higher_is_better=is_higher)
    wanted = (
        (f"{names[0]} is furthest ahead", [at for at in apart[::-1] if ahead[at] > 0]),
        (f"{names[1]} is furthest ahead", [at for at in apart if ahead[at] < 0]),
        ("Worst for both", overall),
        ("Best for both", overall[::-1]),
    )
    shown: set[int] = set()
    groups = []
    for heading, candidates in wanted:
        chosen = [at for at in candidates if at not in shown][:n]
        shown.update(chosen)
        groups.append(Group(heading, tuple(chosen)))
    return [group for group in groups if group.stories]


def row_view(row: Row, names: tuple[str, str]) -> RowView:
    """A row as text and positions."""
    of = family(row.metric)
    error = None if row.interval is None else row.interval.standard_error * of.scale
    difference = row.difference * of.scale
    is_apart = abs(difference) >= SMALLEST
    decimals = decimals_for(difference if is_apart else row.first * of.scale, error)
    low, high = (
        (None, None)
        if row.interval is None
        else (row.interval.low * of.scale, row.interval.high * of.scale)
    )
    ends = [0.0, difference, *(bound for bound in (low, high) if bound is not None)]
    scale = axis(ends if any(ends) else [-1.0, 1.0])
    return RowView(
        label=of.label,
        arrow=ARROWS[row.direction],
        metric=row.metric,
        first=number(row.first * of.scale + 0.0, decimals),
        second=number(row.second * of.scale + 0.0, decimals),
        real=None
        if row.on_real_frames is None
        else number(row.on_real_frames * of.scale, decimals),
        difference=signed(difference, decimals),
        low=None if low is None else signed(low, decimals),
        high=None if high is None else signed(high, decimals),
        p=p_text(row.p_holm),
        verdict=verdict(row, names),
        winner=row.verdict,
        method=method(row),
        chart=Interval(
            ticks=ticks(scale),
            at=scale.at(difference),
            low=scale.at(difference if low is None else low),
            high=scale.at(difference if high is None else high),
        ),
        zero=scale.at(0.0),
        wins=tuple(_wins(row)),
    )


def verdict(row: Row, names: tuple[str, str]) -> str:
    """The verdict in words.

    >>> row = Row("fid.a", "lower", 1, 2, -1, None, "", None, None, None, None, verdict="second")
    >>> verdict(row, ("mine", "theirs"))
    'theirs is better'
    """
    if row.verdict in ("first", "second"):
        return f"{names[row.verdict == 'second']} is better"
    return "diagnostic, not tested" if row.verdict == "diagnostic" else row.verdict


def method(row: Row) -> str:
    """How interval and p-value came about, in words."""
    if row.flips is None:
        return row.method
    how = "every flip" if row.flips.is_exact else "drawn flips"
    return (
        f"{row.method}, p {p_text(row.p_spread)}; sign flips by episode, {how} "
        f"({row.flips.n_flips:,}), p {p_text(row.flips.p)}; the larger counts"
    )


def p_text(p: float | None) -> str:
    """A p-value as text.

    >>> p_text(0.0321), p_text(0.00002), p_text(None)
    ('0.032', '< 0.001', '–')
    """
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _wins(row: Row) -> Iterator[tuple[str, int, str, str]]:
    """Class, count, left edge and width of each part of the bar of wins."""
    if row.wins is None or not row.wins.n:
        return
    left = 0.0
    for kind, count in (
        ("first", row.wins.first),
        ("ties", row.wins.ties),
        ("second", row.wins.second),
    ):
        width = 100 * count / row.wins.n
        yield kind, count, f"{left:.2f}%", f"{width:.2f}%"
        left += width


def _strip(
    at: int,
    first: Evaluation,
    second: Evaluation,
    found: Comparison,
    stories: Stories,
    systems: Sequence[System],
    size: Size,
) -> Strip:
    return draw(
        first.stories[at],
        stories=stories,
        systems=systems,
        values=tuple(_values(at, first, second, found)),
        size=size,
    )


def _values(
    at: int, first: Evaluation, second: Evaluation, found: Comparison
) -> Iterator[tuple[str, str]]:
    """What each metric says of one story: the first's value, then the second's."""
    for row in found.rows:
        if row.metric in first.per_story and row.metric in second.per_story:
            of = family(row.metric)
            pair = [float(side.per_story[row.metric][at]) * of.scale for side in (first, second)]
            texts = [
                "–" if np.isnan(value) else number(value + 0.0, decimals_for(value, None))
                for value in pair
            ]
            yield of.label, " : ".join(texts)
