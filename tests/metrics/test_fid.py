import numpy as np
import pytest

from storybench.errors import InputError
from storybench.metrics import frechet
from storybench.metrics.evidence import Evidence
from storybench.metrics.fid import FID, distances, extrapolate
from tests.metrics.fakes import evidence, extractor, table


def rows(n, *, d=8, seed=0):
    """Correlated features."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d))


def brute_force(a, b, kept):
    """The distance of plain rows, recomputed from nothing."""
    return frechet.distance(frechet.moments(a[kept]), frechet.moments(b[kept])).value


def test_it_is_the_frechet_distance_over_slots():
    """A reference frame that is the target of several stories counts several times."""
    generated, unique = rows(60), rows(30, seed=1)
    slots = np.repeat(np.arange(30), 2)
    estimate, _ = FID().estimate(
        evidence(table(generated), table(unique, slots), np.arange(60) % 4)
    )
    expected = brute_force(
        generated.astype(np.float32), unique.astype(np.float32)[slots], slice(None)
    )
    assert estimate.value == pytest.approx(expected, rel=1e-10)
    assert (estimate.n, estimate.direction) == (60, "lower")


@pytest.mark.parametrize("n_groups", [3, 5, 12])
def test_replicates_leave_a_group_out_of_both_sides(n_groups):
    """Statistics by subtraction equal the distance recomputed without those slots."""
    a, b = (rows(120, seed=seed).astype(np.float32) for seed in (2, 3))
    groups = np.arange(120) * n_groups // 120
    _, replicates = distances(evidence(table(a), table(b), groups))
    expected = [brute_force(a, b, groups != group) for group in range(n_groups)]
    assert replicates == pytest.approx(expected, rel=1e-9)


def test_replicates_of_few_slots_equal_brute_force_too():
    """With fewer slots than dimensions, and with a whole above and a replicate below d."""
    for n in (7, 10):
        a, b = (rows(n, seed=seed).astype(np.float32) for seed in (4, 5))
        groups = np.arange(n) % 3
        whole, replicates = distances(evidence(table(a), table(b), groups))
        assert whole.value == pytest.approx(brute_force(a, b, slice(None)), rel=1e-6)
        expected = [brute_force(a, b, groups != group) for group in range(3)]
        assert replicates == pytest.approx(expected, rel=1e-5)


def test_the_order_of_slots_changes_nothing():
    """Shuffled slots give the same number and the same replicates."""
    a, b, groups = rows(90, seed=6), rows(90, seed=7), np.arange(90) // 15
    order = np.random.default_rng(0).permutation(90)
    plain = distances(evidence(table(a), table(b), groups))
    mixed = distances(evidence(table(a[order]), table(b[order]), groups[order]))
    assert mixed[0].value == pytest.approx(plain[0].value, rel=1e-11)
    assert mixed[1] == pytest.approx(plain[1], rel=1e-11)


def test_equal_sides_are_at_distance_zero():
    """The real frames scored against themselves."""
    same = table(rows(40, seed=8))
    estimate, _ = FID().estimate(evidence(same, same, np.arange(40) // 8))
    assert estimate.value == pytest.approx(0, abs=1e-6)


def test_fid_inf_is_the_jackknife_extrapolation():
    """K FID - (K - 1) mean, under its own id, beside the same replicates."""
    fid, fid_inf = FID().estimate(
        evidence(table(rows(60)), table(rows(60, seed=1)), np.arange(60) // 12)
    )
    assert fid_inf.metric == "fd_inf.fake.00000000.targets.v1"
    assert fid_inf.value == pytest.approx(5 * fid.value - 4 * np.mean(fid.replicates))
    assert fid_inf.replicates == fid.replicates
    assert fid_inf.settings["standard_error_of"] == fid.metric


def test_fid_inf_removes_most_of_the_bias():
    """On a Gaussian pair at distance 0 the extrapolation is far nearer to 0 than FID."""
    plain, extrapolated = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        a, b = rng.normal(size=(2, 200, 8))
        whole, replicates = distances(evidence(table(a), table(b), np.arange(200) // 20))
        plain.append(whole.value)
        extrapolated.append(extrapolate(whole.value, replicates))
    assert np.mean(plain) > 0.1
    assert abs(np.mean(extrapolated)) < 0.15 * np.mean(plain)


def test_fid_inf_hits_the_closed_form_of_a_gaussian_pair():
    """Golden g11: N(0, I) and N(0, 4 I) in d = 8 are at 8 (2 - 1)^2 = 8.

    FID of n rows is too large by (1 + 4) d / n for the means and 2 d (d + 1) / (2 n) for the
    covariances, 112 / n; the extrapolation takes that off and is right on average.
    """
    n, plain, extrapolated = 400, [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        a, b = rng.normal(size=(n, 8)), 2 * rng.normal(size=(n, 8))
        whole, replicates = distances(evidence(table(a), table(b), np.arange(n) // 20))
        plain.append(whole.value)
        extrapolated.append(extrapolate(whole.value, replicates))
    bias = np.mean(np.array(plain) - extrapolated)
    assert bias == pytest.approx(112 / n, rel=0.1)
    assert np.mean(extrapolated) == pytest.approx(8, abs=3 * np.std(extrapolated) / 60**0.5)


def test_few_distinct_pictures_in_many_slots_take_the_exact_path():
    """Slots outnumber dimensions, pictures do not: flagged, and equal to brute force."""
    a, b = rows(6, seed=20), rows(7, seed=21)
    slots = np.arange(40) % 6, np.arange(40) % 7
    given = evidence(table(a, slots[0]), table(b, slots[1]), np.arange(40) // 10)
    estimate, _ = FID().estimate(given)
    expected = brute_force(a.astype(np.float32)[slots[0]], b.astype(np.float32)[slots[1]], ...)
    assert estimate.value == pytest.approx(expected, rel=1e-5)
    assert estimate.settings["numerics"]["sqrt"] == "nuclear-norm"
    assert "rank_deficient" in estimate.settings["flags"]


@pytest.mark.parametrize("n_groups", [1, 2])
def test_fewer_than_three_clusters_give_the_number_alone(n_groups):
    """No replicates, and no extrapolation from them."""
    (estimate,) = FID().estimate(
        evidence(table(rows(40)), table(rows(40, seed=1)), np.arange(40) % n_groups)
    )
    assert estimate.replicates == ()


def test_one_slot_is_refused():
    """One frame has no covariance."""
    with pytest.raises(InputError, match="at least 2 frames to score, found 1"):
        FID().estimate(evidence(table(rows(1)), table(rows(1)), [0]))


def flags(n, n_unique, n_groups, *, is_published=False):
    """The flags of a score."""
    slots = np.arange(n) * n_unique // n
    groups = np.arange(n) * n_groups // n
    found = Evidence.of(
        table(rows(n, seed=1)),
        table(rows(n_unique, seed=2), slots),
        groups,
        extractor=extractor(is_published=is_published),
    )
    return FID().estimate(found)[0].settings["flags"]


def test_flags_say_what_not_to_believe():
    """Few frames, few distinct frames, few clusters, and foreign features are each flagged."""
    assert flags(5000, 5000, 15, is_published=True) == []
    assert flags(5000, 5000, 15) == ["not_comparable"]
    assert flags(4999, 4999, 15, is_published=True) == ["below_floor"]
    assert flags(5000, 5000, 14, is_published=True) == ["below_floor"]
    assert flags(5000, 8, 15, is_published=True) == ["rank_deficient"]
    assert flags(5000, 9, 15, is_published=True) == []


def test_the_record_says_how_the_number_came_about():
    """Counts, extractor, pixels and numerics stand in the settings."""
    settings = (
        FID()
        .estimate(
            evidence(
                table(rows(40)), table(rows(20, seed=1), np.arange(40) // 2), np.arange(40) // 8
            )
        )[0]
        .settings
    )
    assert (settings["n_gen"], settings["n_ref"]) == (40, 40)
    assert (settings["n_unique_gen_frames"], settings["n_unique_ref_frames"]) == (40, 20)
    assert settings["extractor"]["weights_sha256"] == "0" * 64
    assert settings["preprocess"]["to"] == 64
    assert settings["numerics"]["sqrt"] == "cholesky-eigvalsh"
