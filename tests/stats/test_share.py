import math

import pytest
from scipy import stats

from storybench.stats import bootstrap
from storybench.stats.share import design_effect, design_effect_of, interval, of_draws

MANY = 10**7
"""Clusters enough for t to be normal."""


@pytest.mark.parametrize(("hits", "n"), [(0, 50), (1, 50), (13, 60), (30, 60), (59, 60), (60, 60)])
def test_of_independent_things_it_is_scipys_wilson_interval(hits, n):
    """With the standard error of a binomial and many clusters."""
    value = hits / n
    error = math.sqrt(value * (1 - value) / n)
    found = interval(value, error, n=n, n_groups=MANY, design_effect=1.0)
    expected = stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-6)
    assert found.standard_error == error


def test_things_that_come_in_clusters_count_for_fewer():
    """Twice the error of independent ones: a quarter as many."""
    few = interval(0.2, math.sqrt(0.2 * 0.8 / 100), n=100, n_groups=17, design_effect=1.0)
    many = interval(0.2, 2 * math.sqrt(0.2 * 0.8 / 400), n=400, n_groups=17, design_effect=1.0)
    assert (few.low, few.high) == pytest.approx((many.low, many.high))


def test_a_small_error_does_not_make_them_more():
    """A share that chance made alike in all clusters is no surer than of independent things."""
    even = interval(0.2, 1e-4, n=100, n_groups=17, design_effect=1.0)
    alone = interval(0.2, math.sqrt(0.2 * 0.8 / 100), n=100, n_groups=17, design_effect=1.0)
    assert (even.low, even.high) == pytest.approx((alone.low, alone.high))


def test_nothing_seen_is_not_known_to_be_nothing():
    """0 of 1,000 in 17 clusters of like things: up to t^2 / (n / d + t^2), and the mirror image."""
    squared = stats.t.ppf(0.975, 16) ** 2
    none = interval(0.0, 0.0, n=1000, n_groups=17, design_effect=10.0)
    assert (none.low, none.high) == pytest.approx((0, squared / (100 + squared)))
    every = interval(1.0, 0.0, n=1000, n_groups=17, design_effect=10.0)
    assert (every.low, every.high) == pytest.approx((1 - none.high, 1))


def test_what_is_alike_counts_as_a_cluster_at_most():
    """Where nothing tells how alike, each cluster counts as one."""
    squared = stats.t.ppf(0.975, 16) ** 2
    for known in (math.inf, 1e9, 1000 / 17):
        found = interval(0.0, 0.0, n=1000, n_groups=17, design_effect=known)
        assert found.high == pytest.approx(squared / (17 + squared))


def test_a_share_of_zero_whose_draws_differ_is_one_of_zero():
    """What is near is drawn anew, so the draws of a rate of 0 may differ; they do not count."""
    with_error = interval(0.0, 0.01, n=1000, n_groups=17, design_effect=10.0)
    without = interval(0.0, 0.0, n=1000, n_groups=17, design_effect=10.0)
    assert (with_error.low, with_error.high) == (without.low, without.high)


def test_draws_that_differ_give_the_interval_of_the_bootstrap():
    """Of a ratio: `value ± t SE`, cut to the range."""
    draws = [0.7, 0.9, 1.0, 0.8]
    found = of_draws(0.9, draws, n=60, n_groups=4)
    assert found == bootstrap.interval(0.9, draws, n_groups=4, bounds=(0, 1))
    assert of_draws(0.9, draws, n=60, n_groups=2) is None


@pytest.mark.parametrize("value", [0.0, 1.0, 0.3])
def test_draws_that_agree_are_no_sign_of_certainty(value):
    """A ratio has no interval; a share has the score interval, one cluster counting as one."""
    draws = [value, math.nan, value * (1 + 1e-15), value]
    assert of_draws(value, draws, n=60, n_groups=4) is None
    found = of_draws(value, draws, n=60, n_groups=4, design_effect=math.inf)
    assert found == interval(value, 0.0, n=60, n_groups=4, design_effect=math.inf)
    assert found is not None
    assert found.high - found.low > 0.5


def test_a_share_with_a_design_effect_always_has_the_score_interval():
    """Also where its draws differ, as those of a rate of copies do."""
    draws = [0.1, 0.2, 0.15, 0.25]
    spread = bootstrap.interval(0.2, draws, n_groups=4)
    assert spread is not None
    error = spread.standard_error
    found = of_draws(0.2, draws, n=60, n_groups=4, design_effect=2.0)
    assert found == interval(0.2, error, n=60, n_groups=4, design_effect=2.0)
    effect = design_effect_of(0.2, draws, n=400, n_groups=4)
    assert effect == pytest.approx(error**2 / (0.2 * 0.8 / 400))


def test_the_design_effect_is_the_variance_over_that_of_independent_things():
    """At least 1; infinite where a share does not tell."""
    error = math.sqrt(0.3 * 0.7 / 200)
    assert design_effect(0.3, 3 * error, n=200) == pytest.approx(9)
    assert design_effect(0.3, error / 2, n=200) == 1
    assert design_effect(0.0, 0.0, n=200) == design_effect(0.3, 0.0, n=200) == math.inf
