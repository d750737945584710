"""Precision, recall, density and coverage: do generated frames look real, and do they show it all?

Precision is the share of generated slots in the ball of some real frame, recall the share of real
slots in the ball of some generated one (k = 3); density counts how many real balls a generated slot
is in, coverage the share of real slots whose ball a generated frame is in (k = 5). A model that
draws one good picture again and again has precision and density, but no recall or coverage.

Balls stand around *distinct* pictures, since a real frame that is the target of four stories would
otherwise be its own three nearest neighbours; slots count, as everywhere, each once.

The interval is a jackknife that leaves a cluster out of both sides. Bootstrap draws would not do:
an episode drawn twice is its own neighbour, and every radius of it becomes 0.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from storybench.metrics import record
from storybench.metrics.evidence import Evidence
from storybench.metrics.extractor import distance_id
from storybench.metrics.features import FeatureTable
from storybench.metrics.manifold import Cloud, membership
from storybench.metrics.metric import Absent, Estimate

NEIGHBOURS = 3
DENSITY_NEIGHBOURS = 5


class Coverage:
    """Precision, recall, density and coverage, in this order."""

    def estimate(self, evidence: Evidence) -> tuple[Estimate | Absent, ...]:
        """The four numbers; absent where there are too few distinct real frames for a ball.

        Raises:
            InputError: there are fewer than two slots, or a feature is not a finite number.
        """
        record.require(evidence)
        n_real = evidence.features("reference").n_unique
        if n_real <= DENSITY_NEIGHBOURS:
            reason = (
                f"Expected more than {DENSITY_NEIGHBOURS} distinct real frames, found {n_real}. "
                "Score a split with more stories."
            )
            return (Absent("coverage", reason),)
        return measure(evidence)


def measure(evidence: Evidence) -> tuple[Estimate, ...]:
    """The four estimates from one pass over the distances."""
    n_groups = len(record.groups_left_out(evidence))
    groups = evidence.slots.groups if n_groups else np.zeros(evidence.slots.n, np.intp)
    tables = (evidence.features("generated"), evidence.features("reference"))
    counts = [record.counts_by_group(table, groups) for table in tables]
    clouds = [_cloud(table, count, n_groups) for table, count in zip(tables, counts, strict=True)]
    found = membership(*clouds, k=NEIGHBOURS, k_density=DENSITY_NEIGHBOURS)
    made, real = (_kept(count, n_groups) for count in counts)
    return tuple(
        _estimate(name, evidence, values=values, kept=kept, table=table)
        for name, values, kept, table in zip(
            ("precision", "recall", "density", "coverage"),
            (found.precise, found.recalled, found.density / DENSITY_NEIGHBOURS, found.covered),
            (made, real, made, real),
            (*tables, *tables),
            strict=True,
        )
    )


def _cloud(table: FeatureTable, counts: NDArray[np.intp], n_groups: int) -> Cloud:
    """The distinct pictures; one whose slots are all in one group leaves with it."""
    is_shared = np.count_nonzero(counts, axis=1) != 1
    leaves_with = np.where(is_shared | (n_groups == 0), n_groups, counts.argmax(axis=1))
    return Cloud(table.rows, leaves_with, n_groups)


def _kept(counts: NDArray[np.intp], n_groups: int) -> NDArray[np.intp]:
    """Slots of each picture without each group, and in the last row with everyone, (k + 1, u)."""
    everyone = counts.sum(axis=1)
    without = [everyone - counts[:, group] for group in range(n_groups)]
    return np.stack([*without, everyone])


def _estimate(
    name: str,
    evidence: Evidence,
    *,
    values: NDArray[np.number] | NDArray[np.bool_],
    kept: NDArray[np.intp],
    table: FeatureTable,
) -> Estimate:
    means = (values * kept).sum(axis=1) / kept.sum(axis=1)
    density = name == "density"
    return Estimate(
        metric=distance_id(name, evidence.extractor, frames=evidence.frames),
        value=float(means[-1]),
        replicates=tuple(means[:-1].tolist()),
        n=evidence.slots.n,
        direction="higher",
        settings={
            **record.record(evidence),
            "flags": record.flags(evidence),
            "neighbours": DENSITY_NEIGHBOURS if name in ("density", "coverage") else NEIGHBOURS,
            "balls": "distinct-pictures",
        },
        bounds=(0.0, math.inf if density else 1.0),
        per_story=_per_story(values[-1][table.slots], evidence),
    )


def _per_story(
    values: NDArray[np.number] | NDArray[np.bool_], evidence: Evidence
) -> tuple[float, ...]:
    """The mean over the slots of each story; every story has some."""
    slots = evidence.slots
    sums = np.bincount(slots.story, values.astype(np.float64), minlength=len(slots.stories))
    return tuple((sums / np.bincount(slots.story, minlength=len(slots.stories))).tolist())
