"""The canonical store: what is written is read back, stopped runs continue, others are refused."""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from storybench.errors import InputError, NoSpaceError, PredictionError, VerificationError
from storybench.images import encode_jpeg, encode_png, pixel_sha256
from storybench.predictions import MappedPredictions, PredictionSet, store
from storybench.predictions.pictures import FilePicture
from storybench.types import Prediction
from tests.factories import make_predictions, noise_frames, open_run

STORIES = ("p-0001", "p-0002", "p-0003")


def tree(directory: Path) -> dict[str, bytes]:
    """Every file with its bytes, hidden ones too."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """A story's frames come back pixel by pixel."""
    predictions = make_predictions(tmp_path / "preds", STORIES)
    assert predictions.story_ids == STORIES
    assert len(predictions) == 3
    np.testing.assert_array_equal(predictions.load("p-0002").frames, noise_frames("p-0002"))
    np.testing.assert_array_equal(predictions.image("p-0002", 2), noise_frames("p-0002")[1])


def test_the_layout_is_the_documented_one(tmp_path: Path) -> None:
    """The folder holds <story id>/<k>.png for k = 1…T and predictions.json, nothing else."""
    make_predictions(tmp_path / "preds", STORIES[:2])
    expected = ["p-0001/1.png", "p-0001/2.png", "p-0002/1.png", "p-0002/2.png", "predictions.json"]
    assert list(tree(tmp_path / "preds")) == expected


def test_the_manifest_says_what_the_run_was(tmp_path: Path) -> None:
    """Dataset, split, data digest, model, seed, size and the pixel hash of every frame."""
    manifest = make_predictions(tmp_path / "preds", STORIES, seed=7).manifest
    assert manifest is not None
    assert (manifest.dataset, manifest.split, manifest.seed) == ("toy", "test", 7)
    assert (manifest.n_targets, manifest.size, manifest.n_candidates) == (2, 64, 1)
    assert (manifest.data_digest, manifest.schema_version) == ("d" * 64, 1)
    assert manifest.model == {"name": "noise", "version": 1}
    expected = tuple(pixel_sha256(frame) for frame in noise_frames("p-0003"))
    assert manifest.frames["p-0003"] == expected


def test_the_digest_is_of_the_run_and_its_pixels(tmp_path: Path) -> None:
    """The same run has the same digest wherever it lies; another seed or picture has another."""
    first = make_predictions(tmp_path / "a", STORIES)
    assert make_predictions(tmp_path / "b", reversed(STORIES)).digest == first.digest
    assert make_predictions(tmp_path / "c", STORIES, seed=1).digest != first.digest
    assert make_predictions(tmp_path / "d", STORIES, side=72).digest != first.digest


def test_pictures_of_several_sizes_have_no_size_in_the_manifest(tmp_path: Path) -> None:
    """Sides may follow the sources: `size` is None then."""
    writer = open_run(tmp_path / "preds")
    writer.add(Prediction("p-0001", noise_frames("p-0001", side=64)))
    writer.add(Prediction("p-0002", noise_frames("p-0002", side=96)))
    manifest = writer.finish().manifest
    assert manifest is not None
    assert manifest.size is None


KILLED = """
import os, signal, stat, sys
from pathlib import Path
from factories import make_predictions
calls, fsync = [], os.fsync
def kill(descriptor):
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        calls.append(descriptor)
    if len(calls) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    fsync(descriptor)
os.fsync = kill
make_predictions(Path(sys.argv[1]), sys.argv[3:])
"""


@pytest.mark.parametrize("nth_file", [1, 2, 5, 8])
def test_a_killed_run_continues_to_the_same_bytes(tmp_path: Path, nth_file: int) -> None:
    """SIGKILL at any of the 8 files leaves whole stories only; the next run adds the others."""
    make_predictions(tmp_path / "whole", STORIES)
    directory = tmp_path / "killed"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(directory), str(nth_file), *STORIES],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert done.returncode == -signal.SIGKILL
    assert not (directory / "predictions.json").exists()
    writer = open_run(directory)
    kept = [story_id for story_id in STORIES if writer.has(story_id)]
    assert len(kept) == {1: 0, 2: 0, 5: 1, 8: 3}[nth_file]
    for story_id in STORIES:
        if story_id not in kept:
            writer.add(Prediction(story_id, noise_frames(story_id)))
    writer.finish()
    assert tree(directory) == tree(tmp_path / "whole")


