"""`storybench data check` and `storybench data explain` as one meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storybench import registry
from tests.cli.running import storybench

CLIP = "raw/pororo_png/Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_ep1/1.png"


def entries(file: str) -> list[str]:
    """The titles of what is said of a file, in order."""
    done = storybench("data", "explain", file)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line and line[0] != " "]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (CLIP, ["*/*_ep*/[1-9]*.png, of pororosv"]),
        ("raw/pororo_png/masks/a.png", ["masks/*, of pororosv"]),
        ("masks/x/a.png", ["masks/*/*, of pororosv"]),
        ("didemo/frames/a.png", ["*.png, of didemosv"]),
        ("1.png", ["*/*_ep*/[1-9]*.png, of pororosv", "*.png, of didemosv"]),
        ("img_cache4.npy", ["img_cache4.npy, of pororosv", "img_cache*.npy, of didemosv"]),
    ],
)
def test_the_most_specific_pattern_comes_first(file: str, expected: list[str]) -> None:
    """Whoever knows the folders of a file is heard before one to whom any picture is a frame."""
    assert entries(file) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("masks", "masks/*, of pororosv"),
        ("raw/pororo_png/masks/", "masks/*, of pororosv"),
        ("video_frames_sampled", "video_frames_sampled/*.npy, of flintstonessv"),
        ("1.gif", "*/*_ep*/[1-9]*.gif, of pororosv"),
    ],
)
def test_folders_and_bare_names_are_known(name: str, expected: str) -> None:
    """One need not type a whole path to hear what a folder or a clip is."""
    assert entries(name) == [expected]


def test_files_of_equal_name_are_explained_by_all() -> None:
    """Each toy release has a `twin.json` of its own; JSON has them too."""
    assert len(entries("twin.json")) == 3
    found = json.loads(storybench("data", "explain", "twin.json", "--json").stdout)
    assert found.keys() >= {"didemosv", "flintstonessv", "pororosv"}


@pytest.mark.parametrize("name", ["foo.npy", "notes"])
def test_what_nobody_knows_is_refused(name: str) -> None:
    """A pattern of any file in a folder says nothing of a bare name."""
    done = storybench("data", "explain", name)
    assert done.returncode == 2
    assert "which none of their guides explains" in done.stderr


def test_what_was_not_opened_is_not_called_whole(tmp_path: Path) -> None:
    """Without --deep nobody knows whether a picture is damaged; with it, one does."""
    registry.load("twins", "flintstones")(tmp_path / "raw", stories=4, seed=1)
    quick = storybench("data", "check", tmp_path / "raw")
    assert "damaged      not looked at (--deep)" in quick.stdout
    deep = storybench("data", "check", tmp_path / "raw", "--deep")
    assert "not looked at" not in deep.stdout
    assert deep.stdout.count("damaged ") == 1
