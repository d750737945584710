import numpy as np
import pytest

from storybench.metrics.classifier import calibration
from storybench.metrics.classifier.document import Calibration


def sample(n=4000, c=3, *, temperature=1.0, bias=0.0, seed=0):
    """Labels drawn from honest logits, and those logits sharpened and shifted."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(0, 2, (n, c))
    labels = rng.random((n, c)) < 1 / (1 + np.exp(-honest))
    return honest * temperature + bias, labels


def test_it_finds_what_was_done_to_honest_logits():
    """A temperature of 3 and a shift of 1.5 are undone."""
    logits, labels = sample(temperature=3.0, bias=1.5)
    found = calibration.fit(logits, labels)
    assert found.temperature == pytest.approx(3.0, rel=0.08)
    assert found.bias == pytest.approx([1.5] * 3, abs=0.35)


def test_probabilities_become_honest():
    """Calibration error and log loss fall, on labels that were not fitted on."""
    found = calibration.fit(*sample(temperature=4.0, bias=-2.0))
    logits, labels = sample(temperature=4.0, bias=-2.0, seed=1)
    better = calibration.apply(found, logits)
    assert calibration.calibration_error(logits, labels) > 0.08
    assert calibration.calibration_error(better, labels) < 0.02
    assert calibration.log_loss(better, labels) < calibration.log_loss(logits, labels)


def test_a_weighted_loss_is_put_right():
    """Positives weighted w times shift logits by log w; the shift is found."""
    logits, labels = sample(bias=np.log(4.0))
    found = calibration.fit(logits, labels)
    assert found.bias == pytest.approx([np.log(4.0)] * 3, abs=0.15)


def test_little_data_moves_little():
    """Three frames, separated perfectly, do not make a network infinitely sure."""
    found = calibration.fit([[2.0], [-2.0], [2.0]], [[1], [0], [1]])
    assert 0.5 < found.temperature < 1.5
    assert abs(found.bias[0]) < 1


def test_no_calibration_changes_nothing():
    """The default of a file."""
    assert calibration.apply(Calibration(), [[1.0, -2.0]]).tolist() == [[1.0, -2.0]]
