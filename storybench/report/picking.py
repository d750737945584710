"""Which stories to show: the worst, the middle and the best of a value per story.

Many stories share a value (of a frame accuracy there are five), so equal ones stand in the order of
their ids' SHA-256: the choice is the same every time and favours no episode.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.files import sha256_bytes
from storybench.page.families import order
from storybench.types import Evaluation, Score

WORST, MIDDLE, BEST = "Worst", "In the middle", "Best"


@dataclass(frozen=True)
class Group:
    """Some stories, by number, under one heading."""

    heading: str
    stories: tuple[int, ...]


def pick(
    values: Sequence[float], ids: Sequence[str], *, higher_is_better: bool, n: int
) -> list[Group]:
    """At most `n` of the worst, of the middle and of the best stories, none of them twice.

    Stories without a value (NaN) are not shown.

    >>> pick([3.0, 1.0, 2.0], ["a", "b", "c"], higher_is_better=True, n=1)[0].stories
    (1,)
    """
    ranked = ranking(values, ids, higher_is_better=higher_is_better)
    n = min(n, len(ranked) // 3) or min(n, len(ranked))
    worst = ranked[:n]
    best = [at for at in ranked[::-1][:n] if at not in worst]
    rest = ranked[len(worst) : len(ranked) - len(best)]
    start = max(0, (len(rest) - n) // 2)
    groups = ((WORST, worst), (MIDDLE, rest[start : start + n]), (BEST, best))
    return [Group(heading, tuple(stories)) for heading, stories in groups if stories]


def spread(n_stories: int, *, n: int) -> Group:
    """At most `n` stories, evenly spread, where no metric has a value per story.

    >>> spread(10, n=3).stories
    (0, 3, 6)
    """
    n = min(n, n_stories)
    return Group("Evenly spread", tuple(at * n_stories // n for at in range(n)) if n else ())


def ranking(values: Sequence[float], ids: Sequence[str], *, higher_is_better: bool) -> list[int]:
    """The stories that have a value, by number, worst first."""
    sign = 1 if higher_is_better else -1
    able = [at for at, value in enumerate(values) if not np.isnan(value)]
    return sorted(able, key=lambda at: (sign * values[at], sha256_bytes(ids[at].encode())))


def best_known(
    evaluations: Sequence[Evaluation], wanted: str | None = None
) -> tuple[Score, tuple[NDArray[np.float64], ...]] | None:
    """The metric to choose stories by, and its values per story in each evaluation.

    The named one, else the one that tells most stories apart; of equal ones the first in the usual
    order. None where no metric has values per story in all of them, or none that differ.
    """
    shared = _shared(evaluations)
    if wanted is not None:
        shared = {metric: values for metric, values in shared.items() if metric == wanted}
    elif shared:
        shared = {metric: of for metric, of in shared.items() if _n_levels(of) > 1}
    if not shared:
        return None
    metric = max(sorted(shared, key=order), key=lambda name: _n_levels(shared[name]))
    scores = {score.metric: score for score in evaluations[0].report.scores}
    return scores[metric], shared[metric]


def _shared(
    evaluations: Sequence[Evaluation],
) -> Mapping[str, tuple[NDArray[np.float64], ...]]:
    first, *others = (evaluation.per_story for evaluation in evaluations)
    able = {}
    for metric in first:
        if all(metric in other for other in others):
            values = tuple(of[metric] for of in (first, *others))
            if not any(np.isnan(one).all() for one in values):
                able[metric] = values
    return able


def _n_levels(values: tuple[NDArray[np.float64], ...]) -> int:
    return len(np.unique(np.concatenate([one[~np.isnan(one)] for one in values])))