def test_kept_stories_are_not_written_again(tmp_path: Path) -> None:
    """What stood before the stop keeps its files."""
    writer = open_run(tmp_path / "preds")
    writer.add(Prediction("p-0001", noise_frames("p-0001")))
    before = writer.directory / "p-0001" / "1.png"
    stamp = before.stat().st_mtime_ns
    writer.close()
    again = open_run(tmp_path / "preds")
    again.add(Prediction("p-0002", noise_frames("p-0002")))
    assert again.finish().story_ids == ("p-0001", "p-0002")
    assert before.stat().st_mtime_ns == stamp


def test_an_unfinished_run_is_not_read(tmp_path: Path) -> None:
    """A stopped run is no set of predictions; the message says how to go on."""
    open_run(tmp_path / "preds").add(Prediction("p-0001", noise_frames("p-0001")))
    with pytest.raises(PredictionError, match=r"stopped.*Run the same"):
        PredictionSet(tmp_path / "preds")


def test_a_finished_run_can_grow(tmp_path: Path) -> None:
    """More stories may be added to a finished run; until it is finished it has no manifest."""
    make_predictions(tmp_path / "preds", STORIES[:1])
    writer = open_run(tmp_path / "preds")
    writer.add(Prediction("p-0002", noise_frames("p-0002")))
    assert not (tmp_path / "preds" / "predictions.json").exists()
    writer.add(Prediction("p-0003", noise_frames("p-0003")))
    digest = writer.finish().digest
    assert digest == make_predictions(tmp_path / "whole", STORIES).digest


def test_growing_a_run_does_not_whitewash_a_changed_picture(tmp_path: Path) -> None:
    """The hashes of a finished run stay those of its pictures, not of what lies there later."""
    make_predictions(tmp_path / "preds", STORIES[:1])
    other = encode_png(noise_frames("other")[0])
    (tmp_path / "preds" / "p-0001" / "1.png").write_bytes(other)
    writer = open_run(tmp_path / "preds")
    writer.add(Prediction("p-0002", noise_frames("p-0002")))
    with pytest.raises(VerificationError, match="changed after the run"):
        writer.finish().image("p-0001", 1)


def test_finishing_twice_changes_nothing(tmp_path: Path) -> None:
    """A run that is complete can be finished again."""
    make_predictions(tmp_path / "preds", STORIES)
    before = tree(tmp_path / "preds")
    open_run(tmp_path / "preds").finish()
    open_run(tmp_path / "preds").finish()
    assert tree(tmp_path / "preds") == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1}, r"seed 1 \(the folder has 0\)"),
        ({"model": {"name": "other"}}, r"model \{'name': 'other'\}"),
        ({"data_digest": "e" * 64}, "data_digest 'eee"),
        ({"split": "val"}, r"split 'val' \(the folder has 'test'\)"),
        ({"n_candidates": 4}, r"n_candidates 4 \(the folder has 1\)"),
    ],
)
@pytest.mark.parametrize("is_finished", [True, False])
def test_another_run_in_the_folder_is_refused(
    tmp_path: Path, changes: dict[str, Any], message: str, is_finished: bool
) -> None:
    """Predictions of another model, seed or dataset are never mixed; the difference is named."""
    writer = open_run(tmp_path / "preds")
    writer.add(Prediction("p-0001", noise_frames("p-0001")))
    if is_finished:
        writer.finish()
    writer.close()
    before = tree(tmp_path / "preds")
    with pytest.raises(PredictionError, match=message):
        open_run(tmp_path / "preds", **changes)
    assert tree(tmp_path / "preds") == before


