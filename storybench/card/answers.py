"""What a metric says to a corruption, in one word: sees it, blind to it, fooled by it.

The change from the unspoilt pictures is measured in its own standard errors, of the paired
difference over episodes: what both have in common cancels. Definitions, with `BIG` = 3 and `SMALL`
= 2 standard errors:

* `sees`: monotone, and worse by at least `BIG` at the greatest strength;
* `uneven`: worse by at least `BIG` at some strength, but not monotone;
* `faint`: worse by at least `SMALL` somewhere, by `BIG` nowhere;
* `fooled`: *better* by at least `BIG` somewhere, and worse by that nowhere;
* `blind`: none of these.

*Monotone* is a Spearman correlation of at least `MONOTONE` between strength (0 included) and how
much worse the value is. A metric *notices from* the least strength at and above which every change
is worse by at least `SMALL`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from storybench.metrics.metric import Estimate
from storybench.stats import paired

Verdict = Literal["sees", "uneven", "faint", "fooled", "blind"]

BIG = 3.0
SMALL = 2.0
MONOTONE = 0.9
ROUNDING = 1e-9
"""Change, of values above 1 relative to them, that is none: the same sums in another order."""

MOST = 999.0
"""Standard errors beyond which more are not told apart: a change without any spread has no end."""


@dataclass(frozen=True)
class Answer:
    """One metric and one corruption.

    `values` are those at each strength and `unspoilt` that of none. `changes` say by how many
    standard errors each is *worse* (below zero: better). `spearman` is the correlation of strength
    and worse, 0 where nothing changes. `from_strength` is what it notices from, None for never.
    """

    metric: str
    corruption: str
    unspoilt: float
    values: tuple[float, ...]
    changes: tuple[float, ...]
    spearman: float
    from_strength: float | None
    verdict: Verdict


def answer(
    unspoilt: Estimate,
    spoilt: Sequence[Estimate],
    *,
    corruption: str,
    strengths: Sequence[float],
    n_groups: int,
) -> Answer:
    """What one metric says, from its estimates at each strength in growing order."""
    sign = -1 if unspoilt.direction == "higher" else 1
    changes = tuple(sign * _change(found, unspoilt, n_groups) for found in spoilt)
    worse = [
        sign * (found.value - unspoilt.value) if change else 0.0
        for found, change in zip(spoilt, changes, strict=True)
    ]
    spearman = _spearman([0.0, *worse])
    return Answer(
        metric=unspoilt.metric,
        corruption=corruption,
        unspoilt=unspoilt.value,
        values=tuple(found.value for found in spoilt),
        changes=changes,
        spearman=spearman,
        from_strength=_noticed_from(changes, strengths),
        verdict=verdict(changes, spearman),
    )


def verdict(changes: Sequence[float], spearman: float) -> Verdict:
    """The word for changes in standard errors (above zero: worse), in order of strength.

    >>> verdict([0.5, 2.0, 8.0], 1.0), verdict([-1.0, -4.0, -9.0], -1.0), verdict([0.0, 1.2], 1.0)
    ('sees', 'fooled', 'blind')
    """
    if spearman >= MONOTONE and changes[-1] >= BIG:
        return "sees"
    if max(changes) >= BIG:
        return "uneven"
    if min(changes) <= -BIG:
        return "fooled"
    return "faint" if max(changes) >= SMALL else "blind"


def _change(spoilt: Estimate, unspoilt: Estimate, n_groups: int) -> float:
    """The difference over its standard error, within `MOST`; 0 where there is no difference."""
    difference = spoilt.value - unspoilt.value
    if abs(difference) <= ROUNDING * max(1.0, abs(spoilt.value), abs(unspoilt.value)):
        return 0.0
    found = paired.interval(
        difference, spoilt.replicates, unspoilt.replicates, spread=spoilt.spread, n_groups=n_groups
    )
    error = 0.0 if found is None else found.standard_error
    if error == 0:
        return float(np.copysign(MOST, difference))
    return float(np.clip(difference / error, -MOST, MOST))


def _spearman(worse: Sequence[float]) -> float:
    if len(set(worse)) < 2:
        return 0.0
    ranks = stats.rankdata(worse)
    return float(np.corrcoef(np.arange(len(worse)), ranks)[0, 1])


def _noticed_from(changes: Sequence[float], strengths: Sequence[float]) -> float | None:
    found = None
    for change, strength in zip(reversed(changes), reversed(strengths), strict=True):
        if change < SMALL:
            break
        found = strength
    return found
