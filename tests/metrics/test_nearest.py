import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from storybench.metrics import nearest as module
from storybench.metrics.nearest import distances, nearest


def rows(n, *, d=6, seed=0):
    """Features of either sign."""
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def unit(features):
    """Features on the unit sphere, in double precision."""
    wide = features.astype(np.float64)
    return wide / np.linalg.norm(wide, axis=1, keepdims=True)


@settings(deadline=None, max_examples=25)
@given(n=st.integers(1, 40), m=st.integers(1, 40), seed=st.integers(0, 999))
def test_it_equals_scikit_learn_on_the_unit_sphere(n, m, seed):
    """Distances and rows are those of an exhaustive search of another make."""
    queries, base = rows(n, seed=seed), rows(m, seed=seed + 1000)
    search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(unit(base))
    expected, indices = search.kneighbors(unit(queries))
    found = nearest(queries, base)
    assert found.distances == pytest.approx(expected[:, 0], abs=1e-6)
    assert found.rows.tolist() == indices[:, 0].tolist()


def test_blocks_change_nothing(monkeypatch):
    """Any size of block finds the same rows at the same distances, the first of equal ones."""
    queries, base = rows(50), np.concatenate([rows(30, seed=1), rows(30, seed=1)])
    whole = nearest(queries, base)
    assert whole.rows.max() < 30
    monkeypatch.setattr(module, "QUERIES", 7)
    monkeypatch.setattr(module, "BASE", 11)
    pieces = nearest(queries, base)
    assert np.array_equal(pieces.rows, whole.rows)
    assert np.array_equal(pieces.distances, whole.distances)


def test_an_equal_picture_is_at_distance_zero():
    """Not at the square root of a rounding error."""
    base = rows(500, d=64)
    found = nearest(base[::-1], base)
    assert found.rows.tolist() == list(range(499, -1, -1))
    assert np.array_equal(found.distances, np.zeros(500))


def test_length_does_not_count():
    """A feature and ten times it are the same picture, as for a cosine."""
    assert distances(rows(3), 10 * rows(3), np.arange(3)) == pytest.approx(np.zeros(3), abs=1e-7)


def test_memory_does_not_grow_with_the_product(monkeypatch):
    """Searching 4,000 among 8,000 takes a small part of their table of distances."""
    monkeypatch.setattr(module, "QUERIES", 256)
    monkeypatch.setattr(module, "BASE", 256)
    queries, base = rows(4000), rows(8000, seed=1)
    tracemalloc.start()
    nearest(queries, base)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4000 * 8000 * 4 / 30
