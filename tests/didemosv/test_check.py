"""A look at a raw DiDeMo folder says what is there, what is not, and what is broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from storybench.errors import MissingError
from storybench.images import encode_jpeg
from storydata.didemosv import DATASET
from storydata.kit.guide import UNEXPLAINED
from tests.conftest import Toy
from tests.didemosv.releases import record, write_annotations, write_video


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Two videos of three descriptions, of which one is not there; and a file of nobody's."""
    videos = ("1@N00_7_a.mov", "1@N00_8_b.mov")
    records = [
        record(10 * n + k, video, f"description {k}", (k, k))
        for n, video in enumerate(videos)
        for k in range(3)
    ]
    write_annotations(tmp_path, "val", records)
    write_video(tmp_path / "videos" / f"{videos[0]}.mp4", 26.0)
    (tmp_path / "notes.txt").write_text("mine")
    return tmp_path


def test_what_is_missing_is_named(raw: Path) -> None:
    """Files by kind, counts against the real ones, the missing video, the cost."""
    found = DATASET.check(raw)
    assert found.why == "it has val_data.json of DiDeMo"
    assert found.files == {"*_data.json": 1, "*.mp4": 1, UNEXPLAINED: 1}
    assert [name.startswith("1@N00_8_b") for name in found.missing] == [True]
    assert not found.is_whole
    said = {one.what: one for one in found.findings}
    counts = said["descriptions and videos of val"]
    assert (counts.level, counts.found, counts.expected) == ("problem", "6 of 2", "4,180 of 1,065")
    assert (said["video_licenses.txt"].level, said["video_licenses.txt"].found) == (
        "note",
        "not there",
    )
    assert said["stories"].found == "1 of 2 have their files"
    assert 0 < found.bytes_needed < 10**7


def test_a_broken_video_shows_in_the_deep_check_only(raw: Path) -> None:
    """Nothing is opened unless asked."""
    (path,) = (raw / "videos").iterdir()
    path.write_bytes(path.read_bytes()[:900])
    assert DATASET.check(raw).damaged == ()
    seen: list[tuple[int, int, str]] = []
    found = DATASET.check(raw, deep=True, on_progress=lambda *at: seen.append(at))
    assert found.damaged == (f"videos/{path.name}",)
    assert seen == [(0, 1, "files")]
    (problem,) = [one for one in found.findings if one.what == f"the file videos/{path.name}"]
    assert problem.level == "problem"
    assert str(raw) not in problem.found


def test_a_twin_is_held_to_no_real_counts(toy: Toy) -> None:
    """What the toy world wrote is whole but for the video that it broke on purpose."""
    found = DATASET.check(toy.raw, deep=True)
    assert found.dataset == "didemosv-rebuilt-twin"
    assert found.missing == ()
    assert len(found.damaged) == 1
    assert UNEXPLAINED not in found.files
    problems = [one.what for one in found.findings if one.level == "problem"]
    assert problems == [f"the file {found.damaged[0]}"]


def test_the_release_is_told_apart(tmp_path: Path) -> None:
    """Lists with frames are the release; its colours are looked at."""
    folder = tmp_path / "didemo"
    folder.mkdir()
    picture = encode_jpeg(np.full((16, 16, 3), (40, 90, 200), np.uint8))
    for k in range(3):
        (folder / f"{k}.jpg").write_bytes(picture)
    pairs = ", ".join(f'["caption {k}", "didemo/{k}.jpg"]' for k in range(3))
    (folder / "val.json").write_text(f'[{{"desc_to_frame": [{pairs}]}}]')
    found = DATASET.check(tmp_path, deep=True)
    assert found.why == "it has val.json of the released DiDeMoSV"
    assert found.files == {"val.json": 1, "*.jpg": 3}
    assert found.is_whole
    assert "exchanged" in next(one.found for one in found.findings if one.what == "the colours")


def test_no_release_is_not_recognised(tmp_path: Path) -> None:
    """Neither an empty folder nor a file is DiDeMo."""
    assert DATASET.recognise(tmp_path) is None
    assert DATASET.recognise(tmp_path / "absent") is None
    with pytest.raises(MissingError, match="Expected DiDeMo annotations"):
        DATASET.check(tmp_path)


def test_every_name_that_the_loaders_read_is_explained() -> None:
    """The data dictionary has an entry for each file of the release and of the annotations."""
    names = (
        "didemo/train.json",
        "didemo/didemo_use_embeds.pkl",
        "didemo/img_cache2_val.npy",
        "didemo/following_cache2_test.npy",
        "data/test_data.json",
        "frame_rate_clean.p",
        "videos/1@N00_7_a.mov.mp4",
        "videos/1@N00_7_a.",
    )
    for name in names:
        assert any(entry.matches(name) for entry in DATASET.guide()), name
