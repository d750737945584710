"""The folder of an evaluation is whole or recognisably not, and comes back as it was written."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from storybench.errors import InputError, MissingError, VerificationError
from storybench.report import folder
from tests.report.evaluations import FRAME_ACC, World, make_evaluation, make_world


def test_an_evaluation_comes_back_as_it_was(world: World):
    """Report, stories, values and replicates are read back equal, NaN for NaN."""
    accuracy = np.linspace(0, 1, len(world.stories))
    accuracy[3] = np.nan
    given = make_evaluation(world.stories, accuracy=np.nan_to_num(accuracy))
    given.per_story[FRAME_ACC][3] = np.nan  # type: ignore[index]
    out = world.write("mine", given)
    found = folder.read(out)
    assert found.report == given.report
    assert found.stories == given.stories
    assert found.clusters == given.clusters
    assert found.per_story.keys() == given.per_story.keys()
    assert found.replicates.keys() == given.replicates.keys()
    for metric, values in given.per_story.items():
        np.testing.assert_array_equal(found.per_story[metric], values)
    for metric, values in given.replicates.items():
        np.testing.assert_array_equal(found.replicates[metric], values)


def test_every_file_is_there_and_the_manifest_last(world: World):
    """The folder has the files that are promised, and nothing else."""
    out = world.write("mine", make_evaluation(world.stories))
    assert sorted(path.name for path in out.iterdir()) == sorted(folder.FILES)
    times = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert max(times, key=lambda name: times[name]) == folder.MANIFEST


def test_the_same_evaluation_gives_the_same_bytes(world: World):
    """Written twice, the second over the first, every file is the same."""
    given = make_evaluation(world.stories)
    first = {path.name: path.read_bytes() for path in world.write("mine", given).iterdir()}
    again = {path.name: path.read_bytes() for path in world.write("mine", given).iterdir()}
    assert first == again


def test_predictions_and_data_are_found_after_a_move(world: World, tmp_path):
    """Places are relative: a whole tree can be moved."""
    out = world.write("mine", make_evaluation(world.stories))
    found = folder.places(out / "report.json")
    assert found.predictions == world.folder / "mine"
    assert found.data == world.stories.directory
    shutil.copytree(world.folder, tmp_path / "elsewhere")
    moved = folder.places(tmp_path / "elsewhere" / "mine.report")
    assert moved.predictions == tmp_path / "elsewhere" / "mine"


def test_an_edited_report_is_noticed(world: World):
    """A number changed by hand is not read back."""
    out = world.write("mine", make_evaluation(world.stories))
    path = out / "report.json"
    path.write_text(path.read_text().replace('"value": 20.0', '"value": 19.0'))
    with pytest.raises(VerificationError, match=r"report\.json that was written with the rest"):
        folder.read(out)


def test_a_folder_that_was_not_finished_is_none(world: World):
    """Without its manifest, which is written last, it is no evaluation."""
    out = world.write("mine", make_evaluation(world.stories))
    (out / folder.MANIFEST).unlink()
    with pytest.raises(MissingError, match=r"storybench eval"):
        folder.read(out)


def test_files_of_two_evaluations_are_not_one(world: World, tmp_path):
    """Each file may be sound and the folder is not."""
    out = world.write("mine", make_evaluation(world.stories))
    other = make_world(tmp_path / "other")
    short = make_evaluation(other.stories[:6])
    swapped = other.write("mine", short)
    for name in ("report.json", "manifest.json"):
        shutil.copy(out / name, swapped / name)
    with pytest.raises(VerificationError, match=r"stories\.parquet"):
        folder.read(swapped)


def test_nothing_of_somebody_else_is_overwritten(world: World):
    """A folder that holds other things is left alone."""
    with pytest.raises(InputError, match=r"found .* in it\. Choose another"):
        folder.write(
            make_evaluation(world.stories),
            world.predictions("mine").directory,
            predictions=world.predictions("mine"),
            stories=world.stories,
        )


def test_stories_of_another_split_are_refused(world: World, tmp_path):
    """An evaluation is written with the stories that it scored."""
    other = make_world(tmp_path / "other")
    with pytest.raises(InputError, match=r"of others"):
        folder.write(
            make_evaluation(world.stories),
            tmp_path / "out",
            predictions=world.predictions("mine"),
            stories=other.stories[:4],
        )
