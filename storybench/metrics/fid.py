"""FID: the Fréchet distance between generated and real frames, slot by slot weighted.

Features -> statistics -> number. Every slot counts once on each side, so a real frame that is the
target of several stories counts as often; it is computed once and enters with that weight. Beside
the distance stands its extrapolation to infinitely many frames, since a Fréchet distance of n
frames is too large by about c/n.

The replicates leave one cluster out of *both* sides.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from storybench.flags import FLOOR_CLUSTERS, FLOOR_SLOTS, Flag
from storybench.metrics import record as records
from storybench.metrics.evidence import Evidence
from storybench.metrics.extractor import distance_id
from storybench.metrics.frechet import Distance
from storybench.metrics.leave_out import leave_out
from storybench.metrics.metric import Estimate


class FID:
    """FID and FID_inf; `fd` and `fd_inf` through any network but the published one."""

    def estimate(self, evidence: Evidence) -> tuple[Estimate, ...]:
        """The distance, and its extrapolation where there are three clusters or more.

        Raises:
            InputError: there are fewer than two slots, so no covariance, or a feature is not a
                finite number.
        """
        records.require(evidence)
        whole, replicates = distances(evidence)
        settings = _settings(evidence, whole)
        estimates = [
            _estimate("fid", whole.value, replicates, evidence=evidence, settings=settings)
        ]
        if replicates:
            value = extrapolate(whole.value, replicates)
            settings = {**settings, "standard_error_of": estimates[0].metric}
            estimates.append(
                _estimate("fid_inf", value, replicates, evidence=evidence, settings=settings)
            )
        return tuple(estimates)


def distances(evidence: Evidence) -> tuple[Distance, tuple[float, ...]]:
    """The distance over all slots, and without each group in turn (none below three groups)."""
    return leave_out(
        evidence.features("generated"),
        evidence.features("reference"),
        evidence.slots.groups,
        left_out=records.groups_left_out(evidence),
    )


def extrapolate(value: float, replicates: tuple[float, ...]) -> float:
    """The value at infinite n: linear in 1/n from n and n (1 - 1/K), after Quenouille (1956).

    >>> round(extrapolate(1 + 1 / 10, (1 + 1 / 9,) * 10), 12)
    1.0
    """
    k = len(replicates)
    return k * value - (k - 1) * float(np.mean(replicates))


def _estimate(
    distance: str,
    value: float,
    replicates: tuple[float, ...],
    *,
    evidence: Evidence,
    settings: dict[str, Any],
) -> Estimate:
    return Estimate(
        metric=distance_id(distance, evidence.extractor, frames=evidence.frames),
        value=value,
        replicates=replicates,
        n=evidence.slots.n,
        direction="lower",
        settings=settings,
    )


def _settings(evidence: Evidence, whole: Distance) -> dict[str, Any]:
    return {
        **records.record(evidence),
        "flags": _flags(evidence),
        "numerics": {
            "accum": "float64-chan",
            "cov": "unbiased",
            "sqrt": whole.method,
            "min_eig": whole.smallest_eigenvalue,
        },
    }


def _flags(evidence: Evidence) -> list[Flag]:
    fewest = min(
        evidence.slots.n,
        evidence.features("generated").n_unique,
        evidence.features("reference").n_unique,
    )
    claims: dict[Flag, bool] = {
        "rank_deficient": fewest <= evidence.extractor.dim,
        "below_floor": evidence.slots.n < FLOOR_SLOTS or evidence.slots.n_groups < FLOOR_CLUSTERS,
    }
    found: list[Flag] = [flag for flag, is_true in claims.items() if is_true]
    return found + records.flags(evidence)
