import hashlib

import numpy as np
import pytest

from storybench.stats.jackknife import deal, interval


def test_the_jackknife_of_a_mean_is_its_textbook_standard_error():
    """For a mean of equal clusters the jackknife equals sd / sqrt(K) exactly."""
    values = np.array([1.0, 4.0, 2.0, 8.0, 5.0, 7.0])
    replicates = [np.delete(values, k).mean() for k in range(6)]
    found = interval(values.mean(), replicates)
    assert found is not None
    assert found.standard_error == pytest.approx(values.std(ddof=1) / np.sqrt(6), rel=1e-12)


@pytest.mark.parametrize(("k", "quantile"), [(31, 2.0423), (17, 2.1199), (25, 2.0639)])
def test_the_interval_uses_the_t_quantile_of_k_minus_one(k, quantile):
    """31, 17 and 25 clusters give 2.04, 2.12 and 2.06 standard errors."""
    replicates = np.random.default_rng(0).normal(size=k)
    found = interval(3.0, replicates.tolist())
    assert found is not None
    assert (found.high - 3.0) / found.standard_error == pytest.approx(quantile, abs=1e-4)
    assert 3.0 - found.low == pytest.approx(found.high - 3.0)


def test_the_interval_is_around_the_uncorrected_value():
    """Biased replicates move neither the centre nor the standard error."""
    plain, shifted = interval(1.0, [0.9, 1.0, 1.1]), interval(1.0, [5.9, 6.0, 6.1])
    assert plain is not None
    assert shifted is not None
    assert (shifted.low, shifted.high) == pytest.approx((plain.low, plain.high))


@pytest.mark.parametrize("k", [0, 1, 2])
def test_fewer_than_three_clusters_give_no_interval(k):
    """Two points have no spread worth printing."""
    assert interval(1.0, [1.0] * k) is None


def test_three_clusters_give_an_interval():
    """Three is where it begins: SE = sqrt(2/3 * 0.02) and t(2) = 4.3027."""
    found = interval(1.0, [0.9, 1.0, 1.1])
    assert found is not None
    assert found.standard_error == pytest.approx(0.11547, abs=1e-5)
    assert found.high == pytest.approx(1 + 4.30265 * 0.11547, abs=1e-4)


def test_up_to_fifty_clusters_stay_themselves():
    """Fifty clusters are fifty groups, whatever the order of the stories."""
    names = [f"e{i:02d}" for i in range(50)] * 2
    groups = deal(names)
    assert groups.max() == 49
    assert (groups[:50] == groups[50:]).all()
    assert (deal(names[::-1]) == groups[::-1]).all()


def test_more_than_fifty_clusters_are_dealt_into_25_by_hash():
    """The r-th cluster in order of SHA-256 goes to group r mod 25."""
    names = [f"video-{i}" for i in range(51)]
    groups = dict(zip(names, deal(names).tolist(), strict=True))
    ordered = sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    assert [groups[name] for name in ordered] == [rank % 25 for rank in range(51)]
    assert np.bincount(list(groups.values())).tolist() == [3] + [2] * 24


def test_the_jackknife_covers_when_clusters_vary():
    """On clustered normal data the 95 % interval of a mean covers the truth 95 % of the time."""
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(1000):
        clusters = rng.normal(size=17) + rng.normal(size=(40, 17)) * 0.3
        replicates = [np.delete(clusters, k, axis=1).mean() for k in range(17)]
        found = interval(clusters.mean(), replicates)
        assert found is not None
        covered += found.low <= 0 <= found.high
    assert covered / 1000 == pytest.approx(0.95, abs=0.02)
