import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybench.metrics import frechet
from tests.metrics.frechet_libraries import (
    by_clean_fid,
    by_pytorch_fid,
    by_sqrtm,
    by_torch_fidelity,
    by_torchmetrics,
)


def features(n, d, seed):
    """Correlated, non-negative, like pooled activations."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(d, d)) * np.arange(1, d + 1) ** -0.5
    return np.maximum(rng.normal(size=(n, d)) @ mixing + 0.3, 0)


def from_moments(a, b):
    """The distance by way of statistics."""
    return frechet.distance(frechet.moments(a), frechet.moments(b)).value


def gaussian(mean, covariance, n=1000):
    """Statistics of exactly this mean and covariance."""
    return frechet.Moments(n, np.array(mean, float), np.array(covariance, float) * (n - 1))


def test_identical_sets_are_at_distance_zero():
    """FD(x, x) = 0, by both paths."""
    few, many = features(20, 32, 0), features(300, 32, 0)
    assert frechet.distance_of_few(few, few).value == pytest.approx(0, abs=1e-9)
    assert from_moments(many, many) == pytest.approx(0, abs=1e-9)


def test_one_dimension_by_hand():
    """N(1, 4) and N(4, 9): (1 - 4)^2 + (2 - 3)^2 = 10."""
    assert frechet.distance(gaussian([1], [[4]]), gaussian([4], [[9]])).value == pytest.approx(10)


def test_one_dimension_of_rows_by_hand():
    """{0, 2} and {1, 5, 9}: means 1 and 5, unbiased variances 2 and 16, so 16 + (4 - sqrt 2)^2."""
    expected = 16 + (4 - np.sqrt(2)) ** 2
    rows = np.array([[0.0], [2.0]]), np.array([[1.0], [5.0], [9.0]])
    assert from_moments(*rows) == pytest.approx(expected, rel=1e-12)
    assert frechet.distance_of_few(*rows).value == pytest.approx(expected, rel=1e-12)


def test_diagonal_gaussians_by_hand():
    """Diagonals (1, 4, 9) and (16, 4, 1): 3^2 + 0 + 2^2 = 13, plus the mean shift 1 + 4 = 5."""
    first = gaussian([0, 0, 0], np.diag([1, 4, 9]))
    second = gaussian([1, 0, 2], np.diag([16, 4, 1]))
    assert frechet.distance(first, second).value == pytest.approx(18, rel=1e-12)


def test_a_mean_shift_alone_is_its_squared_length():
    """Equal covariances leave |delta|^2."""
    rows = features(200, 16, 3)
    assert from_moments(rows, rows + 0.5) == pytest.approx(16 * 0.25, rel=1e-10)


def test_commuting_covariances_by_hand():
    """Rotated diagonals: the rotation drops out."""
    turn = np.linalg.qr(np.random.default_rng(4).normal(size=(5, 5)))[0]
    a, b = np.array([1, 2, 3, 4, 5.0]), np.array([5, 1, 4, 2, 3.0])
    found = frechet.distance(
        gaussian(np.zeros(5), turn @ np.diag(a) @ turn.T),
        gaussian(np.zeros(5), turn @ np.diag(b) @ turn.T),
    )
    assert found.value == pytest.approx(np.square(np.sqrt(a) - np.sqrt(b)).sum(), rel=1e-10)


def test_rank_one_sets_by_hand():
    """Two sets on one line u: variances 4 and 9 along it, so (2 - 3)^2 = 1, by every path."""
    u = np.array([[0.6, 0.8, 0.0]])
    a, b = np.array([[-2], [0], [2.0]]) @ u, np.array([[-3], [0], [3.0]]) @ u
    assert frechet.distance_of_few(a, b).value == pytest.approx(1, rel=1e-12)
    found = frechet.distance(frechet.moments(a), frechet.moments(b))
    assert found.value == pytest.approx(1, rel=1e-7)
    assert found.method == "eigh-svdvals"


@pytest.mark.parametrize("d", [1, 8, 64, 200])
def test_it_equals_scipys_sqrtm_at_full_rank(d):
    """The Cholesky path gives the textbook number to 8 digits and more."""
    a, b = features(3 * d + 10, d, 5), features(4 * d + 10, d, 6) * 1.1
    found = frechet.distance(frechet.moments(a), frechet.moments(b))
    assert found.method == "cholesky-eigvalsh"
    assert not found.rank_deficient
    expected = (
        by_sqrtm(a, b)
        if d > 1
        else (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
    )
    assert found.value == pytest.approx(expected, rel=1e-9)


def test_two_by_two_covariances_by_hand():
    """[[2, 1], [1, 2]] times [[3, -1], [-1, 2]] has eigenvalues 5 and 3: 9 - 2 (√5 + √3)."""
    found = frechet.distance(
        gaussian([0, 0], [[2, 1], [1, 2]]), gaussian([0, 0], [[3, -1], [-1, 2]])
    )
    assert found.value == pytest.approx(1.0637624298, abs=1e-10)


LIBRARIES = [by_pytorch_fid, by_torch_fidelity, by_torchmetrics, by_clean_fid]
SIZES = [8, 64, 768, pytest.param(2048, marks=pytest.mark.slow)]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("d", SIZES)
def test_it_equals_every_library_at_full_rank(library, d):
    """Golden g2 with n > d: 1e-8 relative, on the same features."""
    a, b = features(3 * d // 2 + 8, d, 7), features(8 * d // 5 + 8, d, 8) * 0.9
    assert from_moments(a, b) == pytest.approx(library(a, b), rel=1e-8)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("d", SIZES)
def test_it_equals_every_library_with_fewer_rows_than_dimensions(library, d):
    """Golden g2 with n < d: to the libraries' own accuracy of 1e-4 on distances of about 100.

    They take square roots of eigenvalues that are 0 but for rounding; the nuclear norm does not.
    """
    a, b = features(d // 2, d, 9), features(d // 2 + 2, d, 10) * 0.9
    found = frechet.distance_of_few(a, b)
    assert found.rank_deficient
    assert found.value == pytest.approx(library(a, b), rel=1e-6, abs=1e-4)


def test_both_paths_agree_when_rows_are_few():
    """Nuclear norm of rows and square roots of covariances are the same number."""
    a, b = features(20, 48, 11), features(90, 48, 12)
    found = frechet.distance_of_few(a, b)
    assert found.value == pytest.approx(from_moments(a, b), rel=1e-7)
    assert found.method == "nuclear-norm"
    assert found.rank_deficient


def test_both_paths_agree_at_full_rank():
    """The path changes nothing but the time."""
    a, b = features(120, 24, 13), features(90, 24, 14)
    assert frechet.distance_of_few(a, b).value == pytest.approx(from_moments(a, b), rel=1e-10)


def test_the_side_that_has_a_cholesky_factor_is_factored():
    """One degenerate side, first or second, still takes the fast path, and is symmetric."""
    flat, full = frechet.moments(np.ones((50, 8))), frechet.moments(features(50, 8, 15))
    there, back = frechet.distance(flat, full), frechet.distance(full, flat)
    assert there.method == back.method == "cholesky-eigvalsh"
    assert there.value == pytest.approx(back.value, rel=1e-12)
    assert there.value == pytest.approx(
        np.square(flat.mean - full.mean).sum() + np.trace(full.covariance), rel=1e-10
    )


def test_two_degenerate_sides_fall_back_to_eigenvectors():
    """All pictures equal on both sides: only the means differ."""
    a, b = frechet.moments(np.zeros((30, 8))), frechet.moments(np.ones((30, 8)))
    found = frechet.distance(a, b)
    assert found.method == "eigh-svdvals"
    assert found.value == pytest.approx(8)


def test_rank_deficiency_is_flagged_at_n_up_to_d():
    """As many rows as dimensions is deficient, one more is not."""
    a, b = features(9, 8, 16), features(8, 8, 17)
    assert frechet.distance(frechet.moments(a), frechet.moments(b)).rank_deficient
    assert not frechet.distance(frechet.moments(a), frechet.moments(a)).rank_deficient


def test_counts_are_repeated_rows():
    """A row with count m counts m times, in statistics and in the nuclear norm."""
    rows, counts = features(12, 20, 18), np.arange(12) % 4 + 1
    repeated, other = np.repeat(rows, counts, axis=0), features(15, 20, 19)
    weighted = frechet.moments(rows, counts)
    plain = frechet.moments(repeated)
    assert weighted.n == plain.n
    np.testing.assert_allclose(weighted.mean, plain.mean, rtol=1e-12)
    np.testing.assert_allclose(weighted.scatter, plain.scatter, rtol=1e-10, atol=1e-12)
    assert frechet.distance_of_few(rows, other, first_counts=counts).value == pytest.approx(
        frechet.distance_of_few(repeated, other).value, rel=1e-10
    )


def test_moments_are_numpys_mean_and_cov():
    """Mean and unbiased covariance, float64 from float32."""
    rows = features(50, 6, 20).astype(np.float32)
    found = frechet.moments(rows)
    assert found.mean.dtype == np.float64
    np.testing.assert_allclose(found.mean, rows.astype(np.float64).mean(0), rtol=1e-14)
    np.testing.assert_allclose(found.covariance, np.cov(rows.astype(np.float64), rowvar=False))


@given(
    cuts=st.lists(st.integers(1, 59), min_size=1, max_size=6, unique=True), seed=st.integers(0, 9)
)
def test_merging_parts_in_any_order_gives_the_whole(cuts, seed):
    """Statistics of parts merge to those of the whole to 1e-10, whatever the parts and order."""
    rows = features(60, 5, seed) + 100
    parts = [frechet.moments(part) for part in np.split(rows, sorted(cuts))]
    np.random.default_rng(seed).shuffle(parts)  # pyright: ignore[reportArgumentType]
    merged = parts[0]
    for part in parts[1:]:
        merged = frechet.merge(merged, part)
    whole = frechet.moments(rows)
    assert merged.n == 60
    np.testing.assert_allclose(merged.mean, whole.mean, rtol=1e-10)
    np.testing.assert_allclose(merged.scatter, whole.scatter, rtol=1e-10, atol=1e-9)


def test_statistics_do_not_depend_on_the_blocks_or_the_order_of_rows(monkeypatch):
    """Golden g3: 7 rows at a time, or all of them backwards, give the same to 1e-10."""
    rows, counts = features(60, 5, 27).astype(np.float32), np.arange(60) % 3 + 1
    whole = frechet.moments(rows, counts)
    monkeypatch.setattr(frechet, "BLOCK", 7)
    for found in (frechet.moments(rows, counts), frechet.moments(rows[::-1], counts[::-1])):
        assert found.n == whole.n
        np.testing.assert_allclose(found.mean, whole.mean, rtol=1e-10)
        np.testing.assert_allclose(found.scatter, whole.scatter, rtol=1e-10, atol=1e-10)


def test_parts_of_few_rows_share_one_product():
    """Rows that count nothing are not there; the others are as if they came alone."""
    a, b = features(20, 48, 28), features(25, 48, 29) + 5
    both = frechet.FewRows(a, b)
    first, second = np.arange(20) % 3, (np.arange(25) % 4 > 0) * 2
    expected = frechet.distance_of_few(np.repeat(a, first, 0), np.repeat(b, second, 0))
    assert both.distance(first, second).value == pytest.approx(expected.value, rel=1e-10)
    assert both.distance().value == pytest.approx(from_moments(a, b), rel=1e-6)


def test_parts_of_one_row_are_refused():
    """One row has no covariance."""
    both = frechet.FewRows(features(4, 8, 30), features(4, 8, 31))
    with pytest.raises(ValueError, match="at least 2 rows on each side, found 1"):
        both.distance([1, 0, 0, 0], [1, 1, 1, 1])


def test_removing_undoes_merging():
    """The whole without a part equals the statistics of the rest."""
    rows = features(60, 5, 21) + 100
    whole, part, rest = (frechet.moments(x) for x in (rows, rows[:13], rows[13:]))
    found = frechet.remove(whole, part)
    assert found.n == 47
    np.testing.assert_allclose(found.mean, rest.mean, rtol=1e-12)
    np.testing.assert_allclose(found.scatter, rest.scatter, rtol=1e-9, atol=1e-9)


def test_removing_everything_is_refused():
    """No rows have no mean."""
    whole = frechet.moments(features(5, 3, 22))
    with pytest.raises(ValueError, match="fewer than 5 rows to remove, found 5"):
        frechet.remove(whole, whole)


def test_a_large_common_offset_does_not_cancel():
    """Features far from the origin keep 8 digits, since scatters are about the mean."""
    a, b = features(200, 8, 23), features(200, 8, 24)
    assert from_moments(a + 1e6, b + 1e6) == pytest.approx(from_moments(a, b), rel=1e-8)


@pytest.mark.slow
def test_it_equals_sqrtm_at_2048_dimensions():
    """The published size: the same 8 digits as scipy."""
    a, b = features(3000, 2048, 25), features(3100, 2048, 26)
    assert from_moments(a, b) == pytest.approx(by_sqrtm(a, b), rel=1e-8)
