import math

import numpy as np
import pytest

from storybench.stats.bootstrap import clipped, interval, percentile, weights
from storybench.stats.jackknife import Interval


def test_a_draw_takes_as_many_groups_as_there_are():
    """Every row counts K groups, drawn with replacement, from a seed."""
    drawn = weights(17)
    assert drawn.shape == (2000, 17)
    assert (drawn.sum(axis=1) == 17).all()
    assert drawn.max() > 1
    assert np.array_equal(drawn, weights(17))
    assert not np.array_equal(drawn, weights(17, seed=1))


def test_every_group_is_drawn_once_on_average():
    """Multinomial counts: mean 1, variance 1 - 1/K."""
    drawn = weights(10, 40_000)
    assert drawn.mean(axis=0) == pytest.approx(np.ones(10), abs=0.03)
    assert drawn.var(axis=0) == pytest.approx(np.full(10, 0.9), abs=0.04)


def test_weights_give_the_mean_of_each_draw():
    """A product with sums per group is what drawing the groups one by one gives."""
    sums, counts = np.array([3.0, 1.0, 4.0]), np.array([2, 1, 5])
    drawn = weights(3, 5)
    means = drawn @ sums / (drawn @ counts)
    for row, mean in zip(drawn, means, strict=True):
        chosen = np.repeat(np.arange(3), row)
        assert mean == pytest.approx(sums[chosen].sum() / counts[chosen].sum())


def test_the_interval_is_a_t_interval_with_the_small_sample_factor():
    """SE = sd sqrt(K / (K - 1)); t(16, .975) = 2.1199 for 17 episodes."""
    values = np.random.default_rng(0).normal(0.5, 0.02, 2000)
    found = interval(0.5, values.tolist(), n_groups=17)
    assert found is not None
    error = np.std(values, ddof=1) * math.sqrt(17 / 16)
    assert found.standard_error == pytest.approx(error)
    assert (found.high - 0.5) / error == pytest.approx(2.1199, rel=1e-4)


def test_the_standard_error_of_a_mean_is_that_of_the_groups():
    """On equal groups it is the standard error of the mean of the group means."""
    values = np.random.default_rng(1).normal(size=20)
    drawn = weights(20, 20_000) @ values / 20
    found = interval(float(values.mean()), drawn.tolist(), n_groups=20)
    assert found is not None
    assert found.standard_error == pytest.approx(np.std(values, ddof=1) / math.sqrt(20), rel=0.02)


def test_the_interval_stays_in_the_range_of_the_metric():
    """An F1 is at most 1."""
    found = interval(0.98, [0.9, 1.0, 0.95, 0.99], n_groups=5, bounds=(0, 1))
    assert found is not None
    assert found.high == 1
    assert found.low < 0.98


@pytest.mark.parametrize("n_groups", [0, 1, 2])
def test_too_few_clusters_have_no_interval(n_groups):
    """Below three there is no spread worth the name."""
    assert interval(0.5, [0.4, 0.6], n_groups=n_groups) is None


def test_draws_without_a_value_are_left_out():
    """A draw without a single labelled frame has no F1."""
    nan = float("nan")
    assert interval(0.5, [0.4, nan, 0.6], n_groups=4) == interval(0.5, [0.4, 0.6], n_groups=4)
    assert percentile([0.4, nan, 0.6]) == percentile([0.4, 0.6])
    assert interval(0.5, [nan, 0.6], n_groups=4) is None
    assert percentile([nan]) is None


def test_no_range_leaves_an_interval_as_it_is():
    """Cutting is asked for, never assumed."""
    found = Interval(0.1, -0.2, 0.2)
    assert clipped(found, None) == found
