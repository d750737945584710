from typing import Literal

import numpy as np
import pytest

from storybench.card.answers import MOST, answer, verdict
from storybench.metrics.metric import Estimate
from storybench.stats import jackknife

STRENGTHS = (0.1, 0.5, 1.0)
SHARED = np.array([0.3, -0.2, 0.1, -0.4, 0.2])
"""What the episodes have in common under every corruption."""


def estimate(
    value,
    *,
    own=0.0,
    direction: Literal["lower", "higher"] = "lower",
    spread: Literal["jackknife", "bootstrap"] = "jackknife",
    shared=SHARED,
):
    """A number whose replicates share a pattern, and have a part of their own."""
    noise = np.array([1.0, -1.0, 0.5, -0.5, 0.0]) * own
    replicates = tuple((value + shared + noise).tolist())
    return Estimate("m.v1", value, replicates, 10, direction, {"flags": []}, spread)


def answered(values, *, own=0.01, **changes):
    """The answer to values at three strengths, 1.0 being the unspoilt value."""
    return answer(
        estimate(1.0, **changes),
        [estimate(value, own=own, **changes) for value in values],
        corruption="blur",
        strengths=STRENGTHS,
        n_groups=5,
    )


@pytest.mark.parametrize(
    ("changes", "spearman", "word"),
    [
        ([1, 4, 9], 1.0, "sees"),
        ([4, 9, 2], 0.4, "uneven"),
        ([9, 8, 4], 0.4, "uneven"),
        ([1, 2.9, 1], 0.4, "faint"),
        ([1, 2, 2.9], 1.0, "faint"),
        ([-1, -4, -9], -1.0, "fooled"),
        ([-9, -1, 4], 1.0, "sees"),
        ([1, -1, 1.9], 0.5, "blind"),
        ([0, 0, 0], 0.0, "blind"),
        ([0, -2.9, 0], 0.0, "blind"),
    ],
)
def test_words(changes, spearman, word):
    """Each word is given by its definition."""
    assert verdict(changes, spearman) == word


def test_changes_are_in_standard_errors_of_the_paired_difference():
    """What both sets share cancels; the rest is the jackknife's standard error."""
    found = answered([1.1, 1.2, 1.3])
    noise = 0.01 * np.array([1.0, -1.0, 0.5, -0.5, 0.0])
    interval = jackknife.interval(0.0, noise.tolist())
    assert interval is not None
    expected = np.array([0.1, 0.2, 0.3]) / interval.standard_error
    assert found.changes == pytest.approx(expected)
    assert (found.verdict, found.spearman, found.from_strength) == ("sees", 1.0, 0.1)


def test_higher_is_better_turns_the_sign():
    """Where higher is better, a rise is an improvement: the metric is fooled."""
    found = answered([1.1, 1.2, 1.3], direction="higher")
    assert found.verdict == "fooled"
    assert max(found.changes) < 0
    assert found.from_strength is None
    assert answered([0.9, 0.8, 0.7], direction="higher").verdict == "sees"


def test_it_notices_from_the_least_strength_above_which_all_are_noticed():
    """A strength that is noticed below one that is not does not count."""
    assert answered([1.5, 1.0001, 1.5]).from_strength == 1.0
    assert answered([1.0001, 1.5, 1.6]).from_strength == 0.5
    assert answered([1.5, 1.6, 1.0001]).from_strength is None


def test_rounding_is_no_change():
    """Sums in another order differ in their last digits, which no metric notices."""
    found = answered([1 + 1e-13, 1 - 1e-13, 1 + 1e-12], own=0.0)
    assert found.changes == (0.0, 0.0, 0.0)
    assert (found.verdict, found.spearman) == ("blind", 0.0)


def test_a_change_without_spread_is_beyond_measure():
    """All episodes change alike: the change is larger than any number of standard errors."""
    shared = np.zeros(5)
    found = answered([1.0, 1.1, 1.2], own=0.0, shared=shared)
    assert found.changes[1:] == (MOST, MOST)


def test_draws_of_a_bootstrap_have_their_own_standard_error():
    """With bootstrap draws the spread of their differences is scaled by K / (K - 1)."""
    found = answered([1.1, 1.2, 1.3], spread="bootstrap")
    noise = 0.01 * np.array([1.0, -1.0, 0.5, -0.5, 0.0])
    error = np.std(noise, ddof=1) * np.sqrt(5 / 4)
    assert found.changes == pytest.approx(np.array([0.1, 0.2, 0.3]) / error)
