"""Charts as positions and texts, so that templates hold no arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from storybench.page.chart import Axis, axis, number
from storybench.page.details import details
from storybench.page.families import family
from storybench.report.beside import on_real_frames
from storybench.report.text import Shown, shown
from storybench.types import Score

BINS = 24


@dataclass(frozen=True)
class Interval:
    """A value with its interval on an axis, and that of real frames: per cent of the width."""

    ticks: tuple[tuple[str, str], ...]
    at: str
    low: str
    high: str
    real: str | None = None


@dataclass(frozen=True)
class ScoreView:
    """One score as a page shows it."""

    metric: str
    text: Shown
    n: str
    n_clusters: str
    is_ranked: bool
    chart: Interval
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Bin:
    """A bar of a histogram: left edge, width and height in per cent, and what it counts."""

    left: str
    width: str
    height: str
    top: str
    title: str


@dataclass(frozen=True)
class Histogram:
    """How the stories' own values are spread."""

    bins: tuple[Bin, ...]
    ticks: tuple[tuple[str, str], ...]


def view(score: Score) -> ScoreView:
    """A score with its chart and its settings."""
    return ScoreView(
        metric=score.metric,
        text=shown(score),
        n=f"{score.n:,}",
        n_clusters=f"{score.n_clusters:,}",
        is_ranked=family(score.metric).is_ranked,
        chart=interval(score),
        details=tuple(details(unflagged(score.settings))),
    )


def unflagged(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without their flags, which stand elsewhere, as sentences."""
    return {name: value for name, value in settings.items() if name != "flags"}


def interval(score: Score) -> Interval:
    """The interval of a score on an axis of its own.

    A share's axis is all of 0 to 100 %; a distance's starts at zero, where two sets are alike.
    """
    of = family(score.metric)
    value = score.value * of.scale
    low, high = (bound * of.scale for bound in score.interval or (score.value, score.value))
    real = on_real_frames(score)
    real = None if real is None else real * of.scale
    if of.whole is not None:
        scale = axis(of.whole)
    else:
        zero = [0.0] if score.direction == "lower" else []
        scale = axis([low, high, value, *zero, *([] if real is None else [real])])
    return Interval(
        ticks=ticks(scale),
        at=scale.at(value),
        low=scale.at(low),
        high=scale.at(high),
        real=None if real is None else scale.at(real),
    )


def ticks(scale: Axis) -> tuple[tuple[str, str], ...]:
    """Position and text of each tick."""
    return tuple((scale.at(tick), number(tick, scale.decimals)) for tick in scale.ticks)


def histogram(values: ArrayLike, metric: str) -> Histogram:
    """How values per story are spread, on the scale they are shown in; NaN is left out."""
    numbers = np.asarray(values, np.float64)
    shown_values = numbers[~np.isnan(numbers)] * family(metric).scale
    scale = axis([float(shown_values.min()), float(shown_values.max())])
    low, high = scale.ticks[0], scale.ticks[-1]
    counts, edges = np.histogram(shown_values, bins=BINS, range=(low, high))
    most = max(int(counts.max()), 1)
    bins = (
        _bin(int(count), most, edges[at : at + 2].tolist(), scale)
        for at, count in enumerate(counts)
        if count
    )
    return Histogram(bins=tuple(bins), ticks=ticks(scale))


def _bin(count: int, most: int, edges: Sequence[float], scale: Axis) -> Bin:
    low, high = scale.ticks[0], scale.ticks[-1]
    height = 100 * count / most
    left, right = (number(float(edge), scale.decimals + 1) for edge in edges)
    return Bin(
        left=scale.at(float(edges[0])),
        width=f"{100 * (edges[1] - edges[0]) / (high - low):.2f}%",
        height=f"{height:.2f}%",
        top=f"{100 - height:.2f}%",
        title=f"{count:,} stor{'y' if count == 1 else 'ies'} from {left} to {right}",
    )
