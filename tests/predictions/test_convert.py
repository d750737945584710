"""Conversion: lossless, resumable, never of a set with gaps, never into the folder it reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from storybench.errors import PredictionError
from storybench.images import decode, encode_jpeg
from storybench.predictions import convert as module
from storybench.predictions import examine
from storybench.predictions.convert import convert, lay_out
from storybench.predictions.layouts import recognise
from tests.predictions.layouts import world
from tests.predictions.layouts.world import IDS, SPLIT, check, picture, save


@pytest.fixture
def found(tmp_path: Path):
    """VLC's pictures, recognised."""
    world.gan_pictures(tmp_path / "gan")
    return recognise(tmp_path / "gan", SPLIT)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_stopped_conversion_goes_on(found, tmp_path: Path, monkeypatch) -> None:
    """After a stop the same command reads the rest only, and ends with the same bytes."""
    convert(found, tmp_path / "whole", split=SPLIT)
    seen: list[int] = []

    def stop(done: int, _total: int, _what: str) -> None:
        seen.append(done)
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(found, tmp_path / "parts", split=SPLIT, on_progress=stop)
    assert not (tmp_path / "parts/predictions.json").exists()
    read: list[str] = []
    reading = module._story

    def noted(source, story_id, *args):
        read.append(story_id)
        return reading(source, story_id, *args)

    monkeypatch.setattr(module, "_story", noted)
    convert(found, tmp_path / "parts", split=SPLIT)
    assert read == list(IDS[5:])
    assert tree(tmp_path / "parts") == tree(tmp_path / "whole")
    check(recognise(tmp_path / "parts", SPLIT))


def test_the_source_place_is_left_out(found, tmp_path: Path) -> None:
    """Frame 0 is given: the canonical layout has targets only."""
    written = convert(found, tmp_path / "out", split=SPLIT)
    assert written.frames(IDS[0]) == (1, 2, 3, 4)
    assert written.manifest is not None
    assert written.manifest.model == {"name": "unknown", "converted_from": "gan-pictures"}


def test_a_canonical_set_converts_with_its_model(found, tmp_path: Path) -> None:
    """What predictions.json says of model and seed is carried over."""
    convert(found, tmp_path / "a", split=SPLIT, model={"name": "vlc"}, seed=7)
    written = convert(recognise(tmp_path / "a", SPLIT), tmp_path / "b", split=SPLIT)
    assert written.manifest is not None
    assert written.manifest.seed == 7
    assert written.model == {"name": "vlc", "converted_from": "canonical"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data_digest": "e" * 64}, "for the data eee.*found a run on ddd"),
        ({"name": "val"}, "for the split val of toy, found a run on test"),
    ],
)
@pytest.mark.parametrize("is_mapped", [False, True])
def test_predictions_of_other_data_are_not_made_ours(
    found, tmp_path: Path, changes: dict, message: str, is_mapped: bool
) -> None:
    """What eval refuses does not come out of a conversion with another digest."""
    convert(found, tmp_path / "a", split=SPLIT)
    other = replace(SPLIT, **changes)
    told = recognise(tmp_path / "a", other, mapping(tmp_path) if is_mapped else None)
    with pytest.raises(PredictionError, match=message):
        convert(told, tmp_path / "b", split=other)
    assert not (tmp_path / "b").exists()


def mapping(folder: Path) -> dict[str, str]:
    """The answer that says in a CSV what the canonical names say."""
    lines = [f"{story}/{k}.png,{story},{k}" for story in IDS for k in range(1, 5)]
    (folder / "order.csv").write_text("\n".join(["file,story,frame", *lines]), "utf-8")
    return {"mapping": str(folder / "order.csv")}


@pytest.fixture
def jpegs(tmp_path: Path) -> Path:
    """A set in which one picture is a JPEG, named as a PNG."""
    world.canonical(tmp_path / "jpegs")
    world.save_jpeg(tmp_path / "jpegs" / IDS[2] / "3.png", picture(2, 3))
    return tmp_path / "jpegs"


def noted(folder: Path) -> list[str]:
    """What the doctor notes, and how many pictures it counts as JPEG."""
    told = examine(folder, story_ids=IDS, n_targets=4, data_digest=SPLIT.data_digest)
    told.require()
    return [*(note.kind for note in told.notes), str(told.containers.get("jpeg"))]


def test_a_jpeg_stays_known_as_one(jpegs: Path, tmp_path: Path) -> None:
    """However often it is converted, and however often that is stopped."""
    written = convert(recognise(jpegs, SPLIT), tmp_path / "a", split=SPLIT)
    assert written.manifest is not None
    assert written.manifest.containers == {IDS[2]: ("png", "png", "jpeg", "png")}
    assert noted(tmp_path / "a") == ["lossy pictures", "1"]
    convert(recognise(tmp_path / "a", SPLIT), tmp_path / "b", split=SPLIT)
    convert(recognise(tmp_path / "a", SPLIT, mapping(tmp_path)), tmp_path / "c", split=SPLIT)
    assert noted(tmp_path / "b") == noted(tmp_path / "c") == ["lossy pictures", "1"]

    def stop(done: int, _total: int, _what: str) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(recognise(jpegs, SPLIT), tmp_path / "d", split=SPLIT, on_progress=stop)
    convert(recognise(jpegs, SPLIT), tmp_path / "d", split=SPLIT)
    assert tree(tmp_path / "d") == tree(tmp_path / "a")


