"""Every layout, written as its producer writes it, is read story by story and frame by frame."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from storybench.errors import PredictionError, UnknownNameError
from storybench.predictions.convert import convert, lay_out
from storybench.predictions.layouts import LAYOUTS, recognise
from tests.predictions.layouts import world
from tests.predictions.layouts.world import IDS, SPLIT, WRITERS, Writer, check, save


@pytest.mark.parametrize(
    "writer", WRITERS, ids=lambda writer: f"{writer.id}-{writer.write.__name__}"
)
def test_each_layout_is_recognised_and_read(writer: Writer, tmp_path: Path) -> None:
    """A layout as upstream names it is told by id, complete, and every picture is the right one."""
    writer.write(tmp_path / "preds")
    found = recognise(tmp_path / "preds", SPLIT, writer.answers)
    assert found.layout.id == writer.id
    assert found.is_complete
    assert found.extra == ()
    assert found.sizes == {"64 x 64": len(IDS) * len(writer.frames)}
    assert found.n_targets_found == found.n_targets_expected == 48
    check(found, writer.frames)
    json.dumps(found.summary())


@pytest.mark.parametrize(
    "writer", WRITERS, ids=lambda writer: f"{writer.id}-{writer.write.__name__}"
)
def test_endings_in_capitals_are_the_same(writer: Writer, tmp_path: Path) -> None:
    """Every layout is recognised whether its files end in .png or .PNG."""
    writer.write(tmp_path / "preds")
    answers = {name: str(value).replace(".h5", ".H5") for name, value in writer.answers.items()}
    for path in [path for path in (tmp_path / "preds").rglob("*.*") if path.is_file()]:
        path.rename(path.with_suffix(path.suffix.upper()))
    found = recognise(tmp_path / "preds", SPLIT, answers)
    assert found.layout.id == writer.id
    assert found.is_complete
    check(found, writer.frames)


@pytest.mark.parametrize(
    "writer", WRITERS, ids=lambda writer: f"{writer.id}-{writer.write.__name__}"
)
def test_each_layout_converts_without_loss(writer: Writer, tmp_path: Path) -> None:
    """GOOD in any layout becomes GOOD in canonical names, with the digest of equal pictures."""
    writer.write(tmp_path / "preds")
    found = recognise(tmp_path / "preds", SPLIT, writer.answers)
    convert(found, tmp_path / "out", split=SPLIT)
    check(recognise(tmp_path / "out", SPLIT))
    (tmp_path / "out/predictions.json").unlink()
    world.canonical(tmp_path / "canonical")
    expected = recognise(tmp_path / "canonical", SPLIT).predictions().digest
    assert recognise(tmp_path / "out", SPLIT).predictions().digest == expected


def test_every_layout_of_the_table_has_its_description() -> None:
    """L1 to L26 are there, each with what it is known by, its traps, and where upstream writes."""
    assert {layout.id for layout in LAYOUTS} == {f"L{n}" for n in range(1, 27)} | {
        "canonical",
        "by-id",
    }
    for layout in LAYOUTS:
        assert layout.recognised
        assert layout.meaning
        assert layout.traps
        if layout.id.startswith("L"):
            assert all(":" in place for place in layout.upstream)
            assert layout.upstream


def test_an_unknown_folder_lists_what_was_seen_and_the_nearest_layout(tmp_path: Path) -> None:
    """Zero matched files is an error that shows the names and the pattern that comes nearest."""
    for n in range(30):
        save(tmp_path / f"image-{n}-{n % 3}.png", world.picture(n, 0))
    with pytest.raises(PredictionError) as error:
        recognise(tmp_path, SPLIT)
    assert "30 x image-#-#.png" in str(error.value)
    assert "nearest is L8" in str(error.value)


def test_an_empty_folder_is_told_so(tmp_path: Path) -> None:
    """An empty folder is no set without pictures."""
    with pytest.raises(PredictionError, match="found an empty folder"):
        recognise(tmp_path, SPLIT)
    with pytest.raises(PredictionError, match="found none"):
        recognise(tmp_path / "nowhere", SPLIT)


def test_a_tree_that_waits_for_pictures_is_told_so(tmp_path: Path) -> None:
    """What `preds init` writes is no unknown layout."""
    lay_out(tmp_path / "mine", SPLIT)
    with pytest.raises(PredictionError, match=f"found none yet in its folders of {len(SPLIT.ids)}"):
        recognise(tmp_path / "mine", SPLIT)


def test_a_layout_can_be_named(tmp_path: Path) -> None:
    """--layout looks for one layout alone; a wrong name lists close ones."""
    world.gan_pictures(tmp_path)
    check(recognise(tmp_path, SPLIT, {"layout": "gan-pictures"}), range(5))
    with pytest.raises(PredictionError, match=re.escape("in the layout L5, found in")):
        recognise(tmp_path, SPLIT, {"layout": "L5"})
    with pytest.raises(UnknownNameError, match="Did you mean gan-pictures"):
        recognise(tmp_path, SPLIT, {"layout": "gan-picture"})


def test_one_folder_too_many_does_no_harm(tmp_path: Path) -> None:
    """GOOD one level deeper than expected is found there."""
    for writer in WRITERS:
        if writer.id not in ("canonical", "L1"):
            writer.write(tmp_path / writer.write.__name__ / "deeper")
            found = recognise(tmp_path / writer.write.__name__, SPLIT, writer.answers)
            assert found.is_complete, writer.id
    world.canonical(tmp_path / "deep/preds")
    check(recognise(tmp_path / "deep", SPLIT))


def test_what_is_missing_and_extra_is_counted(tmp_path: Path) -> None:
    """A partial run says which targets are missing, files of nothing are listed, none is scored."""
    world.gan_pictures(tmp_path)
    for f in range(5):
        (tmp_path / f"img-{world.FILE_ORDER[2]}-{f}.png").unlink()
    (tmp_path / f"img-{world.FILE_ORDER[5]}-3.png").unlink()
    save(tmp_path / "cover.png", world.picture(0, 0))
    found = recognise(tmp_path, SPLIT)
    assert not found.is_complete
    assert found.missing == (*((IDS[2], k) for k in range(1, 5)), (IDS[5], 3))
    assert found.extra == ("cover.png",)
    assert found.n_stories == 11
    with pytest.raises(PredictionError, match="A set with gaps is not converted"):
        convert(found, tmp_path / "out", split=SPLIT)


def test_files_among_a_storys_pictures_are_told(tmp_path: Path) -> None:
    """A grid beside the folders belongs to nothing; one inside is what eval refuses."""
    world.canonical(tmp_path)
    save(tmp_path / "grid.png", world.picture(0, 0))
    (tmp_path / IDS[0] / "Thumbs.db").write_bytes(b"")
    assert recognise(tmp_path, SPLIT).notes == ()
    save(tmp_path / IDS[0] / "grid.png", world.picture(0, 0))
    (note,) = recognise(tmp_path, SPLIT).notes
    assert f"1 file beside one each of 1.png … 4.png ({IDS[0]}/grid.png)" in note
    assert "`storybench eval` refuses" in note
    (tmp_path / IDS[0] / "grid.png").rename(tmp_path / IDS[0] / "1.PNG")
    assert recognise(tmp_path, SPLIT).notes[0].startswith("The stories' folders hold 1 file beside")


def test_a_manifest_is_not_passed_over(tmp_path: Path) -> None:
    """One folder up, or by another layout, the same set does not lose its predictions.json."""
    world.gan_pictures(tmp_path / "gan")
    convert(recognise(tmp_path / "gan", SPLIT), tmp_path / "deep/preds", split=SPLIT)
    with pytest.raises(PredictionError, match=f"Name {tmp_path}/deep/preds"):
        recognise(tmp_path / "deep", SPLIT).require()
    with pytest.raises(PredictionError, match="Leave out --layout"):
        recognise(tmp_path / "deep/preds", SPLIT, {"layout": "by-id"}).require()


def test_pictures_that_do_not_decode_are_counted(tmp_path: Path) -> None:
    """A damaged picture is told at recognition and an error when it is read."""
    world.gan_pictures(tmp_path)
    (tmp_path / "img-0-1.png").write_bytes(b"nothing")
    found = recognise(tmp_path, SPLIT)
    assert found.sizes == {"64 x 64": 59, "unreadable": 1}
    with pytest.raises(PredictionError, match=r"img-0-1\.png"):
        found.predictions().image(IDS[1], 1)


def test_import_of_layouts_does_not_import_torch() -> None:
    """The reader of .pt files is our own: no torch, no h5py before an HDF5 file is there."""
    import subprocess
    import sys

    code = "import sys, storybench.predictions.layouts, storybench.predictions.convert; "
    code += "assert not {'torch', 'h5py'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
