"""What cannot be scored is recognised all the same, and answered with what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from storybench.errors import PredictionError
from storybench.predictions.layouts import recognise
from tests.predictions.layouts import world
from tests.predictions.layouts.world import SPLIT, picture, save


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return folder


@pytest.mark.parametrize(
    ("id_", "names", "advice"),
    [
        ("L2", ["sdalle_story_pororo.pt"], r"Score the sdalle_story_…_batch_\{k\}\.pt"),
        ("L11", ["fake_samples_epoch_120_3.png", "test_samples_4.png"], "evaluation script"),
        ("L24", ["model/task/oops/raw/fn1.npz"], "google/storybench"),
        ("L26", ["generated_videos/X/a cat runs.mp4"], "benchmark that they were made for"),
        ("L26", ["gen_outputs/X_output/12.jsonl"], "OpenING"),
    ],
)
def test_what_cannot_be_scored_is_refused_with_advice(
    id_: str, names: list[str], advice: str, tmp_path: Path
) -> None:
    """Merged tensors, training mosaics, videos and documents are named, and never read."""
    found = recognise(touch(tmp_path, *names), SPLIT)
    assert found.layout.id == id_
    assert not found.can_be_scored
    with pytest.raises(PredictionError, match=advice):
        found.require()


def test_the_training_file_of_arldm_is_no_prediction(tmp_path: Path) -> None:
    """L6: strips of several frames are the real clips."""
    world.arldm_hdf5(tmp_path, strip=5)
    found = recognise(tmp_path, SPLIT)
    assert found.layout.id == "L6"
    with pytest.raises(PredictionError, match=r"strips of 5 frames .64 x 320 pixels"):
        found.require()


def test_colours_of_hdf5_files_are_asked_for(tmp_path: Path) -> None:
    """A17: whether red and blue are exchanged stands nowhere in AR-LDM's file."""
    world.arldm_hdf5(tmp_path, is_bgr=False)
    found = recognise(tmp_path, SPLIT)
    assert [question.option for question in found.questions] == ["channel-order"]
    world.check(recognise(tmp_path, SPLIT, {"channel-order": "rgb"}), range(5))


def test_links_inside_hdf5_files_are_not_followed(tmp_path: Path) -> None:
    """A file from outside cannot make us read another one."""
    import h5py

    world.arldm_hdf5(tmp_path / "elsewhere")
    with h5py.File(tmp_path / "toy.h5", "w") as file:
        for k in range(5):
            file[f"test/image{k}"] = h5py.ExternalLink("elsewhere/toy.h5", f"/test/image{k}")
    with pytest.raises(PredictionError, match="found a link"):
        recognise(tmp_path, SPLIT, {"run": "toy.h5", "channel-order": "rgb"})


def test_a_stopped_run_is_refused(tmp_path: Path) -> None:
    """An unfinished run of ours says how to go on."""
    world.canonical(tmp_path)
    (tmp_path / ".unfinished.json").write_text("{}")
    with pytest.raises(PredictionError, match="continues where it was"):
        recognise(tmp_path, SPLIT).require()


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    """A link out of the folder brings nothing in."""
    world.gan_pictures(tmp_path / "real")
    folder = tmp_path / "preds"
    save(folder / "cover.png", picture(0, 0))
    (folder / "link").symlink_to(tmp_path / "real")
    with pytest.raises(PredictionError, match=r"1 x cover\.png"):
        recognise(folder, SPLIT)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a/1.bmp", "a/2.bmp"], r"2 \.bmp files \(a/1\.bmp, a/2\.bmp\), .*Save them as PNG"),
        (["preds.tar.gz"], r"1 \.gz file \(preds\.tar\.gz\), .*Unpack"),
        (["preds.pt"], r"1 \.pt file .*sdalle_story_.*\(L1\) or images\.npy.*\(L9\)"),
        (["preds.parquet"], rf"1 \.parquet file .*{SPLIT.ids[0]}/1\.png"),
        (["sb-v1/report.json", "sb-v1/stories.parquet"], "Name the folder that was scored"),
    ],
)
def test_what_is_not_read_is_told_as_such(names: list[str], message: str, tmp_path: Path) -> None:
    """Formats, archives and arrays of somebody's own are no unknown names."""
    with pytest.raises(PredictionError, match=message):
        recognise(touch(tmp_path, *names), SPLIT)


def test_links_to_stories_are_no_empty_folder(tmp_path: Path) -> None:
    """Links that are not followed are counted, with the way to have them read."""
    world.canonical(tmp_path / "real")
    (tmp_path / "preds").mkdir()
    for story_id in SPLIT.ids:
        (tmp_path / "preds" / story_id).symlink_to(tmp_path / "real" / story_id)
    with pytest.raises(PredictionError, match=r"12 links to folders .*not followed.*cp -rL"):
        recognise(tmp_path / "preds", SPLIT)


def test_a_bomb_in_an_array_is_never_read(tmp_path: Path) -> None:
    """A header that promises more than the file holds is an error before any memory is taken."""
    np.save(tmp_path / "images.npy", np.zeros((2, 3, 5, 8, 8), np.uint8))
    data = (tmp_path / "images.npy").read_bytes()
    (tmp_path / "images.npy").write_bytes(data.replace(b"(2, 3, 5, 8, 8)", b"(2, 3, 5, 8, 99999)"))
    with pytest.raises(PredictionError, match=r"images\.npy"):
        recognise(tmp_path, SPLIT)
