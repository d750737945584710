"""Is an interval as wide as that of the scores?"""

from __future__ import annotations

import numpy as np
import pytest

from storybench.stats import jackknife
from storymodels.storydalle.analysis.spread import spread


def test_it_is_the_jackknife_of_the_house() -> None:
    """Uneven episodes: the same standard error and ends as `storybench.stats` has."""
    draw = np.random.default_rng(0)
    clusters = [f"e{k}" for k, n in enumerate((1, 4, 2, 7, 3)) for _ in range(n)]
    values = draw.normal(size=len(clusters))
    names = np.array(clusters)
    replicates = [values[names != name].mean() for name in sorted(set(clusters))]
    expected = jackknife.interval(values.mean(), replicates)
    found = spread(values, clusters)
    assert expected is not None
    assert found.mean == pytest.approx(values.mean())
    assert found.standard_error == pytest.approx(expected.standard_error)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_stories_that_repeat_each_other_add_nothing() -> None:
    """Each story three times over in its episode: the error stays."""
    values, clusters = [1.0, 2.0, 4.0, 8.0], list("abcd")
    thrice = spread(np.repeat(values, 3), [c for c in clusters for _ in range(3)])
    assert thrice.standard_error == pytest.approx(spread(values, clusters).standard_error)
    assert thrice.standard_error == pytest.approx(np.std(values, ddof=1) / 2)


def test_two_episodes_have_no_interval() -> None:
    """Three do."""
    assert spread([1, 2, 3], ["a", "a", "b"]).standard_error is None
    assert spread([1, 2, 3], ["a", "b", "c"]).low is not None
