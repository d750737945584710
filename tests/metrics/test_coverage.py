import numpy as np
import pytest

from storybench.metrics import manifold
from storybench.metrics.coverage import Coverage
from storybench.metrics.evidence import Evidence, Slots
from storybench.metrics.metric import Absent, Estimate
from tests.metrics.fakes import evidence, extractor, table

NAMES = ("precision", "recall", "density", "coverage")


def rows(n, *, d=4, seed=0, spread=1.0):
    """A cloud in few dimensions, so that balls overlap."""
    return (np.random.default_rng(seed).normal(size=(n, d)) * spread).astype(np.float32)


def measured(*given) -> dict[str, Estimate]:
    """The four estimates by name."""
    found = Coverage().estimate(evidence(*given))
    numbers = [each for each in found if isinstance(each, Estimate)]
    return dict(zip(NAMES, numbers, strict=True))


def values(generated, reference):
    """The four numbers of plain sets."""
    found = measured(table(generated), table(reference), np.zeros(len(generated), int))
    return {name: estimate.value for name, estimate in found.items()}


def brute_force(generated, reference, g_counts, r_counts):
    """The definitions, over distinct pictures that are left, with plain loops."""

    def radius(x, k):
        distances = np.linalg.norm(x[:, None] - x[None], axis=2)
        return np.sort(distances, axis=1)[:, k]

    g_left, r_left = g_counts > 0, r_counts > 0
    g, r = generated[g_left].astype(float), reference[r_left].astype(float)
    g_counts, r_counts = g_counts[g_left], r_counts[r_left]
    between = np.linalg.norm(g[:, None] - r[None], axis=2)
    dense = between <= radius(r, 5)[None]
    return {
        "precision": np.average((between <= radius(r, 3)[None]).any(1), weights=g_counts),
        "recall": np.average((between <= radius(g, 3)[:, None]).any(0), weights=r_counts),
        "density": np.average(dense.sum(1), weights=g_counts) / 5,
        "coverage": np.average(dense.any(0), weights=r_counts),
    }


@pytest.mark.parametrize("spread", [0.4, 1.0, 1.6])
def test_precision_and_recall_equal_torch_fidelity(spread):
    """`prc_features_to_metric` with k = 3 on the same features, exactly."""
    metric_prc = pytest.importorskip("torch_fidelity.metric_prc")
    torch = pytest.importorskip("torch")
    a, b = rows(120, seed=1, spread=spread), rows(120, seed=2)
    expected = metric_prc.prc_features_to_metric(
        torch.from_numpy(a.astype(np.float64)),
        torch.from_numpy(b.astype(np.float64)),
        prc_neighborhood=3,
        prc_batch_size=64,
        save_cpu_ram=False,
        verbose=False,
    )
    found = values(a, b)
    assert found["precision"] == pytest.approx(expected["precision"], abs=1e-7)
    assert found["recall"] == pytest.approx(expected["recall"], abs=1e-7)


@pytest.mark.parametrize("spread", [0.4, 1.0, 1.6])
def test_all_four_equal_prdc(spread, capsys):
    """`compute_prdc` with k = 3 and k = 5 on the same features, exactly."""
    prdc = pytest.importorskip("prdc")
    a, b = rows(120, seed=3, spread=spread), rows(120, seed=4)
    narrow, wide = (
        prdc.compute_prdc(b.astype(np.float64), a.astype(np.float64), nearest_k=k) for k in (3, 5)
    )
    found = values(a, b)
    for name, expected in zip(NAMES, (narrow, narrow, wide, wide), strict=True):
        assert found[name] == pytest.approx(expected[name], rel=1e-12)
    assert capsys.readouterr()


def test_mode_collapse_has_precision_and_no_recall():
    """Golden g8, the orientation: many good pictures of one kind are precise and cover little."""
    real = np.concatenate([rows(60, seed=5), rows(60, seed=6) + 30])
    collapsed = rows(120, seed=7, spread=0.5)
    found = values(collapsed, real)
    assert found["precision"] > 0.95
    assert found["recall"] < 0.5
    assert found["coverage"] < 0.55
    assert found["density"] > 1


def test_scattered_pictures_have_recall_and_no_precision():
    """The mirror image: pictures all over the place reach every real one and look like none."""
    found = values(rows(120, seed=8, spread=8), rows(120, seed=9))
    assert found["precision"] < 0.2
    assert found["recall"] > 0.95


def test_one_picture_in_every_slot_recalls_nothing():
    """With a single distinct picture there is no ball, and no error."""
    real = rows(40, seed=10)
    found = measured(
        table(real.mean(0, keepdims=True), np.zeros(40, int)), table(real), np.arange(40) // 8
    )
    assert found["precision"].value == 1
    assert found["recall"].value == 0
    assert 0 < found["coverage"].value < 1


