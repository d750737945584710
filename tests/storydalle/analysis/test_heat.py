"""Does heat show what it stands for?"""

from __future__ import annotations

import numpy as np
import pytest

from storymodels.storydalle.analysis import heat
from storymodels.storydalle.analysis.panels import Legend, Panel, page
from tests.factories import picture


def test_an_even_look_is_evenly_dim() -> None:
    """It is never stretched into a pattern: every part of a grey picture has the same colour."""
    grey = np.full((40, 40, 3), 120, np.uint8)
    shown = heat.lit(grey, heat.of_look(np.full(16, 1 / 16)))
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) == 1
    assert shown.mean() < grey.mean()


def test_the_place_that_is_looked_at_is_lit() -> None:
    """Row by row from the upper left: place 7 of 16 is in the second row, at the right."""
    weights = np.zeros(16)
    weights[7] = 1.0
    grey = np.full((40, 40, 3), 120, np.uint8)
    brightness = heat.lit(grey, heat.of_look(weights)).astype(float).mean(-1)
    row, column = np.unravel_index(brightness.argmax(), brightness.shape)
    assert (row // 10, column // 10) == (1, 3)
    assert brightness[35, 5] == pytest.approx(120 * heat.DIM, abs=1)
    assert brightness.max() > 100


def test_full_heat_shows_the_picture_itself() -> None:
    """But for the glow: what is bright stays brighter than what is dark."""
    colours = picture((24, 24), seed=3)
    shown = heat.lit(colours, np.ones(9))
    expected = colours * (1 - heat.WARM) + heat.WARM * heat.GLOW
    np.testing.assert_allclose(shown, expected, atol=1)


def test_a_box_is_around_its_place() -> None:
    """And leaves what is inside as it was."""
    colours = picture((80, 80), seed=1)
    made = heat.boxed(colours, 6, n_places=16, colour="#27c4cf")
    np.testing.assert_array_equal(made[20:40, 40:60], colours[20:40, 40:60])
    assert (made[18:20, 40:60] == (0x27, 0xC4, 0xCF)).all()
    is_other = (made != colours).any(-1)
    assert not is_other[:17].any()
    assert not is_other[:, 63:].any()


def test_a_matrix_keeps_its_order() -> None:
    """Larger and smaller than its numbers; the first row is above."""
    rows = np.repeat(np.array([[0.0], [0.4], [0.9]]), 6, axis=1)
    large = heat.matrix(rows, width=60)
    assert large.shape == (30, 60, 3)
    np.testing.assert_array_equal(large[5, 5], heat.coloured(np.array(0.0)))
    np.testing.assert_array_equal(large[25, 55], heat.coloured(np.array(0.9)))
    assert heat.matrix(np.zeros((200, 100)), width=50).shape == (100, 50, 3)


def test_the_ramp_grows_darker() -> None:
    """From paper to ink, so that it can be read without colours."""
    shades = heat.coloured(np.linspace(0, 1, 30)) @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(shades) < 0).all()


def test_a_page_has_room_for_all_of_it() -> None:
    """Panels of a row stand side by side, rows below each other, each picture whole."""
    pictures = [picture((64, 64), seed=k) for k in range(3)]
    rows = [[Panel(pictures[0], "source", "A caption.", is_given=False), Panel(pictures[1], "b")]]
    rows.append([Panel(pictures[2], "c", "words " * 30)])
    made = page("Title", ["a note"], [Legend(heat.bar(), "look", "none", "all")], rows)
    corners = [_found(made, one) for one in pictures]
    assert corners[0][0] == corners[1][0] < corners[2][0]
    assert corners[0][1] == corners[2][1] < corners[1][1]
    assert made.shape[0] > corners[2][0] + 64
    with pytest.raises(ValueError, match="Expected panels"):
        page("Title", [], [], [[]])


def _found(made: np.ndarray, part: np.ndarray) -> tuple[int, int]:
    """Where a picture stands in another one."""
    height, width = part.shape[:2]
    starts = np.argwhere((made == part[0, 0]).all(-1))
    for row, column in starts.tolist():
        if np.array_equal(made[row : row + height, column : column + width], part):
            return row, column
    raise AssertionError("The picture is not there.")
