import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from storybench.card import paints
from storybench.card.corruptions import CORRUPTIONS
from tests.factories import picture

PAINTS = {one.name: one for one in CORRUPTIONS if one.paint is not None}
IMAGE = picture((96, 96), seed=1)


def paint(name, strength, *, place=1.0, seed=0):
    """One picture under one corruption."""
    corruption = PAINTS[name]
    assert corruption.paint is not None
    return corruption.paint(IMAGE, place, strength, np.random.default_rng(seed))


@pytest.mark.parametrize("name", PAINTS)
def test_strength_zero_changes_nothing(name):
    """Without strength the picture is as it was, pixel for pixel."""
    assert np.array_equal(paint(name, 0.0), IMAGE)


@pytest.mark.parametrize("name", PAINTS)
def test_a_stronger_one_changes_more(name):
    """The mean change of pixels grows with every strength of the card; size and type stay."""
    changes = []
    for strength in PAINTS[name].strengths:
        changed = paint(name, strength)
        assert (changed.shape, changed.dtype) == (IMAGE.shape, np.uint8)
        changes.append(np.abs(changed.astype(int) - IMAGE).mean())
    assert all(np.diff([0.0, *changes]) > 0)


def test_blur_is_a_gaussian_of_a_share_of_the_side():
    """As scipy's Gaussian of that standard deviation, but for Pillow's approximation by boxes."""
    expected = gaussian_filter(IMAGE.astype(float), (1.92, 1.92, 0), mode="nearest")
    assert np.abs(paint("blur", 0.02) - expected).mean() < 1.0


def test_noise_has_the_spread_that_was_asked_for():
    """On mid-grey, where nothing is cut off, the standard deviation is the strength."""
    grey = np.full((128, 128, 3), 128, np.uint8)
    noisy = paints.add_noise(grey, 1.0, 8.0, np.random.default_rng(0))
    assert noisy.astype(float).std() == pytest.approx(8.0, rel=0.02)
    assert noisy.mean() == pytest.approx(128, abs=0.2)


def test_style_drifts_along_the_story():
    """The first target changes less than the last, which is sepia at full strength."""
    early, late = (paint("style-drift", 1.0, place=place) for place in (0.25, 1.0))
    change = [np.abs(one.astype(int) - IMAGE).mean() for one in (early, late)]
    assert change[0] < 0.4 * change[1]
    sepia = np.minimum(IMAGE @ paints.SEPIA.T, 255)
    assert np.abs(late - sepia).max() <= 0.5
