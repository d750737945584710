"""`storybench build-didemo` on broken raw data: how it ends, and what stands afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storybench.shards.verify import verify
from storydata.kit.drops import read_drops
from tests.cli.running import Done, storybench
from tests.didemosv.releases import record, write_annotations, write_video

VIDEOS = ("a@N0_1_aa.mp4", "b@N0_2_bb.mp4")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Two videos of one story each; the first is whole, the second is not there yet."""
    raw = tmp_path / "raw"
    records = [
        record(10 * n + k, video, f"thing {k}", (k, k))
        for n, video in enumerate(VIDEOS, start=1)
        for k in range(3)
    ]
    write_annotations(raw, "val", records)
    write_video(raw / VIDEOS[0], 27)
    return raw


def build_didemo(raw: Path, out: Path, *options: str) -> Done:
    """Run the command."""
    return storybench("build-didemo", raw, out, *options)


def test_whole_data_end_with_0(raw: Path, tmp_path: Path) -> None:
    """Nothing lost, nothing to allow."""
    write_video(raw / VIDEOS[1], 27)
    done = build_didemo(raw, tmp_path / "out", "--max-drops", "0")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("content", "found"), [("<html>404</html>", "a text file"), ("", "an empty file")]
)
@pytest.mark.parametrize(("max_drops", "code"), [("1", 0), ("0", 3)])
def test_a_broken_video_costs_its_story_and_ends_by_the_limit(
    raw: Path, tmp_path: Path, content: str, found: str, max_drops: str, code: int
) -> None:
    """The build finishes and verifies without the story; only the exit code says how it is seen."""
    (raw / VIDEOS[1]).write_text(content)
    done = build_didemo(raw, tmp_path / "out", "--max-drops", max_drops)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert ("at most 0.0% of the stories to be lost, found 50.0% (1 of 2)" in done.stderr) == (
        code == 3
    )
    assert verify(tmp_path / "out", deep=True).n_stories == 1
    (_, story) = read_drops(tmp_path / "out" / "drops.jsonl")
    assert (story.id, story.step) == ("2-20-21-22", "video broken")
    assert story.reason.startswith(f"Expected a video in {VIDEOS[1]}, found {found}")


def test_a_caption_that_is_no_string_ends_with_2(raw: Path, tmp_path: Path) -> None:
    """The record is named, nothing is written."""
    records = json.loads((raw / "val_data.json").read_text())
    records[1]["description"] = ["a dog", "runs"]
    write_annotations(raw, "val", records)
    done = build_didemo(raw, tmp_path / "out")
    assert done.returncode == 2
    assert "record 2 of val_data.json (annotation_id 11)" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_no_video_at_all_ends_with_4(raw: Path, tmp_path: Path) -> None:
    """Annotations alone cannot be built, and the message says where videos are looked for."""
    (raw / VIDEOS[0]).unlink()
    done = build_didemo(raw, tmp_path / "out")
    assert done.returncode == 4
    assert "Put them into RAW/videos" in done.stderr
    assert not (tmp_path / "out").exists()
