"""Arrays on disk: the story asked for is read, whole and exact, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybench.errors import PredictionError
from storybench.predictions import arrays
from storybench.predictions.arrays import ArrayPicture, npy_block, spread, to_image


def saved(path: Path, array: np.ndarray) -> Path:
    np.save(path, array)
    return path


@pytest.mark.parametrize("dtype", ["u1", "f2", "f4", "f8", ">f4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_each_story_is_as_numpy_has_it(dtype: str, order, tmp_path: Path) -> None:
    """Any real type, in C or Fortran order: element i is array[i]."""
    array = np.random.default_rng(0).integers(0, 200, (5, 2, 3, 4, 6)).astype(dtype, order=order)
    block = npy_block(saved(tmp_path / "a.npy", array), "a.npy")
    for story in range(5):
        assert np.array_equal(block.element(story), array[story])


@pytest.mark.parametrize("dtype", ["i8", "c8", "?", "U3"])
def test_other_types_are_refused(dtype: str, tmp_path: Path) -> None:
    """Whole numbers of other widths, text and complex numbers are no pictures."""
    path = saved(tmp_path / "a.npy", np.zeros((2, 3, 2, 4, 4)).astype(dtype))
    with pytest.raises(PredictionError, match="uint8 or float"):
        npy_block(path, "a.npy")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """What is kept of a file goes when the file changes."""
    path = saved(tmp_path / "a.npy", np.zeros((2, 3, 2, 4, 4), np.uint8))
    assert npy_block(path, "a.npy").element(1).max() == 0
    saved(path, np.full((2, 3, 2, 4, 5), 7, np.uint8))
    assert npy_block(path, "a.npy").element(1).min() == 7


def test_a_file_that_is_gone_or_cut_is_told(tmp_path: Path) -> None:
    """Between recognition and reading a file may go: that is an error by name."""
    path = saved(tmp_path / "a.npy", np.zeros((2, 3, 2, 4, 4), np.uint8))
    block = npy_block(path, "a.npy")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(PredictionError, match=r"a\.npy, found it cut short"):
        block.element(1)
    path.unlink()
    with pytest.raises(PredictionError, match=r"a\.npy, found none"):
        ArrayPicture(block, 0, 0, "tchw", "0..255").read()


def test_a_story_beyond_the_bound_is_refused(tmp_path: Path, monkeypatch) -> None:
    """Memory is bounded by story, with the way to lay the array out better."""
    monkeypatch.setattr(arrays, "MAX_ELEMENT_BYTES", 100)
    block = npy_block(saved(tmp_path / "a.npy", np.zeros((2, 3, 2, 4, 5), np.uint8)), "a.npy")
    with pytest.raises(PredictionError, match="Save it in C order"):
        block.element(0)


@given(st.integers(0, 255))
def test_shades_survive_both_ranges(shade: int) -> None:
    """An 8-bit shade written as a fraction of either range comes back."""
    for values, written in (("0..1", shade / 255), ("-1..1", shade / 127.5 - 1), ("0..255", shade)):
        pixels = np.full((1, 1, 3), written, np.float32)
        assert to_image(pixels, values, "a").tolist() == [[[shade] * 3]]  # type: ignore[arg-type]


def test_spread_looks_at_first_and_last(tmp_path: Path) -> None:
    """The range of an array is looked for at both its ends and in the middle."""
    array = np.zeros((9, 3, 2, 4, 4), np.float32)
    array[0, 0, 0, 0, 0], array[8, 0, 0, 0, 0] = -1, 3
    assert spread(npy_block(saved(tmp_path / "a.npy", array), "a.npy")) == (-1, 3)
    array[4, 1, 1, 1, 1] = np.inf
    with pytest.raises(PredictionError, match="NaN"):
        spread(npy_block(saved(tmp_path / "b.npy", array), "b.npy"))