def test_the_real_frames_themselves_are_perfect():
    """Equal sides: everything is inside, rounding or not."""
    real = rows(50, d=16, seed=11) * 100 + 1000
    found = values(real, real)
    assert found["precision"] == found["recall"] == found["coverage"] == 1


def test_a_picture_on_the_edge_of_a_ball_is_inside_whatever_the_blocks(monkeypatch):
    """A generated copy of a k-th neighbour is at the radius itself; rounding must not decide."""
    real = rows(40, d=32, seed=12)
    far = np.linalg.norm(real[:, None] - real[None], axis=2)
    edge = real[np.argsort(far, axis=1)[:, 3]]
    for block in (512, 7, 1):
        monkeypatch.setattr(manifold, "BLOCK", block)
        assert values(edge, real)["precision"] == 1


def test_repeated_real_frames_do_not_shrink_their_balls():
    """A real frame in four slots weighs four times and is no neighbour of itself."""
    real, generated = rows(30, seed=13), rows(120, seed=14)
    found = measured(table(generated), table(real, np.repeat(np.arange(30), 4)), [0] * 120)
    expected = brute_force(generated, real, np.ones(120), np.full(30, 4))
    assert {name: found[name].value for name in NAMES} == pytest.approx(expected)


def test_each_replicate_equals_brute_force_without_that_group():
    """Balls grow to the next neighbour that is left, on both sides; shared frames stay."""
    rng = np.random.default_rng(15)
    generated, real = rows(90, seed=16), rows(40, seed=17)
    g_slots = np.concatenate([np.arange(90), [3, 3, 80, 17, 17, 17]])
    r_slots = np.concatenate([np.arange(40), rng.integers(0, 40, 56)])
    groups = rng.permutation(96) % 4
    groups[r_slots < 20] = r_slots[r_slots < 20] // 5
    found = measured(table(generated, g_slots), table(real, r_slots), groups)
    for group in range(4):
        kept = groups != group
        expected = brute_force(
            generated,
            real,
            np.bincount(g_slots[kept], minlength=90),
            np.bincount(r_slots[kept], minlength=40),
        )
        assert {name: found[name].replicates[group] for name in NAMES} == pytest.approx(expected)


def test_blocks_change_nothing(monkeypatch):
    """The numbers do not depend on how many rows are looked at together."""
    given = table(rows(70, seed=18)), table(rows(70, seed=19)), np.arange(70) // 10
    whole = measured(*given)
    monkeypatch.setattr(manifold, "BLOCK", 13)
    tiled = measured(*given)
    for name in NAMES:
        assert tiled[name].value == whole[name].value
        assert tiled[name].replicates == whole[name].replicates


def test_a_story_has_the_mean_of_its_slots():
    """Stories of two slots; the mean over stories is the number."""
    slots = Slots(
        stories=tuple(f"s{index}" for index in range(30)),
        clusters=tuple(f"c{index // 10}" for index in range(30)),
        story=np.repeat(np.arange(30), 2),
        k=np.tile([1, 2], 30),
        groups=np.repeat(np.arange(3), 20),
    )
    given = Evidence.of(
        table(rows(60, seed=22)),
        table(rows(60, seed=23)),
        slots.groups,
        extractor=extractor(),
        slots=slots,
    )
    for estimate in Coverage().estimate(given):
        assert not isinstance(estimate, Absent)
        assert estimate.per_story is not None
        assert len(estimate.per_story) == 30
        assert np.mean(estimate.per_story) == pytest.approx(estimate.value)


def test_names_ranges_and_records():
    """Ids carry the extractor; shares lie in 0..1, density has no upper end."""
    found = measured(table(rows(30)), table(rows(30, seed=1)), np.arange(30) // 6)
    assert found["recall"].metric == "recall.fake.00000000.targets.v1"
    assert found["recall"].bounds == (0, 1)
    assert found["density"].bounds == (0, np.inf)
    assert [found[name].settings["neighbours"] for name in NAMES] == [3, 3, 5, 5]
    assert {estimate.direction for estimate in found.values()} == {"higher"}


def test_two_clusters_give_the_numbers_alone():
    """No replicates from two groups."""
    found = measured(table(rows(30)), table(rows(30, seed=1)), np.arange(30) % 2)
    assert all(estimate.replicates == () for estimate in found.values())


def test_too_few_real_frames_are_told_of():
    """Five distinct frames have no fifth neighbour."""
    (absent,) = Coverage().estimate(
        evidence(table(rows(20)), table(rows(5), np.arange(20) % 5), np.arange(20) // 4)
    )
    assert isinstance(absent, Absent)
    assert "more than 5 distinct real frames, found 5" in absent.reason