def test_what_was_lossy_stays_so_under_a_mapping(jpegs: Path, tmp_path: Path) -> None:
    """Names that are told anew wash nothing clean, whether converted or scored where they lie."""
    convert(recognise(jpegs, SPLIT), tmp_path / "a", split=SPLIT)
    mapped = recognise(tmp_path / "a", SPLIT, mapping(tmp_path)).predictions()
    assert mapped.lossy(IDS[2], 3) == "jpeg"
    assert mapped.lossy(IDS[2], 2) is None
    told = examine(mapped, story_ids=IDS, n_targets=4, data_digest=SPLIT.data_digest)
    assert dict(told.containers) == {"png": 47, "jpeg": 1}


def in_mosaics(folder: Path, suffix: str) -> dict[str, str]:
    """Two mosaics of StoryDALL-E's as JPEG; no answer is needed."""
    world.storydalle_mosaics(folder, batch=6)
    for path in sorted(folder.iterdir()):
        world.save_jpeg(path.with_suffix(suffix), decode(path.read_bytes(), path.name))
        if suffix != ".png":
            path.unlink()
    return {}


def in_rows(folder: Path, _: str) -> dict[str, str]:
    """JPEG in the rows of AR-LDM's HDF5 file."""
    world.arldm_hdf5(folder, is_bgr=False, encode=encode_jpeg)
    return {"channel-order": "rgb"}


@pytest.mark.parametrize(
    ("write", "suffix"), [(in_mosaics, ".png"), (in_mosaics, ".jpg"), (in_rows, ".h5")]
)
def test_jpegs_that_lie_in_a_file_with_others_are_known(write, suffix: str, tmp_path: Path) -> None:
    """By their bytes: in a mosaic of any name, and in the rows of a table."""
    answers = write(tmp_path / "jpegs", suffix)
    found = recognise(tmp_path / "jpegs", SPLIT, answers)
    told = examine(found.predictions(), story_ids=IDS, n_targets=4)
    assert [note.kind for note in told.notes] == ["model unknown", "lossy pictures"]
    assert dict(told.containers) == {"jpeg": 48}
    convert(found, tmp_path / "out", split=SPLIT)
    assert noted(tmp_path / "out") == ["lossy pictures", "48"]


def test_lossless_pictures_leave_no_trace(found, tmp_path: Path) -> None:
    """The manifest of a set that was never lossy is what it always was."""
    convert(found, tmp_path / "out", split=SPLIT)
    assert "containers" not in (tmp_path / "out/predictions.json").read_text("utf-8")
    assert noted(tmp_path / "out") == ["None"]


@pytest.mark.parametrize("out", ["gan", "gan/inside"])
def test_a_folder_is_not_converted_into_itself(out: str, found, tmp_path: Path) -> None:
    """The pictures that are read are never written over."""
    with pytest.raises(PredictionError, match="a folder outside"):
        convert(found, tmp_path / out, split=SPLIT)


def test_frames_of_several_sizes_are_refused(found, tmp_path: Path) -> None:
    """A story whose frames differ in size is named with its sizes."""
    save(tmp_path / f"gan/img-{world.FILE_ORDER[2]}-3.png", picture(2, 3, side=72))
    with pytest.raises(PredictionError, match=f"story {IDS[2]}, found 64 x 64.*72 x 72"):
        convert(recognise(tmp_path / "gan", SPLIT), tmp_path / "out", split=SPLIT)


def test_a_file_where_the_tree_should_stand(tmp_path: Path) -> None:
    """Init never writes over anything."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(PredictionError, match="a new or empty folder"):
        lay_out(tmp_path / "file", SPLIT)
    lay_out(tmp_path / "new", SPLIT)
    assert len(list((tmp_path / "new").iterdir())) == len(IDS) + 1


def test_stories_as_arrays(found) -> None:
    """A reader gives a story's targets as one array, and says what is not there."""
    reader = found.predictions()
    assert reader.load(IDS[4]).frames.shape == (4, 64, 64, 3)
    assert np.array_equal(reader.load(IDS[4]).frames[2], picture(4, 3))
    assert reader.manifest is None
    assert reader.recorded(IDS[4], 1) is None
    assert reader.picture(IDS[4], 1).encoded() == reader.path(IDS[4], 1).read_bytes()
    with pytest.raises(PredictionError, match="Expected frame 9 of story"):
        reader.image(IDS[4], 9)
    with pytest.raises(PredictionError, match="found none"):
        reader.load("nobody")
