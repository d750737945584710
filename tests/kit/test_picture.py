"""Upright RGB from decoded frames."""

from __future__ import annotations

import av
import numpy as np
import pytest

from storydata.kit.frames.picture import to_picture, turned

SQUARE = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ((1, 0, 0, 1), SQUARE),
        ((0, -1, 1, 0), np.rot90(SQUARE, 1)),
        ((-1, 0, 0, -1), np.rot90(SQUARE, 2)),
        ((0, 1, -1, 0), np.rot90(SQUARE, 3)),
        ((-1, 0, 0, 1), SQUARE[:, ::-1]),
        ((1, 0, 0, -1), SQUARE[::-1]),
        ((0, 1, 1, 0), SQUARE.transpose(1, 0, 2)),
        ((65536, 900, -900, 65536), SQUARE),
        ((0, 0, 0, 0), SQUARE),
    ],
)
def test_pictures_turn_as_their_matrix_says(
    matrix: tuple[int, int, int, int], expected: np.ndarray
) -> None:
    """Quarter turns counter-clockwise, mirrors, both; a broken matrix does nothing."""
    np.testing.assert_array_equal(turned(SQUARE, matrix), expected)


def test_colours_survive_the_way_through_yuv() -> None:
    """Flat colours come back within rounding, in the matrix and range the frame is tagged with."""
    colours = [(255, 255, 255), (0, 0, 0), (200, 30, 40), (20, 180, 60), (30, 40, 220)]
    for colour in colours:
        rgb = np.full((32, 48, 3), colour, np.uint8)
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
        for matrix in ("itu709", "itu601"):
            yuv = frame.reformat(format="yuv420p", dst_colorspace=matrix)
            found = to_picture(yuv)
            assert np.abs(found.astype(int) - rgb).max() <= 3, (colour, matrix)
