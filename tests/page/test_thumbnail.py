from __future__ import annotations

import base64

import numpy as np
import pytest

from storybench.images import decode
from storybench.page.thumbnail import thumbnail


def gradient(height, width):
    """A smooth picture, uint8 RGB."""
    y, x = np.mgrid[:height, :width]
    rgb = np.stack([255 * x / width, 255 * y / height, 128 + 0 * x], axis=-1)
    return rgb.astype(np.uint8)


@pytest.mark.parametrize(
    ("size", "expected"), [((100, 200), (20, 40)), ((200, 100), (40, 20)), ((10, 30), (10, 30))]
)
def test_the_long_side_is_bounded(size, expected):
    """Scaled down to the side, whole and in proportion; never up."""
    small = thumbnail(gradient(*size), side=40, quality=80)
    assert (small.height, small.width) == expected
    assert decode(small.data, "x").shape == (*expected, 3)


def test_it_shows_the_picture():
    """WebP at quality 80 is within a few levels of the scaled original."""
    image = gradient(64, 64)
    small = thumbnail(image, side=64, quality=80)
    assert np.abs(decode(small.data, "x").astype(int) - image).mean() < 4


def test_the_address_holds_the_bytes():
    """The data URI decodes to the file."""
    small = thumbnail(gradient(32, 32), side=16, quality=60)
    head, _, body = small.uri.partition(",")
    assert head == "data:image/webp;base64"
    assert base64.b64decode(body) == small.data


def test_the_same_pixels_give_the_same_bytes():
    """Pages are compared byte by byte."""
    assert thumbnail(gradient(50, 60), side=30, quality=70) == thumbnail(
        gradient(50, 60), side=30, quality=70
    )


def test_a_very_long_picture_keeps_a_pixel():
    """1 x 1,000 pixels scaled to 10 is 1 high."""
    assert thumbnail(gradient(1, 1000), side=10, quality=70).height == 1
