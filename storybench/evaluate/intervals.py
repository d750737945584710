"""From an estimate to a score: its 95 % interval, and how that came about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storybench.metrics.evidence import Slots
from storybench.metrics.metric import Estimate
from storybench.stats import bootstrap, jackknife, share
from storybench.stats.jackknife import Interval
from storybench.types import Score


def score(estimate: Estimate, *, record: Mapping[str, Any], slots: Slots) -> Score:
    """The estimate with its 95 % interval; `record` joins its settings, flags to flags."""
    interval, spread = _interval(estimate, slots.n_groups)
    flags = [*estimate.settings["flags"], *record["flags"]]
    return Score(
        metric=estimate.metric,
        value=estimate.value,
        standard_error=None if interval is None else interval.standard_error,
        interval=None if interval is None else (interval.low, interval.high),
        n=estimate.n,
        n_clusters=len(set(slots.clusters)),
        direction=estimate.direction,
        settings={**record, **spread, **estimate.settings, "flags": list(dict.fromkeys(flags))},
    )


def _interval(estimate: Estimate, n_groups: int) -> tuple[Interval | None, dict[str, Any]]:
    if estimate.spread == "bootstrap":
        middle = bootstrap.percentile(estimate.replicates)
        return _of_draws(estimate, n_groups), {
            "se_method": "bootstrap-cluster",
            "interval_method": "t" if estimate.design_effect is None else "wilson",
            "percentile_interval": None if middle is None else list(middle),
        }
    found = jackknife.interval(estimate.value, estimate.replicates)
    if found is not None:
        no_spread = bootstrap.agree(estimate.replicates)
        found = None if no_spread else bootstrap.clipped(found, estimate.bounds)
    return found, {"se_method": "jackknife-cluster-both-sides"}


def _of_draws(estimate: Estimate, n_groups: int) -> Interval | None:
    return share.of_draws(
        estimate.value,
        estimate.replicates,
        n=estimate.n,
        n_groups=n_groups,
        bounds=estimate.bounds,
        design_effect=estimate.design_effect,
    )
