"""Pictures shrink and are encoded alike, whatever they were cut from."""

from __future__ import annotations

import numpy as np

from storybench.images import decode
from storydata.kit.frames.still import encode, shrink


def test_only_larger_pictures_shrink() -> None:
    """The short side gets the length asked for, the long one keeps its proportion."""
    image = np.zeros((30, 40, 3), np.uint8)
    assert shrink(image, 15).shape == (15, 20, 3)
    assert shrink(image.transpose(1, 0, 2), 15).shape == (20, 15, 3)
    assert shrink(image, None) is image
    assert shrink(image, 30) is image
    assert shrink(image, 99) is image


def test_png_keeps_every_pixel_and_jpeg_nearly() -> None:
    """The suffix goes with the bytes."""
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    data, suffix = encode(image, "png")
    assert suffix == "png"
    assert np.array_equal(decode(data, "x"), image)
    data, suffix = encode(image, "jpeg")
    assert (suffix, data[:3]) == ("jpg", b"\xff\xd8\xff")
    assert np.abs(decode(data, "x").astype(int) - image).mean() < 20
