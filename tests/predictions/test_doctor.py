"""The doctor: a good set passes with nothing to say, every kind of bad one is told apart."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from storybench.errors import PredictionError, VerificationError
from storybench.images import encode_jpeg, encode_png
from storybench.predictions import Diagnosis, examine
from storybench.predictions.problem import Fault
from tests.factories import make_predictions, noise_frames

STORIES = tuple(f"p-{number:04d}" for number in range(1, 15))


@pytest.fixture
def preds(tmp_path: Path) -> Path:
    """A good set: 14 stories, 2 frames each, 64 pixels."""
    return make_predictions(tmp_path / "preds", STORIES).directory


def look(preds: Path, **changes: object) -> Diagnosis:
    """Examine a set as the one it should be."""
    facts: dict = {"story_ids": STORIES, "n_targets": 2, "data_digest": "d" * 64, **changes}
    return examine(preds, **facts)


def kinds(diagnosis: Diagnosis) -> list[str]:
    """Kinds of all problems, in the order they were found."""
    return [problem.kind for problem in diagnosis.problems]


def test_a_good_set_has_no_problems(preds: Path) -> None:
    """Complete, square, decodable, of this data: nothing to say."""
    diagnosis = look(preds)
    assert diagnosis.problems == ()
    assert (diagnosis.n_stories, diagnosis.n_frames) == (14, 28)
    assert dict(diagnosis.containers) == {"png": 28}
    diagnosis.require()


def test_progress_is_told_story_by_story(preds: Path) -> None:
    """The last call says that all of them are done."""
    calls: list[tuple[int, int, str]] = []
    look(preds, on_progress=lambda *call: calls.append(call))
    assert calls[-1] == (14, 14, "stories")
    assert len(calls) == 14


def no_story(preds: Path) -> None:
    shutil.rmtree(preds / "p-0003")


def no_frame(preds: Path) -> None:
    (preds / "p-0003" / "2.png").unlink()


def source_frame(preds: Path) -> None:
    shutil.copy(preds / "p-0003" / "1.png", preds / "p-0003" / "0.png")


def third_frame(preds: Path) -> None:
    shutil.copy(preds / "p-0003" / "1.png", preds / "p-0003" / "3.png")


def padded_name(preds: Path) -> None:
    (preds / "p-0003" / "1.png").rename(preds / "p-0003" / "01.png")


def folder_for_a_frame(preds: Path) -> None:
    (preds / "p-0003" / "grids").mkdir()


def two_containers(preds: Path) -> None:
    (preds / "p-0003" / "1.jpg").write_bytes(encode_jpeg(noise_frames("p-0003")[0]))


def same_name_in_capitals(preds: Path) -> None:
    shutil.copy(preds / "p-0003" / "1.png", preds / "p-0003" / "1.PNG")


def unknown_story(preds: Path) -> None:
    (preds / "p-0003").rename(preds / "p-003")


def text(preds: Path) -> None:
    (preds / "p-0003" / "1.png").write_text("no picture", "utf-8")


def empty(preds: Path) -> None:
    (preds / "p-0003" / "1.png").write_bytes(b"")


def half(preds: Path) -> None:
    data = (preds / "p-0003" / "1.png").read_bytes()
    (preds / "p-0003" / "1.png").write_bytes(data[: len(data) // 2])


def wide(preds: Path) -> None:
    (preds / "p-0003" / "1.png").write_bytes(encode_png(np.zeros((64, 96, 3), np.uint8)))


def small(preds: Path) -> None:
    (preds / "p-0003" / "1.png").write_bytes(encode_png(np.zeros((63, 63, 3), np.uint8)))


def large(preds: Path) -> None:
    (preds / "p-0003" / "1.png").write_bytes(encode_png(np.zeros((80, 80, 3), np.uint8)))


def jpeg_inside(preds: Path) -> None:
    (preds / "p-0003" / "1.png").write_bytes(encode_jpeg(noise_frames("p-0003")[0]))


@pytest.mark.parametrize(
    ("spoil", "expected", "message"),
    [
        (no_story, ["missing story"], r"Story p-0003 is missing"),
        (no_frame, ["missing frame"], r"Picture p-0003/2\.png is missing"),
        (source_frame, ["extra file"], r"p-0003/0\.png .* frame 0 is the source"),
        (third_frame, ["extra file"], r"p-0003/3\.png is none of 1\.png … 2\.png"),
        (padded_name, ["extra file", "missing frame"], r"p-0003/01\.png is none of"),
        (folder_for_a_frame, ["extra file"], r"p-0003/grids is none of"),
        (two_containers, ["double frame"], r"1 of story p-0003 is there as 1\.jpg and 1\.png"),
        (unknown_story, ["unknown story", "missing story"], r"Story p-003 .*Did you mean p-00"),
        (same_name_in_capitals, ["double frame"], r"there as 1\.PNG and 1\.png; keep one"),
        (text, ["undecodable"], r"PNG, JPEG or WebP picture in p-0003/1\.png, found other bytes"),
        (empty, ["undecodable"], r"in p-0003/1\.png, found other bytes"),
        (half, ["undecodable"], r"whole picture in p-0003/1\.png"),
        (wide, ["wrong size"], r"square picture of at least 64 .*p-0003/1\.png, found 96 x 64"),
        (small, ["wrong size"], r"square picture of at least 64 .*p-0003/1\.png, found 63 x 63"),
        (large, ["wrong size"], r"Expected 64 x 64 pixels in p-0003/1\.png, found 80 x 80"),
    ],
)
def test_every_fault_is_named(
    preds: Path, spoil: Callable[[Path], None], expected: list[str], message: str
) -> None:
    """One thing is spoilt, that thing is reported, with its story, and the set is refused."""
    spoil(preds)
    diagnosis = look(preds)
    assert kinds(diagnosis) == expected
    with pytest.raises(PredictionError, match=message):
        diagnosis.require()


def test_a_changed_picture_is_a_failed_verification(preds: Path) -> None:
    """A whole picture of the right size that is another than the run's."""
    (preds / "p-0003" / "1.png").write_bytes(encode_png(noise_frames("other")[0]))
    diagnosis = look(preds)
    assert [(fault.kind, fault.story_id) for fault in diagnosis.faults] == [("changed", "p-0003")]
    with pytest.raises(VerificationError, match=r"p-0003/1\.png is not the one that"):
        diagnosis.require()


