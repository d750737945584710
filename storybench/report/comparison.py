"""Two systems on the same stories, metric by metric: how far apart, how sure, and whether a tie.

The difference of a distance has the jackknife of the replicates' differences (both left the same
episodes out); that of a ratio the bootstrap of the draws' differences (both drew the same episodes)
and, where stories have values, the sign-flip test by episode, and the larger of the two p-values
counts. Holm's adjustment runs over every metric that is tested. What is not significant then is a
tie and is called one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from storybench.report.beside import on_real_frames
from storybench.report.pairing import pair, score_of
from storybench.report.text import name_of
from storybench.stats import jackknife, paired
from storybench.stats.jackknife import Interval
from storybench.stats.paired import MOST_EXACT, Direction, Flips, Spread, Wins
from storybench.types import Evaluation, Score

LEVEL = 0.05
RESTS_ON = "standard_error_of"
"""Setting of a diagnostic whose error is borrowed from another metric; it is not tested."""

METHODS: Mapping[Spread, str] = {
    "bootstrap": "cluster bootstrap, shared draws",
    "jackknife": "jackknife, shared deletions",
}

Verdict = Literal["first", "second", "tie", "too few clusters", "diagnostic"]


@dataclass(frozen=True)
class Row:
    """One metric of two systems.

    `difference` is first minus second with its 95 % interval. `p` is the p-value that counts,
    `p_spread` that of the interval alone, `flips` the sign-flip test, and `p_holm` is adjusted for
    every row that is tested. `wins` counts stories. `on_real_frames` is the same number on the real
    frames of the same slots, where the metric has one: the ceiling of a classifier, say.
    """

    metric: str
    direction: Direction
    first: float
    second: float
    difference: float
    interval: Interval | None
    method: str
    p: float | None
    p_spread: float | None
    flips: Flips | None
    wins: Wins | None
    on_real_frames: float | None = None
    p_holm: float | None = None
    verdict: Verdict = "tie"


@dataclass(frozen=True)
class Comparison:
    """Two systems under one benchmark; `rows` in the order of the first's report."""

    names: tuple[str, str]
    dataset: str
    split: str
    protocol: str
    n_stories: int
    n_clusters: int
    same_pictures: bool
    rows: tuple[Row, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    @property
    def least_p(self) -> float | None:
        """The smallest p-value that flips of so few episodes allow; None where it is no limit.

        Five episodes have 32 choices of signs, of which two reach as far as the furthest.
        """
        k = self.n_clusters
        least = 2.0 ** (1 - k) if k <= MOST_EXACT else 0.0
        is_flipped = any(row.flips is not None for row in self.rows)
        return least if is_flipped and least * self.n_tested >= LEVEL else None

    @property
    def n_tested(self) -> int:
        """How many p-values were adjusted for each other."""
        return sum(row.p_holm is not None for row in self.rows)


def compare(first: Evaluation, second: Evaluation, *, metrics: Sequence[str] = ()) -> Comparison:
    """Compare two evaluations of the same stories.

    Args:
        first: one evaluation.
        second: the other.
        metrics: ids to compare; every one that both have if empty. Fewer are held to a milder
            adjustment, if they were chosen before the numbers were seen.

    Raises:
        InputError: they differ in more than the pictures, or share no metric.
    """
    shared = pair(first, second, metrics=metrics)
    rows = [_row(metric, first, second) for metric in shared.metrics]
    report = first.report
    return Comparison(
        names=names(first, second),
        dataset=report.dataset,
        split=report.split,
        protocol=report.protocol,
        n_stories=len(first.stories),
        n_clusters=len(set(first.clusters)),
        same_pictures=report.predictions_digest == second.report.predictions_digest,
        rows=_judged(rows),
        only_first=shared.only_first,
        only_second=shared.only_second,
    )


def names(first: Evaluation, second: Evaluation) -> tuple[str, str]:
    """What to call the two systems; A and B behind equal names."""
    mine, other = (name_of(side.report.model) for side in (first, second))
    return (mine, other) if mine != other else (f"{mine} (A)", f"{other} (B)")


def spread_of(score: Score) -> Spread:
    """What the replicates of a metric are, as its score says."""
    method = str(score.settings.get("se_method", ""))
    return "bootstrap" if method.startswith("bootstrap") else "jackknife"


def _row(metric: str, first: Evaluation, second: Evaluation) -> Row:
    mine, other = score_of(first, metric), score_of(second, metric)
    difference = mine.value - other.value
    n_groups = int(jackknife.deal(first.clusters).max()) + 1
    interval, method = _interval(difference, mine, first, second, n_groups)
    values = _values(metric, first, second)
    flips, wins = None, None
    if values is not None:
        wins = paired.wins(*values, mine.direction)
        flips = paired.sign_flip(values[0] - values[1], first.clusters)
    p_spread = (
        paired.t_test(difference, interval.standard_error, n_groups=n_groups) if interval else None
    )
    return Row(
        metric=metric,
        direction=mine.direction,
        first=mine.value,
        second=other.value,
        difference=difference,
        interval=interval,
        method=method,
        p=_larger(p_spread, flips),
        p_spread=p_spread,
        flips=flips,
        wins=wins,
        on_real_frames=on_real_frames(mine),
        verdict=_untested(mine, interval),
    )


def _interval(
    difference: float, score: Score, first: Evaluation, second: Evaluation, n_groups: int
) -> tuple[Interval | None, str]:
    """The interval of a difference, and in words where it comes from."""
    mine, other = (side.replicates.get(score.metric, np.zeros(0)) for side in (first, second))
    if len(mine) != len(other):
        return None, "replicates of different numbers"
    spread = spread_of(score)
    found = paired.interval(difference, mine, other, spread=spread, n_groups=n_groups)
    return found, METHODS[spread]


def _values(
    metric: str, first: Evaluation, second: Evaluation
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    if metric not in first.per_story or metric not in second.per_story:
        return None
    return first.per_story[metric], second.per_story[metric]


def _larger(p_spread: float | None, flips: Flips | None) -> float | None:
    """The p-value that counts: both tests have to be convinced where there are both."""
    if p_spread is None or flips is None:
        return p_spread
    return max(p_spread, flips.p)


def _untested(score: Score, interval: Interval | None) -> Verdict:
    if score.settings.get(RESTS_ON):
        return "diagnostic"
    return "tie" if interval is not None else "too few clusters"


def _judged(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows with adjusted p-values and verdicts."""
    tested = [row for row in rows if row.verdict == "tie" and row.p is not None]
    adjusted = paired.holm([row.p for row in tested if row.p is not None])
    p_holm = {row.metric: p for row, p in zip(tested, adjusted, strict=True)}
    return tuple(_verdict(row, p_holm.get(row.metric)) for row in rows)


def _verdict(row: Row, p_holm: float | None) -> Row:
    if p_holm is None:
        return row
    if p_holm >= LEVEL or row.difference == 0:
        return replace(row, p_holm=p_holm, verdict="tie")
    first_is_ahead = (row.difference > 0) == (row.direction == "higher")
    return replace(row, p_holm=p_holm, verdict="first" if first_is_ahead else "second")
