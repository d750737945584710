from __future__ import annotations

import numpy as np
import pytest

from storybench import sheet as room
from storybench.errors import InputError
from storybench.gallery.choosing import Wanted
from storybench.gallery.sheet import write_sheet
from storybench.images import decode
from storybench.shards.reader import Stories
from tests.factories import make_predictions, make_shards


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


def test_what_was_drawn_stands_below_what_was_real(tmp_path):
    """The source and the pictures of each set, a row each; real rows stay as they are without."""
    build = make_shards(tmp_path / "build", stories={"train": 2, "test": 3})
    stories = Stories(build, "test")
    beside = {name: make_predictions(tmp_path / name, stories.ids) for name in ("one", "two")}
    wanted = Wanted(split="test")
    assert write_sheet(build, tmp_path / "a.png", wanted=wanted, n_stories=1, beside=beside) == 1
    write_sheet(build, tmp_path / "b.png", wanted=wanted, n_stories=1)
    both, real = (decode((tmp_path / f"{name}.png").read_bytes(), name) for name in "ab")
    assert np.array_equal(both[: len(real) - room.MARGIN], real[: -room.MARGIN])
    pictures = (stories[0].source.image, *beside["one"].load(stories.ids[0]).frames)
    row = room.contact_sheet([room.Strip("one", pictures, ("",) * 3)])[room.MARGIN : -room.MARGIN]
    top = len(real) - room.MARGIN + room.ROW_GAP
    assert np.array_equal(both[top : top + len(row)], row)


def test_sets_take_room(tmp_path):
    """A picture has its limits, however its rows are shared out."""
    build = make_shards(tmp_path / "build", stories={"test": 51}, size=(8, 8))
    stories = Stories(build, "test")
    beside = {"one": make_predictions(tmp_path / "one", stories.ids)}
    with pytest.raises(InputError, match="1 to 50 stories on a contact sheet, found 51"):
        write_sheet(build, tmp_path / "a.png", n_stories=51, beside=beside)