def test_a_story_added_by_hand_is_not_of_the_run(tmp_path: Path) -> None:
    """The manifest does not vouch for what it does not list."""
    preds = make_predictions(tmp_path / "preds", STORIES[1:]).directory
    shutil.copytree(preds / "p-0002", preds / "p-0001")
    assert [fault.kind for fault in look(preds).faults] == ["changed", "changed"]


def test_all_faults_come_in_one_message(preds: Path) -> None:
    """The first ten are shown, the others counted, each kind with its number."""
    for story_id in STORIES[:12]:
        shutil.rmtree(preds / story_id)
    (preds / "p-0013" / "1.png").unlink()
    with pytest.raises(PredictionError) as caught:
        look(preds).require()
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("Expected 28 pictures of 14 stories in")
    assert lines[0].endswith("found 12 x missing story, 1 x missing frame:")
    assert lines[1] == "  Story p-0001 is missing."
    assert lines[-1] == "  … and 3 more."
    assert len(lines) == 12


def test_faults_of_other_kinds_outweigh_a_changed_picture(preds: Path) -> None:
    """A set that is both incomplete and changed is invalid input first."""
    (preds / "p-0003" / "1.png").write_bytes(encode_png(noise_frames("other")[0]))
    no_story_but(preds, "p-0005")
    with pytest.raises(PredictionError, match="1 x missing story, 1 x changed"):
        look(preds).require()


def no_story_but(preds: Path, story_id: str) -> None:
    """Remove one story."""
    shutil.rmtree(preds / story_id)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data_digest": "e" * 64}, r"predictions for the data eeeeeeeeeeee…, found a run on ddd"),
        ({"n_targets": 4}, "Expected 4 target frames per story, found a run with 2"),
    ],
)
def test_predictions_of_other_data_are_refused(
    preds: Path, changes: dict[str, object], message: str
) -> None:
    """Right names are not enough: the run must have been made from this build."""
    diagnosis = look(preds, **changes)
    assert diagnosis.faults[0].kind == "other run"
    assert message.replace(r"\.", ".") in diagnosis.faults[0].message
    with pytest.raises(PredictionError, match=message):
        diagnosis.require()


def test_without_a_digest_any_data_will_do(preds: Path) -> None:
    """The comparison is made only where there is something to compare with."""
    assert look(preds, data_digest=None).problems == ()


