"""Videos are found under every name that people's downloads give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.errors import MissingError
from storydata.didemosv.moments import VideoMoments
from storydata.didemosv.videos import open_folder

VIDEO = VideoMoments("o@N0_11_aa", ("o@N0_11_aa.avi", "o@N0_11_aa.mov"), moments=(), losses=())
IN_ORDER = [
    "o@N0_11_aa.avi",
    "o@N0_11_aa.mov",
    "o@N0_11_aa.avi.mp4",
    "o@N0_11_aa.mov.mp4",
    "o@N0_11_aa.mp4",
    "o@N0_11_aa.3gp",
    "o@N0_11_aa.webm.mkv",
    "6010978700.mp4",
]


def put(folder: Path, *names: str, content: str = "video") -> None:
    """Make files with some content."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def found(raw: Path, *, videos: Path | None = None, video: VideoMoments = VIDEO) -> str | None:
    """The manifest name of the file that is found for a video."""
    file = open_folder(raw, videos, hashes={"11": "6010978700"}).find(video)
    return file.name if file else None


def test_names_are_tried_in_the_stated_order(tmp_path: Path) -> None:
    """Taking away the name that was found brings up the next, until there is none."""
    put(tmp_path / "videos", *IN_ORDER)
    for name in IN_ORDER:
        assert found(tmp_path) == f"videos/{name}"
        (tmp_path / "videos" / name).unlink()
    assert found(tmp_path) is None


def test_a_name_that_ends_with_a_dot_is_found(tmp_path: Path) -> None:
    """As saved from Flickr, as saved by the download script, and without the dot."""
    video = VideoMoments("o@N0_12_bb", ("o@N0_12_bb.",), moments=(), losses=())
    for name in ("o@N0_12_bb.", "o@N0_12_bb..mp4", "o@N0_12_bb"):
        put(tmp_path, name)
        assert found(tmp_path, video=video) == name
        (tmp_path / name).unlink()


def test_other_stems_and_sidecars_are_no_videos(tmp_path: Path) -> None:
    """A longer name, and what a downloader leaves beside a video, are never taken for it."""
    put(tmp_path, "o@N0_11_aab.mp4", "o@N0_11_aa.info.json", "o@N0_11_aa.mp4.part")
    assert found(tmp_path) is None


def test_a_file_with_content_goes_before_an_empty_one(tmp_path: Path) -> None:
    """A failed download does not hide a good one; alone, it is found, to be reported."""
    put(tmp_path, "o@N0_11_aa.avi", content="")
    assert found(tmp_path) == "o@N0_11_aa.avi"
    put(tmp_path, "o@N0_11_aa.mov.mp4")
    assert found(tmp_path) == "o@N0_11_aa.mov.mp4"


def test_the_videos_folder_goes_first_then_the_shallowest(tmp_path: Path) -> None:
    """Of several files with one name the choice does not depend on the file system."""
    name = IN_ORDER[0]
    put(tmp_path, f"a/b/{name}", f"b/{name}", f"videos/z/{name}")
    assert found(tmp_path) == f"videos/z/{name}"
    (tmp_path / "videos/z" / name).unlink()
    assert found(tmp_path) == f"b/{name}"


def test_links_are_followed(tmp_path: Path) -> None:
    """A linked folder, a linked file and a loop are all survived."""
    put(tmp_path / "disk", IN_ORDER[0])
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "videos").symlink_to(tmp_path / "disk")
    (raw / "loop").symlink_to(raw)
    assert found(raw) == f"videos/{IN_ORDER[0]}"


def test_a_named_folder_is_the_only_one_looked_into(tmp_path: Path) -> None:
    """`--videos` replaces the raw folder, and its files have the names they would have there."""
    put(tmp_path / "raw/videos", IN_ORDER[0])
    put(tmp_path / "disk/part", IN_ORDER[1])
    assert found(tmp_path / "raw", videos=tmp_path / "disk") == f"videos/part/{IN_ORDER[1]}"
    with pytest.raises(MissingError, match="nowhere"):
        found(tmp_path / "raw", videos=tmp_path / "nowhere")
