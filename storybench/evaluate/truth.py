"""Refuse the real frames as predictions; a few of them are chance, counted and flagged."""

from __future__ import annotations

from collections.abc import Sequence

from storybench.errors import PredictionError
from storybench.evaluate.match import Match
from storybench.images import centre_square
from storybench.metrics.evidence import Evidence

TRUTH_SHARE = 0.05
TRUTH_AT_LEAST = 2

Slot = tuple[int, int]
"""Index of the story in its split, and k."""


def truth_shown(match: Match, evidence: Evidence) -> list[Slot]:
    """Targets that show their own real frame, where that is not the given source.

    Their own are the frame that they are compared with and the one that the build holds.
    """
    reference, generated = evidence.features("reference"), evidence.features("generated")
    return [
        (index, k)
        for slot, (index, k) in enumerate(match.plan.slots)
        if k > 0
        and (key := generated.hash_of(slot)) in _own(match, slot, reference.hash_of(slot))
        and key != match.real.built_sha256(index, 0)
    ]


def _own(match: Match, slot: int, compared: str) -> tuple[str, ...]:
    """Hashes of the real frames of a slot; what was compared is decoded again only if it must."""
    if match.picks[slot].row is None and match.crop is centre_square:
        return (compared,)
    return compared, match.real.built_sha256(*match.plan.slots[slot])


def require_drawn(match: Match, shown: Sequence[Slot], directory: object) -> None:
    """Refuse a set that is largely the truth: more than 5 % of the slots, and at least 2.

    A reference set that silently held generated pictures once voided a table of published FIDs.

    Raises:
        PredictionError: it is.
    """
    n = len(match.plan.slots)
    if len(shown) < TRUTH_AT_LEAST or len(shown) <= TRUTH_SHARE * n:
        return
    index, k = shown[0]
    raise PredictionError(
        f"Expected generated pictures in {directory}, found {len(shown):,} of {n:,} equal to the "
        f"real frame of their own slot (first: frame {k} of story "
        f"{match.plan.stories.ids[index]}). Was the ground truth copied there?"
    )
