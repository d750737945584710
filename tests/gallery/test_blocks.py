from __future__ import annotations

import numpy as np
import pytest

from storybench.gallery.blocks import half_blocks


def test_a_cell_holds_the_pixel_above_and_the_pixel_below():
    """A picture of just that size comes through untouched."""
    image = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)
    cells = half_blocks(image, columns=5)
    assert cells.shape == (3, 5, 2, 3)
    assert (cells[1, 4, 0] == image[2, 4]).all()
    assert (cells[1, 4, 1] == image[3, 4]).all()


@pytest.mark.parametrize(("size", "rows"), [((128, 128), 20), ((100, 200), 10), ((2, 400), 1)])
def test_pictures_keep_their_proportions(size, rows):
    """A cell is twice as high as wide; there is at least one row."""
    assert half_blocks(np.zeros((*size, 3), np.uint8), columns=40).shape[:2] == (rows, 40)
