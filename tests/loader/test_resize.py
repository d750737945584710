"""Scaling: torchvision's and Pillow's pixels, byte for byte."""

from __future__ import annotations

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from storybench.loader.resize import doubled, scaled


@given(
    arrays.arrays(
        np.uint8,
        st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)),
        elements=st.integers(0, 255),
    )
)
@settings(deadline=None)
def test_doubling_is_pillows_bilinear_filter(image: np.ndarray) -> None:
    """Every byte is the one that Pillow makes, edges and rounding included."""
    height, width = image.shape[:2]
    theirs = PIL.Image.fromarray(image).resize(
        (2 * width, 2 * height), PIL.Image.Resampling.BILINEAR
    )
    assert np.array_equal(
        doubled(np.ascontiguousarray(image.transpose(2, 0, 1))),
        np.asarray(theirs).transpose(2, 0, 1),
    )


@pytest.mark.parametrize("size", [(128, 128), (240, 320), (321, 240), (256, 300), (500, 333)])
def test_scaling_is_torchvisions_resize(size: tuple[int, int]) -> None:
    """Short side 256, the long one rounded down: the pixels of the published loaders."""
    transforms = pytest.importorskip("torchvision.transforms")
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    theirs = transforms.Resize(256)(PIL.Image.fromarray(image))
    assert np.array_equal(scaled(image, 256), np.asarray(theirs).transpose(2, 0, 1))