def test_a_folder_of_other_files_is_refused(tmp_path: Path) -> None:
    """A folder that is in use for something else stays as it is."""
    (tmp_path / "thesis.tex").write_text("precious", "utf-8")
    with pytest.raises(PredictionError, match=r"found other files\. Choose another"):
        open_run(tmp_path)
    assert list(tree(tmp_path)) == ["thesis.tex"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """Predictions need a folder."""
    (tmp_path / "preds").write_text("", "utf-8")
    with pytest.raises(PredictionError, match="Expected a folder at"):
        open_run(tmp_path / "preds")


def test_nothing_is_written_before_the_first_story(tmp_path: Path) -> None:
    """A run that fails before its first story leaves no trace."""
    open_run(tmp_path / "preds")
    assert not (tmp_path / "preds").exists()


def test_a_run_without_a_story_is_not_finished(tmp_path: Path) -> None:
    """An empty set is no result."""
    with pytest.raises(PredictionError, match="at least one story"):
        open_run(tmp_path / "preds").finish()


@pytest.mark.parametrize(
    ("frames", "found"),
    [
        (np.zeros((2, 64, 96, 3), np.uint8), "96 x 64 pixels, which are not square"),
        (np.zeros((2, 63, 63, 3), np.uint8), "frames of 63 x 63 pixels"),
        (np.zeros((3, 64, 64, 3), np.uint8), r"shape \(3, 64, 64, 3\)"),
        (np.zeros((2, 64, 64), np.uint8), r"shape \(2, 64, 64\)"),
        (np.zeros((2, 64, 64, 4), np.uint8), r"shape \(2, 64, 64, 4\)"),
        (np.zeros((2, 64, 64, 3), np.float32), "dtype float32"),
        ([[0]], "found list"),
    ],
)
def test_wrong_frames_are_refused_when_written(tmp_path: Path, frames: Any, found: str) -> None:
    """Shape, type and size are checked story by story, before anything is on the disk."""
    with pytest.raises(PredictionError, match=f"Story p-0001: expected 2 square.*{found}"):
        open_run(tmp_path / "preds").add(Prediction("p-0001", frames))
    assert not (tmp_path / "preds").exists()


def test_a_story_is_written_once(tmp_path: Path) -> None:
    """A second prediction of one story is a mistake of the caller."""
    writer = open_run(tmp_path / "preds")
    writer.add(Prediction("p-0001", noise_frames("p-0001")))
    with pytest.raises(PredictionError, match="found a second prediction of p-0001"):
        writer.add(Prediction("p-0001", noise_frames("p-0001")))


@pytest.mark.parametrize("story_id", ["../escape", "a/b", ".hidden", "", "P-1"])
def test_ids_that_are_no_folder_names_are_refused(tmp_path: Path, story_id: str) -> None:
    """No id can lead out of the folder."""
    with pytest.raises(PredictionError, match="Expected a story id"):
        open_run(tmp_path / "preds").add(Prediction(story_id, noise_frames("x")))
    with pytest.raises(PredictionError, match="Expected a story id"):
        make_predictions(tmp_path / "other", STORIES).image(story_id, 1)


def test_a_model_description_must_be_json(tmp_path: Path) -> None:
    """What a model says of itself is written down, so it must be writable."""
    with pytest.raises(InputError, match=r"found Object of type PosixPath"):
        open_run(tmp_path / "preds", model={"weights": Path("x.pt")})
    open_run(tmp_path / "preds", model={"size": (8, 8)})


def test_a_second_run_at_the_same_time_is_refused(tmp_path: Path) -> None:
    """Neither another process nor this one can disturb a run; what it wrote by then is whole."""
    with open_run(tmp_path / "preds") as writer:
        writer.add(Prediction("p-0001", noise_frames("p-0001")))
        (tmp_path / "preds" / ".p-0002.partial").mkdir()  # a story being written
        before = tree(tmp_path / "preds")
        second = subprocess.run(
            [sys.executable, "-c", SECOND, str(tmp_path / "preds")],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
            capture_output=True,
            text=True,
        )
        assert "InputError: Expected no other run in" in second.stderr
        assert "found one at work there. Wait for it to end" in second.stderr
        with pytest.raises(InputError, match="Expected no other run"):
            open_run(tmp_path / "preds")
        assert tree(tmp_path / "preds") == before
        assert (tmp_path / "preds" / ".p-0002.partial").is_dir()
    open_run(tmp_path / "preds").finish()


SECOND = """
import sys
from pathlib import Path
from factories import make_predictions
make_predictions(Path(sys.argv[1]), ["p-0001", "p-0002"])
"""


@pytest.mark.parametrize("error", [KeyboardInterrupt, PredictionError])
def test_a_run_that_ends_by_an_error_lets_go_of_the_folder(
    tmp_path: Path, error: type[BaseException]
) -> None:
    """The lock and the file that stood for it are gone, and the next run goes on."""
    with pytest.raises(error), open_run(tmp_path / "preds") as writer:
        writer.add(Prediction("p-0001", noise_frames("p-0001")))
        raise error
    assert ".lock" not in tree(tmp_path / "preds")
    with open_run(tmp_path / "preds") as again:
        assert again.finish().story_ids == ("p-0001",)
        assert ".lock" not in tree(tmp_path / "preds")


def test_a_refused_run_lets_go_of_the_folder_too(tmp_path: Path) -> None:
    """A folder of another run is as it was, and free."""
    make_predictions(tmp_path / "preds", STORIES[:1])
    before = tree(tmp_path / "preds")
    with pytest.raises(PredictionError, match="found another") as caught:
        open_run(tmp_path / "preds", seed=1)
    assert tree(tmp_path / "preds") == before, caught
    open_run(tmp_path / "preds").close()


def test_a_story_appears_only_with_all_its_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If what was written is swept away by another program, no half of a story takes its place."""
    write = store.write_atomic

    def sweep(path: Path, data: bytes) -> None:
        if path.name == "2.png":
            shutil.rmtree(path.parent)
        write(path, data)

    with open_run(tmp_path / "preds") as writer:
        monkeypatch.setattr(store, "write_atomic", sweep)
        with pytest.raises(PredictionError, match=r"Expected 1\.png in .* found it gone"):
            writer.add(Prediction("p-0001", noise_frames("p-0001")))
    assert list(tree(tmp_path / "preds")) == [".unfinished.json"]


def test_a_full_disk_keeps_the_stories_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No space ends with a clear error; half a story is swept away, whole ones stay."""
    writer = open_run(tmp_path / "preds")
    writer.add(Prediction("p-0001", noise_frames("p-0001")))

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(NoSpaceError, match="found it full"):
        patch.setattr(os, "fsync", full)
        writer.add(Prediction("p-0002", noise_frames("p-0002")))
    writer.close()
    assert list(tree(tmp_path / "preds")) == [".unfinished.json", "p-0001/1.png", "p-0001/2.png"]


def test_a_story_that_lost_a_frame_counts_as_not_written(tmp_path: Path) -> None:
    """Only whole stories count, so generating again repairs the set."""
    make_predictions(tmp_path / "preds", STORIES)
    before = tree(tmp_path / "preds")
    (tmp_path / "preds" / "p-0002" / "2.png").unlink()
    writer = open_run(tmp_path / "preds")
    assert [writer.has(story_id) for story_id in STORIES] == [True, False, True]
    writer.add(Prediction("p-0002", noise_frames("p-0002")))
    writer.finish()
    assert tree(tmp_path / "preds") == before


def test_a_broken_picture_from_before_the_stop_is_not_certified(tmp_path: Path) -> None:
    """Finishing reads the kept pictures, and says which one to make again."""
    open_run(tmp_path / "preds").add(Prediction("p-0001", noise_frames("p-0001")))
    (tmp_path / "preds" / "p-0001" / "1.png").write_bytes(b"half")
    with pytest.raises(
        PredictionError, match=r"p-0001/1\.png, found other bytes.*same command again"
    ):
        open_run(tmp_path / "preds").finish()


def test_a_folder_without_a_manifest_is_read(tmp_path: Path) -> None:
    """Pictures under canonical names are enough; the model is unknown and the digest is theirs."""
    made = make_predictions(tmp_path / "preds", STORIES)
    (tmp_path / "preds" / "predictions.json").unlink()
    found = PredictionSet(tmp_path / "preds")
    assert found.manifest is None
    assert found.model == {"name": "unknown"}
    assert found.load("p-0001").frames.shape == (2, 64, 64, 3)
    shutil.copytree(tmp_path / "preds", tmp_path / "copy")
    assert PredictionSet(tmp_path / "copy").digest == found.digest != made.digest
    (tmp_path / "copy" / "p-0001" / "1.png").write_bytes(encode_png(noise_frames("x")[0]))
    assert PredictionSet(tmp_path / "copy").digest != found.digest


@pytest.mark.parametrize("story_id", ["p-0009", "p-0002"])
def test_a_story_without_pictures_does_not_load(tmp_path: Path, story_id: str) -> None:
    """A missing folder and an empty one give the same sentence, with or without a manifest."""
    make_predictions(tmp_path / "preds", STORIES)
    for picture in (tmp_path / "preds" / "p-0002").iterdir():
        picture.unlink()
    with pytest.raises(PredictionError, match=f"Expected one picture {story_id}/1.png"):
        PredictionSet(tmp_path / "preds").load(story_id)
    (tmp_path / "preds" / "predictions.json").unlink()
    with pytest.raises(PredictionError, match=f"Expected one picture {story_id}/1.png"):
        PredictionSet(tmp_path / "preds").load(story_id)


def test_a_picture_may_be_in_another_container(tmp_path: Path) -> None:
    """A .jpg under the right number is found."""
    make_predictions(tmp_path / "preds", STORIES[:1])
    (tmp_path / "preds" / "predictions.json").unlink()
    png = tmp_path / "preds" / "p-0001" / "1.png"
    png.with_suffix(".jpg").write_bytes(encode_jpeg(noise_frames("p-0001")[0]))
    png.unlink()
    found = PredictionSet(tmp_path / "preds")
    assert found.path("p-0001", 1).name == "1.jpg"
    assert found.image("p-0001", 1).shape == (64, 64, 3)


@pytest.mark.parametrize("layout", ["canonical", "mapped"])
def test_a_bad_picture_is_mended_and_nothing_goes(tmp_path: Path, layout: str) -> None:
    """A picture that does not decode is the author's own: it is mended, nothing goes."""
    (tmp_path / "p-0001").mkdir()
    path = tmp_path / "p-0001" / "1.png"
    path.write_bytes(sixteen_bits())
    mapped = MappedPredictions(
        tmp_path, layout="x", pictures={("p-0001", 1): FilePicture(path, path.name)}
    )
    found = PredictionSet(tmp_path) if layout == "canonical" else mapped
    with pytest.raises(PredictionError, match=r"found 16.*8-bit RGB.*Mend that one") as caught:
        found.image("p-0001", 1)
    assert not re.search("remove|delete", str(caught.value), re.IGNORECASE)


def sixteen_bits() -> bytes:
    """A grey PNG of 16 bits."""
    buffer = io.BytesIO()
    PIL.Image.fromarray(np.zeros((64, 64), np.uint16)).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    """Asking for a frame that is not there says which."""
    predictions = make_predictions(tmp_path / "preds", STORIES[:1])
    with pytest.raises(PredictionError, match=r"Expected one picture p-0001/3\.png.*found none"):
        predictions.path("p-0001", 3)


def test_two_pictures_of_one_number_are_refused(tmp_path: Path) -> None:
    """1.png and 1.jpg side by side are not chosen between."""
    predictions = make_predictions(tmp_path / "preds", STORIES[:1])
    folder = tmp_path / "preds" / "p-0001"
    (folder / "1.jpg").write_bytes(encode_jpeg(noise_frames("p-0001")[0]))
    with pytest.raises(PredictionError, match=r"found 1\.jpg and 1\.png"):
        predictions.image("p-0001", 1)


def test_a_picture_changed_after_the_run_is_refused(tmp_path: Path) -> None:
    """One pixel is enough; the same pixels in other bytes are the same picture."""
    predictions = make_predictions(tmp_path / "preds", STORIES[:1])
    path = predictions.path("p-0001", 1)
    frame = noise_frames("p-0001")[0].copy()
    path.write_bytes(encode_png(frame) + b"trailing")
    predictions.image("p-0001", 1)
    frame[0, 0, 0] ^= 1
    path.write_bytes(encode_png(frame))
    with pytest.raises(VerificationError, match="other pixels: it was changed after the run"):
        predictions.image("p-0001", 1)


def test_frames_of_several_sizes_do_not_load(tmp_path: Path) -> None:
    """A story is one array, so its frames have one size."""
    make_predictions(tmp_path / "preds", STORIES[:1])
    (tmp_path / "preds" / "predictions.json").unlink()
    path = tmp_path / "preds" / "p-0001" / "1.png"
    path.write_bytes(encode_png(noise_frames("p-0001", side=80)[0]))
    with pytest.raises(PredictionError, match="one size in p-0001, found 80 x 80, 64 x 64"):
        PredictionSet(tmp_path / "preds").load("p-0001")


def test_no_folder_is_no_set(tmp_path: Path) -> None:
    """A wrong path is answered with the path."""
    with pytest.raises(PredictionError, match=r"folder of predictions at .*nowhere, found none"):
        PredictionSet(tmp_path / "nowhere")
