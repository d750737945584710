"""The picture of the READMEs can be drawn again."""

from __future__ import annotations

import numpy as np

from storydata.twin.poster import poster


def test_a_poster_is_a_row_of_four_captioned_pictures_a_seed() -> None:
    """The same seeds give the same picture, and more seeds more rows of the same width."""
    one, two = poster([3]), poster([3, 4])
    assert np.array_equal(one, poster([3]))
    assert one.shape[1] == two.shape[1] > 4 * 320
    assert two.shape[0] > 1.9 * one.shape[0]
    assert np.array_equal(one[: one.shape[0] - 12], two[: one.shape[0] - 12])
