from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from storybench import sheet as room
from storybench.sheet import Strip, contact_sheet, wrapped
from tests.factories import picture

FONT = ImageFont.load_default(15)


def strip(n=3, *, size=(60, 60), caption="Somebody runs."):
    """A row of pictures."""
    return Strip("row", tuple(picture(size, seed=k) for k in range(n)), (caption,) * n)


def test_pictures_stand_where_they_should():
    """Side by side at the top of their row, scaled to the side, the source with its frame."""
    images = tuple(np.full((50, 50, 3), of, np.uint8) for of in (40, 120, 200))
    page = contact_sheet([Strip("row", images, ("a", "b", "c"))], side=100)
    y = room.MARGIN + room.SMALL_LINE + 4
    for k, of in enumerate((40, 120, 200)):
        x = room.MARGIN + k * (100 + room.GAP)
        assert (page[y + 50, x + 10 : x + 90] == of).all()
    assert tuple(page[y, room.MARGIN]) == (0x0F, 0x5C, 0x63)
    assert (page[y, room.MARGIN + 100 + room.GAP] == 120).all()


def test_the_sheet_grows_by_rows():
    """Twice the rows, twice the height less one margin's difference."""
    one, two = (contact_sheet([strip()] * n).shape for n in (1, 2))
    assert one[1] == two[1]
    assert two[0] == 2 * one[0] - 2 * room.MARGIN + room.ROW_GAP


def test_rows_of_other_lengths_and_shapes_fit():
    """Wide pictures, high pictures, fewer frames: the sheet is as wide as its longest row."""
    page = contact_sheet([strip(2, size=(40, 90)), strip(5, size=(90, 40))])
    assert page.shape[1] == 2 * room.MARGIN + 5 * room.SIDE + 4 * room.GAP


@given(
    st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=300),
    st.integers(40, 200),
    st.integers(1, 5),
)
def test_no_line_is_too_long(text, width, lines):
    """At most so many lines, none wider, nothing lost but behind an ellipsis."""
    made = wrapped(text, FONT, width=width, lines=lines)
    assert 1 <= len(made) <= lines
    assert all(FONT.getlength(line) <= width for line in made)
    if not made[-1].endswith("…"):
        assert "".join(made).replace(" ", "") == "".join(text.split())


@pytest.mark.parametrize("strips", [[], [Strip("x", (picture((8, 8), seed=1),), ())]])
def test_rows_must_be_whole(strips):
    """Our own mistake, so a ValueError."""
    with pytest.raises(ValueError, match="one caption for each"):
        contact_sheet(strips)
