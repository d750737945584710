import numpy as np
import pytest

from storybench.errors import InputError
from storybench.metrics import kid
from storybench.metrics.kid import KID, mmd, pair_sums
from tests.metrics.fakes import evidence, table


def rows(n, *, d=8, seed=0):
    """Non-negative, like pooled activations."""
    return np.abs(np.random.default_rng(seed).normal(size=(n, d))).astype(np.float32)


def brute_force(generated, reference):
    """The estimator as it is written, over slots, a pair at a time."""
    g, r = generated.astype(np.float64), reference.astype(np.float64)
    n, d = g.shape

    def total(x, y):
        return sum((a @ b / d + 1) ** 3 for a in x for b in y)

    def self_pairs(x):
        return sum((a @ a / d + 1) ** 3 for a in x)

    within = sum(total(x, x) - self_pairs(x) for x in (g, r)) / (n * (n - 1))
    return within - 2 * total(g, r) / n**2


@pytest.fixture
def overlapping():
    """Forty slots in five groups; references are shared by slots, some across groups."""
    generated, unique = rows(37), rows(15, seed=1)
    rng = np.random.default_rng(2)
    g_slots = np.concatenate([np.arange(37), [0, 5, 5]])
    r_slots = rng.permutation(np.concatenate([np.arange(15), rng.integers(0, 15, 25)]))
    groups = np.arange(40) // 8
    return generated, g_slots, unique, r_slots, groups


def test_unique_pictures_with_weights_equal_brute_force_over_slots(overlapping):
    """Golden g10: equal pictures in other slots stay in the sum, a slot with itself does not."""
    generated, g_slots, unique, r_slots, groups = overlapping
    (estimate,) = KID().estimate(
        evidence(table(generated, g_slots), table(unique, r_slots), groups)
    )
    assert estimate.value == pytest.approx(
        brute_force(generated[g_slots], unique[r_slots]), rel=1e-12
    )
    assert (estimate.n, estimate.direction) == (40, "lower")


def test_each_replicate_equals_brute_force_without_that_group(overlapping):
    """A subtraction of sums per pair of groups is a recomputation from both sides."""
    generated, g_slots, unique, r_slots, groups = overlapping
    (estimate,) = KID().estimate(
        evidence(table(generated, g_slots), table(unique, r_slots), groups)
    )
    expected = [
        brute_force(generated[g_slots[groups != k]], unique[r_slots[groups != k]]) for k in range(5)
    ]
    assert estimate.replicates == pytest.approx(expected, rel=1e-11)


def test_tiles_change_nothing(overlapping, monkeypatch):
    """The number does not depend on how many pictures are looked at together."""
    generated, g_slots, unique, r_slots, groups = overlapping
    given = evidence(table(generated, g_slots), table(unique, r_slots), groups)
    whole = pair_sums(given)
    monkeypatch.setattr(kid, "TILE", 7)
    tiled = pair_sums(given)
    for name in ("generated", "reference", "between"):
        np.testing.assert_allclose(getattr(tiled, name), getattr(whole, name), rtol=1e-12)


def test_one_dimension_by_hand():
    """{0, 1} against {1, 2} with k = (xy + 1)^3: 2/2 + 2*27/2 - 2 (1 + 1 + 8 + 27)/4 = 9.5."""
    given = evidence(table(np.array([[0.0], [1.0]])), table(np.array([[1.0], [2.0]])), [0, 0])
    assert mmd(pair_sums(given)) == pytest.approx(1 + 27 - 18.5, rel=1e-12)


def test_it_equals_torch_fidelity_with_one_subset_of_everything():
    """`kid_features_to_metric` on float64 features, to round-off."""
    metric_kid = pytest.importorskip("torch_fidelity.metric_kid")
    torch = pytest.importorskip("torch")
    a, b = rows(90, d=16, seed=5), rows(90, d=16, seed=6)
    expected = metric_kid.kid_features_to_metric(
        *(torch.from_numpy(x.astype(np.float64)) for x in (a, b)),
        kid_subsets=1,
        kid_subset_size=90,
        verbose=False,
    )["kernel_inception_distance_mean"]
    found = mmd(pair_sums(evidence(table(a), table(b), np.zeros(90, int))))
    assert found == pytest.approx(expected, rel=1e-9)


def test_it_equals_torchmetrics_with_one_subset_of_everything():
    """`KernelInceptionDistance` fed with features; it works in float32 at best, so to 1e-5."""
    image = pytest.importorskip("torchmetrics.image.kid")
    torch = pytest.importorskip("torch")
    a, b = rows(90, d=16, seed=7), rows(90, d=16, seed=8) + 0.3
    found = mmd(pair_sums(evidence(table(a), table(b), np.zeros(90, int))))
    with pytest.warns(UserWarning, match="memory footprint"):
        metric = image.KernelInceptionDistance(
            feature=torch.nn.Identity(), subsets=1, subset_size=90
        )
    metric.update(torch.from_numpy(b), real=True)
    metric.update(torch.from_numpy(a), real=False)
    assert found == pytest.approx(float(metric.compute()[0]), rel=1e-4)


def test_it_is_unbiased_where_a_frechet_distance_is_not():
    """Two samples of one distribution give 0 on average, below zero about half of the time."""
    found = [
        mmd(
            pair_sums(
                evidence(
                    table(rows(30, seed=2 * seed)), table(rows(30, seed=2 * seed + 1)), [0] * 30
                )
            )
        )
        for seed in range(200)
    ]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(200)
    assert 0.3 < np.mean(np.array(found) < 0) < 0.7


def test_the_order_of_slots_changes_nothing(overlapping):
    """Shuffled slots give the same number and the same replicates."""
    generated, g_slots, unique, r_slots, groups = overlapping
    order = np.random.default_rng(0).permutation(40)
    plain = KID().estimate(evidence(table(generated, g_slots), table(unique, r_slots), groups))[0]
    mixed = KID().estimate(
        evidence(table(generated, g_slots[order]), table(unique, r_slots[order]), groups[order])
    )[0]
    assert mixed.value == pytest.approx(plain.value, rel=1e-11)
    assert mixed.replicates == pytest.approx(plain.replicates, rel=1e-11)


def test_its_name_and_record_say_what_it_is(overlapping):
    """The published weights give `kid`, any others `kd`; it carries no flag of a covariance."""
    generated, g_slots, unique, r_slots, groups = overlapping
    (estimate,) = KID().estimate(
        evidence(table(generated, g_slots), table(unique, r_slots), groups)
    )
    assert estimate.metric == "kd.fake.00000000.targets.v1"
    assert estimate.settings["flags"] == ["not_comparable"]
    assert estimate.settings["n_unique_ref_frames"] == 15
    assert estimate.bounds is None


def test_fewer_than_three_clusters_give_the_number_alone():
    """No replicates from two groups."""
    (estimate,) = KID().estimate(
        evidence(table(rows(20)), table(rows(20, seed=1)), np.arange(20) % 2)
    )
    assert estimate.replicates == ()


def test_one_slot_is_refused():
    """One frame has no pair."""
    with pytest.raises(InputError, match="at least 2 frames to score, found 1"):
        KID().estimate(evidence(table(rows(1)), table(rows(1)), [0]))


def test_features_that_are_no_numbers_are_refused():
    """A network that gives NaN is told of, by side and name."""
    broken = rows(6)
    broken[2, 3] = np.nan
    with pytest.raises(InputError, match=r"finite features of the reference frames.*fake"):
        KID().estimate(evidence(table(rows(6)), table(broken), [0] * 6))
