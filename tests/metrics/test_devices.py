"""Do features stay what they are on another device, and by another way to sum?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from storybench.metrics import inception, twin
from storybench.metrics.extractor import Extractor
from storybench.metrics.runner import TOLERANCE, VARIABLE

DEVICES = ["cuda", "mps"]
IMAGES = list(np.random.default_rng(5).integers(0, 256, (8, 48, 48, 3), np.uint8))


@pytest.fixture(params=["inception", "twin"])
def opened(request: pytest.FixtureRequest, random_weights: Path) -> Callable[[], Extractor]:
    """What opens an extractor on the device that the environment names."""
    return {"inception": lambda: inception.load(random_weights), "twin": twin.load}[request.param]


def gap(found: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    """The largest difference of a picture's features, as a share of their norm."""
    norm = np.linalg.norm(expected, axis=1)
    return float((np.linalg.norm(found - expected, axis=1) / norm).max())


@pytest.mark.parametrize("device", DEVICES)
def test_another_device_gives_the_same_features(
    device: str, opened: Callable[[], Extractor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the stated tolerance; where there is no such device, there is nothing to see."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there[device]:
        pytest.skip(f"this machine has no {device}")
    monkeypatch.setenv(VARIABLE, "cpu")
    expected = opened()(IMAGES)
    monkeypatch.setenv(VARIABLE, device)
    assert gap(opened()(IMAGES), expected) <= TOLERANCE


@pytest.mark.usefixtures("pretended_gpu")
def test_nothing_is_left_on_the_processor(
    opened: Callable[[], Extractor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A GPU is taken where there is one; all that a network needs goes there with it."""
    extractor = opened()
    assert extractor.device == "cuda:0"
    found = extractor(IMAGES)
    monkeypatch.setenv(VARIABLE, "cpu")
    assert gap(found, opened()(IMAGES)) <= TOLERANCE


@pytest.mark.filterwarnings("ignore:TF32 acceleration on top of oneDNN")
def test_another_way_to_sum_gives_the_same_features(opened: Callable[[], Extractor]) -> None:
    """Torch's own convolutions against those of oneDNN: other orders of the same sums."""
    extractor = opened()
    expected = extractor(IMAGES)
    with torch.backends.mkldnn.flags(enabled=False):
        found = extractor(IMAGES)
    assert gap(found, expected) <= TOLERANCE
    assert np.isfinite(found).all()