def test_a_folder_one_level_deeper_is_pointed_at(preds: Path) -> None:
    """Nothing matches: the message lists what is there and where it may be."""
    diagnosis = look(preds.parent)
    assert kinds(diagnosis) == ["model unknown", "nothing found"]
    message = diagnosis.faults[0].message
    assert "(p-0001, p-0002, p-0003, … (14 in all)); there is preds" in message
    assert message.endswith(f"Did you mean {preds}?")


def test_an_empty_folder_is_one_fault(tmp_path: Path) -> None:
    """Not one for each missing story."""
    assert look(tmp_path).faults[0].message.endswith("there is nothing.")
    assert len(look(tmp_path).faults) == 1


def test_without_a_manifest_the_model_is_unknown(preds: Path) -> None:
    """That is a note: the set can still be scored."""
    (preds / "predictions.json").unlink()
    diagnosis = look(preds)
    assert [note.kind for note in diagnosis.notes] == ["model unknown"]
    diagnosis.require()


def test_jpeg_pictures_are_noted(preds: Path) -> None:
    """They are scored, with the container in the record, also under the name of a PNG."""
    (preds / "predictions.json").unlink()
    jpeg_inside(preds)
    diagnosis = look(preds)
    assert kinds(diagnosis) == ["model unknown", "lossy pictures"]
    assert dict(diagnosis.containers) == {"jpeg": 1, "png": 27}
    assert "1 of 28 pictures are JPEG" in diagnosis.notes[1].message
    diagnosis.require()


def test_frames_of_several_sizes_in_one_story_are_refused(preds: Path) -> None:
    """Without a manifest too."""
    (preds / "predictions.json").unlink()
    large(preds)
    assert [fault.kind for fault in look(preds).faults] == ["wrong size"]
    with pytest.raises(PredictionError, match="story p-0003 are of several sizes: 64, 80"):
        look(preds).require()


def test_stories_of_several_sizes_are_noted(preds: Path) -> None:
    """A size may follow the source from story to story."""
    (preds / "predictions.json").unlink()
    for k, frame in enumerate(noise_frames("p-0003", side=80), start=1):
        (preds / "p-0003" / f"{k}.png").write_bytes(encode_png(frame))
    diagnosis = look(preds)
    assert diagnosis.notes[-1].message.endswith("26 of 64 pixels, 2 of 80 pixels.")
    diagnosis.require()


def test_repeated_pictures_are_noted(preds: Path) -> None:
    """A model that copies is not refused, but it shows."""
    (preds / "predictions.json").unlink()
    shutil.copy(preds / "p-0003" / "1.png", preds / "p-0003" / "2.png")
    shutil.copy(preds / "p-0003" / "1.png", preds / "p-0004" / "1.png")
    diagnosis = look(preds)
    assert diagnosis.notes[-1].message == "Only 26 of 28 pictures are distinct."
    diagnosis.require()


def test_hidden_files_and_notes_are_not_in_the_way(preds: Path) -> None:
    """What a file browser leaves behind, or a README, is nobody's prediction."""
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "Desktop.ini", "._1.png"):
        (preds / name).write_bytes(b"")
        (preds / "p-0003" / name).write_bytes(b"")
    (preds / "__MACOSX").mkdir()
    (preds / "README.md").write_text("ours", "utf-8")
    assert look(preds).problems == ()


def test_pictures_beside_the_stories_are_noted(preds: Path) -> None:
    """A grid or a folder of them at the top can be no story's picture: known, and not scored."""
    shutil.copy(preds / "p-0003" / "1.png", preds / "grid.PNG")
    (preds / "Grids").mkdir()
    shutil.copy(preds / "p-0003" / "1.png", preds / "Grids" / "1.png")
    (preds / "logs").mkdir()
    diagnosis = look(preds)
    assert kinds(diagnosis) == ["files beside the stories"]
    assert "there is Grids, grid.PNG: not scored" in diagnosis.notes[0].message
    diagnosis.require()


def test_endings_in_capitals_are_the_same(preds: Path) -> None:
    """A set of .PNG, or of both, is whole."""
    for path in sorted(preds.glob("*/1.png")):
        path.rename(path.with_suffix(".PNG"))
    assert look(preds).problems == ()


def test_a_fault_knows_its_story(preds: Path) -> None:
    """So that a table can be made of it."""
    no_frame(preds)
    fault = Fault("missing frame", "Picture p-0003/2.png is missing.", "p-0003", rule="A11")
    assert look(preds).faults == (fault,)
