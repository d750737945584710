"""A release is found wherever an archive may have put it, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.errors import InputError, MissingError
from storydata.kit.homes import DEPTH, homes


def found(raw: Path) -> list[str]:
    """The candidates, relative to the raw folder."""
    return [path.relative_to(raw).as_posix() for path in homes(raw, "toy", "toy_png")]


def test_the_folder_itself_comes_first(tmp_path: Path) -> None:
    """What the user named is tried before anything in it."""
    assert found(tmp_path) == ["."]


def test_folders_of_the_release_s_own_names(tmp_path: Path) -> None:
    """A folder of a known name is tried, whatever stands beside it."""
    for name in ("toy_png", "toy", "other"):
        (tmp_path / name).mkdir()
    assert found(tmp_path) == [".", "toy", "toy_png"]


def test_an_only_folder_is_entered_and_leftovers_do_not_count(tmp_path: Path) -> None:
    """Hidden folders, what macOS leaves, and files beside do not hide the one that matters."""
    (tmp_path / "release-v2" / "toy").mkdir(parents=True)
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / ".cache").mkdir()
    (tmp_path / "release-v2.zip").touch()
    assert found(tmp_path) == [".", "release-v2", "release-v2/toy", "release-v2/toy"]


def test_the_descent_ends(tmp_path: Path) -> None:
    """A chain of only folders, or a link back up, is not followed for ever."""
    (tmp_path / "a" / "b" / "c" / "d" / "e").mkdir(parents=True)
    assert len(found(tmp_path)) == DEPTH
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop" / "back").symlink_to(tmp_path / "loop")
    assert len(found(tmp_path / "loop")) == DEPTH


def test_no_folder_is_an_error_of_the_user(tmp_path: Path) -> None:
    """Nothing there, and a file there, are told apart."""
    with pytest.raises(MissingError, match=r"raw folder .*gone, found nothing there"):
        list(homes(tmp_path / "gone"))
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"raw folder .*file, found a file"):
        list(homes(tmp_path / "file"))
