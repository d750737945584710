"""The Fréchet distance of features (n, d) by other people's code: what ours is held against."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg


def by_sqrtm(a, b):
    """The textbook formula with scipy's matrix square root."""
    step = a.mean(0) - b.mean(0)
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    return step @ step + np.trace(s) + np.trace(t) - 2 * np.trace(scipy.linalg.sqrtm(s @ t)).real


def by_pytorch_fid(a, b):
    """`calculate_frechet_distance`, which passes an argument that scipy 1.18 removes."""
    library = pytest.importorskip("pytorch_fid.fid_score")
    with pytest.warns(DeprecationWarning, match="disp"):
        return library.calculate_frechet_distance(*statistics(a), *statistics(b))


def by_torch_fidelity(a, b):
    """`fid_statistics_to_metric`."""
    library = pytest.importorskip("torch_fidelity.metric_fid")
    sides = [dict(zip(("mu", "sigma"), statistics(side), strict=True)) for side in (a, b)]
    return library.fid_statistics_to_metric(*sides, verbose=False)["frechet_inception_distance"]


def by_torchmetrics(a, b):
    """`_compute_fid`, the function that its metric calls."""
    library = pytest.importorskip("torchmetrics.image.fid")
    torch = pytest.importorskip("torch")
    return float(library._compute_fid(*map(torch.from_numpy, (*statistics(a), *statistics(b)))))


def by_clean_fid(a, b):
    """`frechet_distance`; the library is no dependency of ours."""
    library = pytest.importorskip("cleanfid.fid")
    return library.frechet_distance(*statistics(a), *statistics(b))


def statistics(rows):
    """Mean and covariance by numpy."""
    return rows.mean(0), np.cov(rows, rowvar=False)
