"""Make probabilities honest: one temperature and a bias for each character, fitted on val.

A loss that weights rare characters up makes a network claim them too often, and one trained to the
end is too sure of itself. The likelihood of the held-out labels under (z - bias) / temperature puts
both right, after Guo et al. (2017) and Platt (1999). Afterwards the rule of the metric, sigmoid(z)
> 0.5, is what it says for every character, and needs no threshold of its own. A prior of a few
observations keeps it still where there is little to learn from.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from storybench.metrics.classifier.document import Calibration

PRIOR = 4.0
"""Weight of the prior (no bias, temperature 1), in observations of each character."""

BINS = 10


def fit(logits: ArrayLike, labels: ArrayLike) -> Calibration:
    """The calibration of logits (n, c) by their labels (n, c)."""
    z, y = np.asarray(logits, np.float64), np.asarray(labels, np.float64)
    n, c = z.shape

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        sharpness, bias = np.exp(-parameters[0]), parameters[1:]
        scaled = (z - bias) * sharpness
        wrong = special.expit(scaled) - y
        value = np.logaddexp(0, scaled).sum() - (y * scaled).sum()
        value += 0.5 * PRIOR * (c * parameters[0] ** 2 + (bias**2).sum())
        by_temperature = -(wrong * scaled).sum() + PRIOR * c * parameters[0]
        by_bias = -sharpness * wrong.sum(axis=0) + PRIOR * bias
        return float(value) / n, np.concatenate([[by_temperature], by_bias]) / n

    bounds = [(-3.0, 3.0)] + [(-8.0, 8.0)] * c
    found = optimize.minimize(loss, np.zeros(c + 1), jac=True, method="L-BFGS-B", bounds=bounds)
    return Calibration(temperature=float(np.exp(found.x[0])), bias=tuple(map(float, found.x[1:])))


def apply(calibration: Calibration, logits: ArrayLike) -> NDArray[np.float64]:
    """Calibrated logits (n, c).

    >>> apply(Calibration(temperature=2.0, bias=(1.0,)), [[3.0]]).tolist()
    [[1.0]]
    """
    bias = np.asarray(calibration.bias or 0.0)
    return (np.asarray(logits, np.float64) - bias) / calibration.temperature


def log_loss(logits: ArrayLike, labels: ArrayLike) -> float:
    """Mean negative log likelihood of the labels, in nats a decision.

    >>> round(log_loss([[0.0]], [[1]]), 4)
    0.6931
    """
    z, y = np.asarray(logits, np.float64), np.asarray(labels, np.float64)
    return float((np.logaddexp(0, z) - y * z).mean())


def calibration_error(logits: ArrayLike, labels: ArrayLike) -> float:
    """Expected calibration error: how far probabilities are from what happens, in ten bins.

    >>> calibration_error([[100.0], [100.0]], [[1], [0]])
    0.5
    """
    p, y = special.expit(np.asarray(logits, np.float64)).ravel(), np.asarray(labels).ravel()
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, p - y, minlength=BINS)
    return float(np.abs(gaps).sum() / max(len(p), 1))
