"""The identity of a set as it lies on the disk: whatever is read of it moves it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from storybench.errors import PredictionError
from storybench.images import encode_png
from storybench.predictions import PredictionSet
from storybench.predictions.fingerprint import fingerprint
from storybench.predictions.manifest import Run, make_manifest
from storybench.predictions.mapped import MappedPredictions
from storybench.predictions.pictures import CropPicture, FilePicture
from tests.factories import make_predictions, picture

STORIES = ("p-0001", "p-0002")


def test_the_same_files_have_the_same_fingerprint(tmp_path: Path) -> None:
    """However often it is asked for, and whenever they were written."""
    predictions = make_predictions(tmp_path / "preds", STORIES)
    first = fingerprint(predictions)
    os.utime(predictions.path("p-0001", 1))
    assert fingerprint(PredictionSet(tmp_path / "preds")) == first


CHANGES: dict[str, Callable[[Path], object]] = {
    "another picture": lambda preds: (preds / "p-0001/1.png").write_bytes(
        encode_png(picture((64, 64), seed=9))
    ),
    "the same picture in other bytes": lambda preds: (preds / "p-0001/1.png").write_bytes(
        (preds / "p-0001/1.png").read_bytes() + b"\0"
    ),
    "a picture gone": lambda preds: (preds / "p-0002/2.png").unlink(),
    "two pictures exchanged": lambda preds: _exchange(
        preds / "p-0001/1.png", preds / "p-0001/2.png"
    ),
    "a file more": lambda preds: (preds / "p-0001/notes.txt").write_text("hello"),
    "two files for a slot": lambda preds: (preds / "p-0001/1.jpg").write_bytes(b"\xff\xd8"),
    "no manifest": lambda preds: (preds / "predictions.json").unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_moves_it(tmp_path: Path, change: Callable[[Path], object]) -> None:
    """Of a byte, a name, or of which file stands where."""
    before = fingerprint(make_predictions(tmp_path / "preds", STORIES))
    change(tmp_path / "preds")
    assert fingerprint(PredictionSet(tmp_path / "preds")) != before


def test_how_files_are_read_is_part_of_it(tmp_path: Path) -> None:
    """Of one mosaic: which rectangle is which frame."""
    path = tmp_path / "row.png"
    path.write_bytes(encode_png(picture((64, 128), seed=0)))
    boxes = [(0, 0, 64, 64), (64, 0, 64, 64)]

    def mapped(order: list[int]) -> MappedPredictions:
        crops = [CropPicture(path, "row.png", (128, 64), boxes[at]) for at in order]
        pictures = {("a", k): crop for k, crop in enumerate(crops, start=1)}
        return MappedPredictions(tmp_path, layout="mosaic", pictures=pictures)

    assert fingerprint(mapped([0, 1])) == fingerprint(mapped([0, 1]))
    assert fingerprint(mapped([0, 1])) != fingerprint(mapped([1, 0]))


def test_what_made_the_pictures_is_part_of_it(tmp_path: Path) -> None:
    """The manifest counts where a mapping says anew which file is which, too."""
    path = tmp_path / "1.png"
    path.write_bytes(encode_png(picture((64, 64), seed=0)))

    def mapped(seed: int) -> MappedPredictions:
        run = Run(dataset="d", split="test", data_digest="0", n_targets=1, model={}, seed=seed)
        made = make_manifest(run, size=64, frames={"a": ("0" * 64,)})
        pictures = {("b", 1): FilePicture(path, "1.png")}
        return MappedPredictions(tmp_path, layout="mapping", pictures=pictures, made=made)

    assert fingerprint(mapped(0)) == fingerprint(mapped(0))
    assert fingerprint(mapped(0)) != fingerprint(mapped(1))


def test_a_file_that_goes_meanwhile_is_told(tmp_path: Path) -> None:
    """By its name."""
    pictures = {("a", 1): FilePicture(tmp_path / "gone.png", "gone.png")}
    with pytest.raises(PredictionError, match=r"gone\.png, found it gone"):
        fingerprint(MappedPredictions(tmp_path, layout="flat", pictures=pictures))


def test_no_picture_is_decoded(tmp_path: Path) -> None:
    """What is no picture has bytes all the same."""
    (tmp_path / "preds").mkdir()
    for story_id in STORIES:
        (tmp_path / "preds" / story_id).mkdir()
        (tmp_path / "preds" / story_id / "1.png").write_bytes(b"no picture at all")
    assert len(fingerprint(PredictionSet(tmp_path / "preds"))) == 64


def _exchange(one: Path, other: Path) -> None:
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
