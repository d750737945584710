"""Cutting stories out of a sequence."""

from __future__ import annotations

import pytest

from storybench.errors import InputError
from storydata.kit.windows import CUTS, disjoint, first, windows


@pytest.mark.parametrize("size", range(12))
def test_counts_follow_the_formulas(size: int) -> None:
    """A sequence of n has max(n - 2, 0) windows of 3, n // 3 blocks, and one first story."""
    sequence = range(size)
    assert len(windows(sequence, length=3)) == max(size - 2, 0)
    assert len(disjoint(sequence, length=3)) == size // 3
    assert len(first(sequence, length=3)) == min(size // 3, 1)


def test_cuts_are_runs_of_neighbours() -> None:
    """Every story is a run of neighbouring positions, inside the sequence."""
    for cut in CUTS.values():
        for story in cut("abcdefg", length=4):
            assert story == tuple(range(story[0], story[0] + 4))
            assert story[-1] < 7


def test_a_story_has_at_least_one_frame() -> None:
    """A length of zero is refused by each."""
    for cut in CUTS.values():
        with pytest.raises(InputError, match="at least 1 frame, found a length of 0"):
            cut("abc", length=0)
