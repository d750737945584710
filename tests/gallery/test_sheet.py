from __future__ import annotations

import pytest

from storybench import sheet as room
from storybench.errors import InputError
from storybench.gallery.choosing import Wanted
from storybench.gallery.sheet import write_sheet
from storybench.images import decode
from tests.factories import make_shards


def test_a_build_becomes_a_picture(tmp_path):
    """As many stories as asked for, the same bytes each time."""
    build = make_shards(tmp_path / "build", stories={"train": 6, "test": 6})
    assert write_sheet(build, tmp_path / "a.png", wanted=Wanted(split="test"), n_stories=4) == 4
    write_sheet(build, tmp_path / "b.png", wanted=Wanted(split="test"), n_stories=4)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    page = decode((tmp_path / "a.png").read_bytes(), "a.png")
    assert page.shape[1] == 2 * room.MARGIN + 3 * room.SIDE + 2 * room.GAP


def test_too_many_rows_are_refused(tmp_path):
    """A picture has its limits."""
    build = make_shards(tmp_path / "build", stories={"test": 101}, size=(8, 8))
    with pytest.raises(InputError, match="1 to 100 stories on a contact sheet, found 101"):
        write_sheet(build, tmp_path / "a.png", n_stories=200)
