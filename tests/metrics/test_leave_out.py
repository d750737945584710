"""Distances without each group: always those of the slots that are left, computed from nothing."""

import numpy as np
import pytest

from storybench.metrics import frechet
from storybench.metrics.leave_out import leave_out
from tests.metrics.fakes import table

D = 8


def rows(n, seed):
    """Correlated features (n, 8), not centred."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, D)) @ rng.normal(size=(D, D)) + 3).astype(np.float32)


def brute_force(sides, kept):
    """The distance of the slots that are kept, one row a slot, from eigenvectors of covariances."""
    roots, means, total = [], [], 0.0
    for side in sides:
        plain = side.rows[side.slots][kept].astype(np.float64)
        values, vectors = np.linalg.eigh(np.cov(plain, rowvar=False))
        roots.append(vectors * np.sqrt(values.clip(0)))
        means.append(plain.mean(axis=0))
        total += values.sum()
    trace = np.linalg.svd(roots[0].T @ roots[1], compute_uv=False).sum()
    return np.square(means[0] - means[1]).sum() + total - 2 * trace


def sides_of(n, n_made, n_real):
    """Tables of n slots whose pictures recur in other slots, on each side in another order."""
    slots = np.arange(n)
    return table(rows(n_made, 1), slots * 7 % n_made), table(rows(n_real, 2), slots * 5 % n_real)


SIZES = {
    "many slots": (90, 90, 30),
    "few real pictures": (90, 90, 6),
    "few pictures on both sides": (90, 8, 6),
    "few slots": (8, 8, 8),
    "too few slots only without a group": (10, 10, 10),
}


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("n_groups", [3, 5])
def test_it_equals_brute_force(sizes, n_groups):
    """The whole, and what is left without each group, whichever way the distance is computed."""
    sides, groups = sides_of(*sizes), np.arange(sizes[0]) % n_groups
    whole, without = leave_out(*sides, groups, left_out=range(n_groups))
    assert whole.value == pytest.approx(brute_force(sides, slice(None)), rel=1e-6)
    expected = [brute_force(sides, groups != group) for group in range(n_groups)]
    assert without == pytest.approx(expected, rel=1e-6)


def test_groups_of_unequal_size_leave_with_all_their_slots():
    """One slot or half of them: the rest is what counts."""
    sides, groups = sides_of(90, 90, 30), np.repeat([0, 1, 2, 3], [1, 45, 14, 30])
    _, without = leave_out(*sides, groups, left_out=range(4))
    expected = [brute_force(sides, groups != group) for group in range(4)]
    assert without == pytest.approx(expected, rel=1e-8)


def test_a_picture_of_two_groups_leaves_only_the_slots_of_one():
    """A real frame in slots of two episodes still counts for the one that stays."""
    made, real = table(rows(40, 1)), table(rows(20, 2), np.arange(40) % 20)
    groups = np.arange(40) // 20  # every real frame is in both
    _, without = leave_out(made, real, groups, left_out=[0, 1])
    alone = [
        frechet.distance(frechet.moments(made.rows[groups == kept]), frechet.moments(real.rows))
        for kept in (1, 0)
    ]
    assert without == pytest.approx([one.value for one in alone], rel=1e-9)


def test_only_the_groups_asked_for_are_left_out_in_that_order():
    """Three asked for in another order give those three; none gives none."""
    sides, groups = sides_of(90, 90, 30), np.arange(90) % 6
    whole, every = leave_out(*sides, groups, left_out=range(6))
    again, some = leave_out(*sides, groups, left_out=[4, 0, 2])
    assert some == (every[4], every[0], every[2])
    assert again == whole
    assert leave_out(*sides, groups, left_out=())[1] == ()


def test_an_episode_where_the_model_is_worst_lowers_the_distance_when_it_leaves():
    """Without the one episode of three that is far off, both sides are equal."""
    real = rows(60, 3)
    made = real + np.float32(5) * (np.arange(60) < 20)[:, None]
    _, without = leave_out(table(made), table(real), np.arange(60) // 20, left_out=range(3))
    assert without[0] == pytest.approx(0, abs=1e-6)
    assert min(without[1:]) > 5


@pytest.mark.parametrize(
    ("sizes", "method", "is_deficient"),
    [
        ("many slots", "cholesky-eigvalsh", False),
        ("few slots", "nuclear-norm", True),
        ("few pictures on both sides", "nuclear-norm", False),
    ],
)
def test_it_says_how_the_distance_was_computed(sizes, method, is_deficient):
    """By covariances where slots and pictures outnumber dimensions, else by the rows alone."""
    n = SIZES[sizes][0]
    whole, _ = leave_out(*sides_of(*SIZES[sizes]), np.arange(n) % 3, left_out=())
    assert (whole.method, whole.rank_deficient) == (method, is_deficient)
