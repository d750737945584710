from hypothesis import given
from hypothesis import strategies as st

from storybench.board.page.ranking import RankRange, rank_ranges

INTERVALS = st.lists(
    st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e3)).map(lambda pair: (pair[0], sum(pair))),
    max_size=12,
)


def test_separated_intervals_have_one_rank_each():
    """Without overlap every row has its own rank, in the metric's direction."""
    intervals = [(5.0, 6.0), (1.0, 2.0), (3.0, 4.0)]
    assert [str(rank) for rank in rank_ranges(intervals, "lower")] == ["3", "1", "2"]
    assert [str(rank) for rank in rank_ranges(intervals, "higher")] == ["1", "3", "2"]


def test_overlapping_intervals_are_tied():
    """Rows that overlap share the range of the ranks they could have."""
    ranks = rank_ranges([(1, 3), (2, 4), (2.5, 5), (6, 7)], "lower")
    assert [str(rank) for rank in ranks] == ["1–3", "1–3", "1–3", "4"]


def test_a_chain_of_overlaps_is_not_one_tie():
    """A overlaps B and B overlaps C, but A is ahead of C."""
    ranks = rank_ranges([(1, 3), (2, 5), (4, 6)], "lower")
    assert ranks == (RankRange(1, 2), RankRange(1, 3), RankRange(2, 3))


def test_touching_intervals_are_tied():
    """One end in common is an overlap."""
    assert rank_ranges([(1, 2), (2, 3)], "higher") == (RankRange(1, 2), RankRange(1, 2))


@given(INTERVALS)
def test_ranges_hold_the_true_order(intervals):
    """Whatever the intervals, each range lies in 1…n and holds the rank by lower end."""
    ranks = rank_ranges(intervals, "lower")
    for position, k in enumerate(sorted(range(len(intervals)), key=lambda k: intervals[k]), 1):
        assert 1 <= ranks[k].best <= position <= ranks[k].worst <= len(intervals)


@given(INTERVALS)
def test_direction_is_a_mirror(intervals):
    """Ranking mirrored intervals in the other direction gives the same ranges."""
    mirrored = [(-high, -low) for low, high in intervals]
    assert rank_ranges(intervals, "lower") == rank_ranges(mirrored, "higher")
