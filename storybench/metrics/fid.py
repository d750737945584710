"""FID: the Fréchet distance between generated and real frames, slot by slot weighted.

Features -> statistics -> number. Every slot counts once on each side, so a real frame that is the
target of several stories counts as often; it is computed once and enters with that weight. Beside
the distance stands its extrapolation to infinitely many frames, since a Fréchet distance of n
frames is too large by about c/n.

The replicates leave one cluster out of *both* sides. With n > d a replicate is two subtractions
from the statistics of the whole and one distance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.flags import FLOOR_CLUSTERS, FLOOR_SLOTS, Flag
from storybench.metrics import frechet
from storybench.metrics.evidence import Evidence
from storybench.metrics.extractor import distance_id
from storybench.metrics.features import FeatureTable
from storybench.metrics.frechet import Distance, Moments
from storybench.metrics.metric import Estimate

FEWEST_GROUPS = 3


class FID:
    """FID and FID_inf; `fd` and `fd_inf` through any network but the published one."""

    def estimate(self, evidence: Evidence) -> tuple[Estimate, ...]:
        """The distance, and its extrapolation where there are three clusters or more.

        Raises:
            InputError: there are fewer than two slots, so no covariance.
        """
        if evidence.slots.n < 2:
            raise InputError(f"Expected at least 2 frames to score, found {evidence.slots.n}.")
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
    tables = (evidence.features("generated"), evidence.features("reference"))
    everything = np.ones(evidence.slots.n, bool)
    if evidence.slots.n <= evidence.extractor.dim:
        statistics = None
        whole = _distance_of_few(tables, everything)
    else:
        statistics = tuple(_moments(table, everything) for table in tables)
        whole = frechet.distance(*statistics)
    groups = range(evidence.slots.n_groups) if evidence.slots.n_groups >= FEWEST_GROUPS else ()
    left_out = (evidence.slots.groups == group for group in groups)
    return whole, tuple(_without(tables, statistics, out).value for out in left_out)


def extrapolate(value: float, replicates: tuple[float, ...]) -> float:
    """The value at infinite n: linear in 1/n from n and n (1 - 1/K), after Quenouille (1956).

    >>> round(extrapolate(1 + 1 / 10, (1 + 1 / 9,) * 10), 12)
    1.0
    """
    k = len(replicates)
    return k * value - (k - 1) * float(np.mean(replicates))


def _without(
    tables: tuple[FeatureTable, FeatureTable],
    whole: tuple[Moments, ...] | None,
    out: NDArray[np.bool_],
) -> Distance:
    n_left = int(np.count_nonzero(~out))
    if whole is None or n_left <= len(whole[0].mean):
        return _distance_of_few(tables, ~out)
    left = (
        frechet.remove(statistics, _moments(table, out))
        for statistics, table in zip(whole, tables, strict=True)
    )
    return frechet.distance(*left)


def _moments(table: FeatureTable, kept: NDArray[np.bool_]) -> Moments:
    return frechet.moments(*_rows(table, kept))


def _distance_of_few(
    tables: tuple[FeatureTable, FeatureTable], kept: NDArray[np.bool_]
) -> Distance:
    (first, first_counts), (second, second_counts) = (_rows(table, kept) for table in tables)
    return frechet.distance_of_few(
        first, second, first_counts=first_counts, second_counts=second_counts
    )


def _rows(
    table: FeatureTable, kept: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """The distinct pictures among the slots that are kept, and how often each occurs."""
    counts = table.counts(kept)
    return table.rows[counts > 0], counts[counts > 0]


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
        "n_gen": evidence.slots.n,
        "n_ref": evidence.slots.n,
        "n_unique_gen_frames": evidence.features("generated").n_unique,
        "n_unique_ref_frames": evidence.features("reference").n_unique,
        "flags": _flags(evidence),
        "extractor": evidence.extractor.describe(),
        "preprocess": evidence.extractor.pixels.describe(),
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
        "not_comparable": not evidence.extractor.is_published,
    }
    return [flag for flag, is_true in claims.items() if is_true]
