"""Arrays as layouts: axes and ranges are those of the numbers, and doubt becomes a question."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from storybench.errors import PredictionError
from storybench.predictions.layouts import recognise
from tests.predictions.layouts import world
from tests.predictions.layouts.world import ALL, IDS, PLAIN, N, check, stack


def write(folder: Path, array: np.ndarray) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "images.npy", array)
    return folder


@pytest.mark.parametrize("dtype", ["f4", "f8", "u1"])
def test_channels_before_frames_and_after(dtype: str, tmp_path: Path) -> None:
    """A19: the axis of three is that of the channels, wherever it is; bytes are bytes."""
    frames_first = stack(range(N), ALL)
    if dtype != "u1":
        frames_first = frames_first.astype(dtype) / 127.5 - 1
    check(recognise(write(tmp_path / "a", frames_first.transpose(0, 2, 1, 3, 4)), PLAIN), ALL)
    found = recognise(write(tmp_path / "b", frames_first), PLAIN)
    assert any("unlike upstream" in sentence for sentence in found.why)
    check(found, ALL)


def test_a_range_that_is_not_the_writers_is_asked_about(tmp_path: Path) -> None:
    """A18: no number below 0 where -1..1 is usual, or some where 0..1 is, is never rescaled."""
    pixels = stack(range(N), ALL).transpose(0, 2, 1, 3, 4).astype(np.float32)
    positive = write(tmp_path / "positive", pixels / 255)
    found = recognise(positive, PLAIN)
    assert [question.option for question in found.questions] == ["range"]
    check(recognise(positive, PLAIN, {"range": "0..1"}), ALL)
    shades = write(tmp_path / "shades", pixels)
    assert [one.option for one in recognise(shades, PLAIN).questions] == ["range"]
    check(recognise(shades, PLAIN, {"range": "0..255"}), ALL)


def test_signed_numbers_in_storydalle_tensors_are_asked_about(tmp_path: Path) -> None:
    """A18: a tensor of L1 that was not brought to 0..1 is asked about."""
    import torch

    pixels = torch.from_numpy(stack(range(N), range(1, 5))).float() / 127.5 - 1
    torch.save(pixels, tmp_path / "sdalle_story_test_batch_0.pt")
    found = recognise(tmp_path, PLAIN)
    assert [question.option for question in found.questions] == ["range"]
    check(recognise(tmp_path, PLAIN, {"range": "-1..1"}))


def test_a_wrong_answer_about_the_range_is_an_error_when_read(tmp_path: Path) -> None:
    """Numbers beyond what was said are an error, not clipped."""
    world.gan_arrays(tmp_path, order=range(N))
    reader = recognise(tmp_path, PLAIN, {"range": "0..1"}).predictions()
    with pytest.raises(PredictionError, match=r"from 0 to 1 in images\.npy\[0, 1\], found -"):
        reader.image(IDS[0], 1)


def test_numbers_that_are_none_are_an_error(tmp_path: Path) -> None:
    """A33: one NaN in a slice that is not looked at first is told when it is read."""
    pixels = stack(range(N), ALL).transpose(0, 2, 1, 3, 4).astype(np.float32) / 127.5 - 1
    pixels[3, 0, 2, 5, 5] = np.nan
    found = recognise(write(tmp_path, pixels), PLAIN)
    with pytest.raises(PredictionError, match="NaN"):
        found.predictions().image(IDS[3], 2)
    assert found.predictions().image(IDS[3], 1).shape == (64, 64, 3)


@pytest.mark.parametrize("shape", [(12, 5, 64, 64), (12, 5, 4, 8, 8), (0, 3, 5, 8, 8)])
def test_shapes_that_are_no_stories_are_refused(shape: tuple[int, ...], tmp_path: Path) -> None:
    """Fewer axes, no axis of channels, or nothing at all is an error that shows the shape."""
    with pytest.raises(PredictionError, match=r"images\.npy"):
        recognise(write(tmp_path, np.zeros(shape, np.float32)), PLAIN)


def test_more_frames_than_a_story_has_are_refused(tmp_path: Path) -> None:
    """An array of nine frames a story is of another story length."""
    array = np.zeros((N, 3, 9, 64, 64), np.uint8)
    with pytest.raises(PredictionError, match="at most 5 frames a story"):
        recognise(write(tmp_path, array), PLAIN).require()
