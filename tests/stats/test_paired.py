"""Two systems on the same stories: what is common leaves the difference, ties stay ties."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from storybench.stats import bootstrap, paired


def test_noise_that_both_share_leaves_the_difference():
    """Replicates that move together give a far smaller error than two intervals would."""
    generator = np.random.default_rng(0)
    common = generator.normal(0, 1, 20)
    first, second = 5 + common, 4 + common + generator.normal(0, 0.01, 20)
    found = paired.jackknifed(1.0, first, second)
    alone = paired.jackknifed(5.0, first, np.zeros(20))
    assert found is not None
    assert alone is not None
    assert found.standard_error < alone.standard_error / 20


def test_the_jackknife_of_a_mean_difference_is_the_paired_t_test():
    """For a mean over equal groups, interval and p-value are those of scipy's paired test."""
    generator = np.random.default_rng(1)
    first, second = generator.normal(0.3, 1, 12), generator.normal(0, 1, 12)
    without = [np.delete(side, k).mean() for side in (first, second) for k in range(12)]
    difference = float(first.mean() - second.mean())
    found = paired.jackknifed(difference, without[:12], without[12:])
    theirs: Any = stats.ttest_rel(first, second)
    bounds = theirs.confidence_interval(0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high), rel=1e-9)
    p = paired.t_test(difference, found.standard_error, n_groups=12)
    assert p == pytest.approx(float(theirs.pvalue), rel=1e-9)


def test_the_spread_of_the_replicates_says_which_interval():
    """Replicates that left groups out have the jackknife, draws the bootstrap."""
    first, second = np.array([3.0, 5.0, 4.0]), np.array([1.0, 2.0, 3.0])
    left_out = paired.interval(2.0, first, second, spread="jackknife", n_groups=3)
    drawn = paired.interval(2.0, first, second, spread="bootstrap", n_groups=3)
    assert left_out == paired.jackknifed(2.0, first, second)
    assert drawn == paired.bootstrapped(2.0, first, second, n_groups=3)
    assert left_out != drawn


def test_two_groups_give_no_interval():
    """Two groups are no spread."""
    assert paired.jackknifed(1.0, [1.0, 2.0], [0.0, 1.0]) is None
    assert paired.bootstrapped(1.0, [1.0, 2.0, 3.0], [0.0, 1.0, 1.0], n_groups=2) is None


def test_shared_draws_give_the_error_of_the_mean_difference():
    """The bootstrap of a mean difference with shared draws has the error of the paired mean."""
    generator = np.random.default_rng(2)
    first, second = generator.normal(0, 1, 30), generator.normal(0, 1, 30)
    drawn = bootstrap.weights(30) / 30
    found = paired.bootstrapped(
        float((first - second).mean()), drawn @ first, drawn @ second, n_groups=30
    )
    assert found is not None
    assert found.standard_error == pytest.approx(stats.sem(first - second), rel=0.06)


def test_draws_without_a_value_are_left_out():
    """A draw in which one system has no value says nothing of the difference."""
    first = np.array([1.0, np.nan, 3.0, 2.0])
    second = np.array([0.0, 1.0, 1.0, np.nan])
    found = paired.bootstrapped(1.5, first, second, n_groups=4)
    assert found == paired.bootstrapped(1.5, [1.0, 3.0], [0.0, 1.0], n_groups=4)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-300, 300), min_size=1, max_size=8))
def test_the_flips_are_those_of_brute_force(sums):
    """With few clusters the p-value is the share of all choices of signs that reach as far."""
    found = paired.sign_flip(sums, [f"e{k}" for k in range(len(sums))])
    observed = abs(sum(sums)) - 1e-9
    signs = itertools.product((1, -1), repeat=len(sums))
    reaching = [abs(float(np.dot(one, sums))) >= observed for one in signs]
    assert found is not None
    assert found.is_exact
    assert found.p == pytest.approx(np.mean(reaching))


def test_stories_of_one_episode_change_sides_together():
    """A hundred stories of one episode are one observation, however clear they look."""
    found = paired.sign_flip(np.ones(100), ["only"] * 100)
    assert found == paired.Flips(p=1.0, n_flips=2, is_exact=True)


def test_more_than_17_clusters_are_drawn_and_near_the_exact_answer():
    """Eighteen clusters are flipped ten thousand times; the p-value is near the t test's."""
    generator = np.random.default_rng(3)
    values = generator.normal(0.5, 1, 40)
    found = paired.sign_flip(values, [f"e{k}" for k in range(40)])
    assert found is not None
    assert not found.is_exact
    assert found.n_flips == 10_000
    assert found.p == pytest.approx(_t_test(values), abs=0.01)
    assert found == paired.sign_flip(values, [f"e{k}" for k in range(40)])


def test_no_p_value_of_drawn_flips_is_zero():
    """The observed signs count as one of the flips."""
    found = paired.sign_flip(np.ones(60), [f"e{k}" for k in range(60)])
    assert found is not None
    assert found.p == pytest.approx(1 / 10_001)


def test_under_no_difference_the_flips_are_seldom_significant():
    """Alike systems with episodes of unequal size differ at 5 % in about 5 % of 300 draws."""
    generator = np.random.default_rng(4)
    clusters = np.repeat([f"e{k}" for k in range(10)], generator.integers(1, 9, 10)).tolist()
    names = sorted(set(clusters))
    hits = 0
    for _ in range(300):
        shift = dict(zip(names, generator.normal(0, 1, 10), strict=True))
        values = [shift[name] + generator.normal(0, 0.5) for name in clusters]
        found = paired.sign_flip(values, clusters)
        assert found is not None
        hits += found.p < 0.05
    assert 3 <= hits <= 27


def test_stories_without_a_value_are_not_flipped():
    """NaN on either side drops the story; with no story left there is no test."""
    assert paired.sign_flip([np.nan, np.nan], ["a", "b"]) is None
    with_gap = paired.sign_flip([1.0, np.nan, 2.0], ["a", "b", "c"])
    assert with_gap == paired.sign_flip([1.0, 2.0], ["a", "c"])


def test_wins_count_the_better_side_whatever_the_direction():
    """Lower is better for one metric and higher for another; equal is a tie, NaN is neither."""
    first, second = [1.0, 2.0, 2.0, np.nan], [2.0, 1.0, 2.0, 1.0]
    assert paired.wins(first, second, "higher") == paired.Wins(first=1, second=1, ties=1)
    assert paired.wins([1.0, 1.0], [2.0, 0.5], "lower") == paired.Wins(first=1, second=1, ties=0)
    assert paired.wins(first, second, "lower").n == 3


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_never_lowers_and_keeps_the_order(p_values):
    """Adjusted values are at least the given ones, in their order; the smallest is Bonferroni's."""
    adjusted = paired.holm(p_values)
    assert all(a >= p for a, p in zip(adjusted, p_values, strict=True))
    assert min(adjusted, default=0) == min(1.0, len(p_values) * min(p_values, default=0))
    order = np.argsort(p_values, kind="stable")
    assert np.all(np.diff(np.asarray(adjusted)[order]) >= 0)


def test_a_zero_difference_without_spread_is_no_difference():
    """Equal pictures give equal numbers: p is 1, not a division by zero."""
    assert paired.t_test(0.0, 0.0, n_groups=5) == 1.0
    assert paired.t_test(0.1, 0.0, n_groups=5) == 0.0


def _t_test(values) -> float:
    found: Any = stats.ttest_1samp(values, 0)
    return float(found.pvalue)
