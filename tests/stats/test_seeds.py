"""The mean over seeds, and how sure it is."""

import numpy as np
import pytest

from storybench.stats import seeds
from storybench.stats.jackknife import Interval


def test_without_a_spread_of_seeds_it_is_the_interval_of_the_episodes():
    """Three trainings that came out the same say what one says."""
    found = seeds.interval([2.0, 2.0, 2.0], 0.5, n_groups=17)

    assert found is not None
    assert found.standard_error == 0.5
    assert found.high - 2.0 == pytest.approx(0.5 * 2.1199, rel=1e-4)  # t(16), from a table


def test_without_a_spread_at_all_it_has_no_width():
    assert seeds.interval([0.0, 0.0], 0.0, n_groups=5) == Interval(0.0, 0.0, 0.0)


@pytest.mark.parametrize(("values", "error"), [([1.0], 0.1), ([1.0, 2.0], None)])
def test_one_seed_or_an_unknown_error_has_no_interval(values, error):
    assert seeds.interval(values, error, n_groups=9) is None


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_it_covers_what_it_says(share):
    """Of 2,000 studies with three seeds and nine episodes, 92 % to 98 % have the truth inside."""
    generator = np.random.default_rng(7)
    n_studies, n_seeds, n_episodes = 2_000, 3, 9
    episodes = generator.normal(size=(n_studies, n_episodes)) * np.sqrt(n_episodes * (1 - share))
    trainings = generator.normal(size=(n_studies, n_seeds)) * np.sqrt(n_seeds * share)

    inside = 0
    for of_episodes, of_trainings in zip(episodes, trainings, strict=True):
        error = of_episodes.std(ddof=1) / np.sqrt(n_episodes)
        found = seeds.interval(of_trainings + of_episodes.mean(), error, n_groups=n_episodes)
        assert found is not None
        inside += found.low <= 0 <= found.high

    assert 0.92 <= inside / n_studies <= 0.98
