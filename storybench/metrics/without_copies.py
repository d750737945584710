"""What a score is worth without the frames that were copied.

The kernel distance is unbiased at any number of frames, so its value over the frames that are no
copies can be held against its value over all of them: the difference is what copying brought. Both
sides lose the same slots. One pass takes the kernel sums of copied and of other slots of each
cluster; every value and replicate is made of some of these sums.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.metrics.evidence import Evidence
from storybench.metrics.kid import PairSums, mmd, pair_sums
from storybench.metrics.record import groups_left_out

FEWEST = 2
"""Slots that must be left for a distance."""


@dataclass(frozen=True)
class WithoutCopies:
    """The distance over slots that are no copies, and over all; replicates leave a group out."""

    value: float
    replicates: tuple[float, ...]
    all_slots: float
    n_left: int


def without_copies(evidence: Evidence, is_copy: NDArray[np.bool_]) -> WithoutCopies | None:
    """The kernel distance of slots that are no copies; None where hardly any are left.

    Replicates are there only if enough is left without every group in turn.
    """
    left = np.bincount(evidence.slots.groups[~is_copy], minlength=evidence.slots.n_groups)
    if left.sum() < FEWEST:
        return None
    sums = _halves(evidence, is_copy)
    originals = np.arange(0, len(sums.n), 2)
    groups = groups_left_out(evidence)
    is_enough = all(left.sum() - left[group] >= FEWEST for group in groups)
    return WithoutCopies(
        value=mmd(_part(sums, originals)),
        replicates=tuple(
            mmd(_part(sums, np.delete(originals, group))) for group in groups if is_enough
        ),
        all_slots=mmd(sums),
        n_left=int(left.sum()),
    )


def _halves(evidence: Evidence, is_copy: NDArray[np.bool_]) -> PairSums:
    """Kernel sums with two groups in place of each: 2 k of its originals, 2 k + 1 of its copies."""
    halves = 2 * evidence.slots.groups + is_copy
    parted = dataclasses.replace(evidence, slots=dataclasses.replace(evidence.slots, groups=halves))
    return pair_sums(parted)


def _part(sums: PairSums, groups: NDArray[np.intp]) -> PairSums:
    """The sums of the slots of some groups."""
    square = np.ix_(groups, groups)
    return PairSums(
        sums.generated[square], sums.reference[square], sums.between[square], sums.n[groups]
    )
