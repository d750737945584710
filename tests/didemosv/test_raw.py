"""The annotation files: every fault is one clear sentence of the right class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from storybench.errors import InputError, MissingError, RawDataError
from storydata.didemosv.raw import raw_files, read_annotations, read_splits
from tests.didemosv.releases import record, write_annotations

VIDEO = "39727414@N00_3622114091_452b89919c.3gp"


def broken(**changes: Any) -> dict[str, Any]:
    """A good record with some fields replaced."""
    return record(40961, VIDEO, "the baby is first shown.", (1, 1)) | changes


def test_a_record_reads_as_it_was_written(tmp_path: Path) -> None:
    """Every field arrives, unknown keys are ignored, and the stem ends at the last dot."""
    path = write_annotations(tmp_path, "val", [broken(mood="happy", times=[[1, 1], [0, 4]])])
    (annotation,) = read_annotations(path)
    assert annotation.annotation_id == 40961
    assert annotation.description == "the baby is first shown."
    assert annotation.times == ((1, 1), (0, 4))
    assert annotation.num_segments == 6
    assert annotation.stem == "39727414@N00_3622114091_452b89919c"


@pytest.mark.parametrize("name", ["a_1_b.", "a_1_b.mov", "a_1_b"])
def test_a_name_without_extension_has_a_stem(tmp_path: Path, name: str) -> None:
    """Names that end with a dot or have none group with the others of their video."""
    (annotation,) = read_annotations(write_annotations(tmp_path, "val", [broken(video=name)]))
    assert annotation.stem == "a_1_b"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"description": 7}, "'description' to be a string .* found 7"),
        ({"description": None}, "'description' to be a string .* found None"),
        ({"description": "\ud800"}, "'description' to be a string of Unicode .*ud800"),
        ({"annotation_id": float("nan")}, "'annotation_id' to be a whole number .* found nan"),
        ({"annotation_id": True}, "'annotation_id' to be a whole number .* found True"),
        ({"annotation_id": -1}, "'annotation_id' to be a whole number .* found -1"),
        ({"num_segments": 7}, "'num_segments' to be a whole number from 1 to 6 .* found 7"),
        ({"num_segments": "6"}, "'num_segments' to be a whole number from 1 to 6 .* found '6'"),
        ({"times": []}, r"'times' to be a list of .* found \[\]"),
        ({"times": [[2, 1]]}, r"0 <= start <= end < 6 .* found \[\[2, 1\]\]"),
        ({"times": [[0, 6]]}, r"0 <= start <= end < 6 .* found \[\[0, 6\]\]"),
        ({"times": [[-1, 0]]}, r"0 <= start <= end < 6 .* found \[\[-1, 0\]\]"),
        ({"times": [[0, 0.5]]}, r"0 <= start <= end < 6 .* found \[\[0, 0.5\]\]"),
        ({"times": [[0, float("nan")]]}, "0 <= start <= end < 6 .* nan"),
        ({"times": [[0, 1, 2]]}, "0 <= start <= end < 6"),
        ({"video": "clip.mov"}, "'video' to be a name like .* found 'clip.mov'"),
        ({"video": "../a_1_b.mov"}, "'video' to be a name like"),
    ],
)
def test_a_bad_field_is_named_with_its_record(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    """The sentence names the file, the record, its annotation_id, and what was found."""
    path = write_annotations(
        tmp_path, "val", [record(1, VIDEO, "a dog", (0, 0)), broken(**changes)]
    )
    with pytest.raises(RawDataError, match=message) as caught:
        read_annotations(path)
    known = changes.get("annotation_id", 40961)
    assert f"in record 2 of val_data.json (annotation_id {known!r})" in str(caught.value)
    assert str(caught.value).isascii()


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    """A record without a key says which and where."""
    bad = broken()
    del bad["times"]
    with pytest.raises(RawDataError, match=r"the key 'times' in record 1 of val_data.json .*40961"):
        read_annotations(write_annotations(tmp_path, "val", [bad]))


def test_what_is_not_a_record_is_refused(tmp_path: Path) -> None:
    """A list entry that is no object, and a file that is no list, are named."""
    with pytest.raises(RawDataError, match=r"an object in record 1 of val_data.json, found null"):
        read_annotations(write_annotations(tmp_path, "val", [None]))
    (tmp_path / "val_data.json").write_text('{"data": []}')
    with pytest.raises(RawDataError, match=r"a list of records in val_data.json, found an object"):
        read_annotations(tmp_path / "val_data.json")


def test_half_a_json_names_line_and_column(tmp_path: Path) -> None:
    """A download that broke off is an input error with the place where it broke."""
    path = write_annotations(tmp_path, "val", [broken(), broken(annotation_id=2)])
    path.write_text(path.read_text()[:300])
    with pytest.raises(InputError, match=r"val_data.json, found an error at line 1, column \d+"):
        read_splits(tmp_path)


def test_an_annotation_id_stands_once(tmp_path: Path) -> None:
    """Two records of one id are named with their places."""
    path = write_annotations(tmp_path, "val", [broken(), broken(annotation_id=2), broken()])
    with pytest.raises(RawDataError, match="found 40961 in records 1 and 3"):
        read_annotations(path)


def test_a_video_in_two_splits_is_refused(tmp_path: Path) -> None:
    """A leak from test to training is an error, under whatever extension."""
    write_annotations(tmp_path, "train", [broken()])
    other = VIDEO.replace(".3gp", ".mp4")
    write_annotations(tmp_path, "test", [broken(annotation_id=5, video=other)])
    with pytest.raises(
        RawDataError, match="found 39727414@N00_3622114091_452b89919c in train_data"
    ):
        read_splits(tmp_path)


def test_no_annotations_names_what_was_looked_for(tmp_path: Path) -> None:
    """An empty folder is a missing input (exit code 4), not a crash."""
    with pytest.raises(MissingError, match=r"train_data.json, val_data.json, test_data.json in"):
        read_splits(tmp_path)


def test_any_one_file_is_enough_also_in_a_clone(tmp_path: Path) -> None:
    """One split alone reads, from the raw folder or from `data/` of a cloned repository."""
    write_annotations(tmp_path / "data", "test", [broken()])
    assert list(read_splits(tmp_path)) == ["test"]
    assert [file.name for file in raw_files(tmp_path)] == ["data/test_data.json"]
