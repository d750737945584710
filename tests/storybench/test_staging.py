"""A folder that is whole or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.errors import InputError, NoSpaceError
from storybench.staging import appearing
from tests.syncing import lost_by_power_cuts


def test_a_folder_appears_when_it_is_whole(tmp_path: Path) -> None:
    """Not before; an empty one may stand there, and parents are made."""
    for out in (tmp_path / "a" / "out", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with appearing(out) as partial:
            (partial / "x").mkdir()
            (partial / "x" / "y").write_text("z")
            assert not (out / "x").exists()
        assert (out / "x" / "y").read_text() == "z"
        assert list(out.parent.iterdir()) in ([out], [tmp_path / "a", out], [out, tmp_path / "a"])


def test_after_an_error_nothing_is_left(tmp_path: Path) -> None:
    """Neither the folder nor what was in it."""
    with pytest.raises(ZeroDivisionError), appearing(tmp_path / "out") as partial:
        (partial / "x").write_text("y")
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """And is one sentence."""
    with pytest.raises(NoSpaceError, match="room on the disk"), appearing(tmp_path / "out"):
        raise OSError(28, "No space left on device")
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_not_touched(tmp_path: Path) -> None:
    """Files in the folder, or a file in its place."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("y")
    (tmp_path / "file").write_text("y")
    for name, what in (("full", "files in it"), ("file", "a file there")):
        with (
            pytest.raises(InputError, match=f"new or empty folder at .*{name}, found {what}"),
            appearing(tmp_path / name),
        ):
            pytest.fail("the block must not run")
    assert (tmp_path / "full" / "x").read_text() == "y"


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    """Its half-filled folder is not taken for ours."""
    (tmp_path / ".out.partial").mkdir()
    (tmp_path / ".out.partial" / "old").write_text("y")
    with appearing(tmp_path / "out") as partial:
        (partial / "new").write_text("z")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["new"]


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    """The second is told of the first, which goes on."""
    with appearing(tmp_path / "out") as partial:
        with (
            pytest.raises(InputError, match=r"no other writer of .*out, found one at work"),
            appearing(tmp_path / "out"),
        ):
            pytest.fail("the block must not run")
        assert partial.is_dir()


def test_a_power_cut_takes_nothing_of_what_appeared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Content and names of all files are on the disk before the folder has its name."""
    lost = lost_by_power_cuts(monkeypatch)
    with appearing(tmp_path / "out") as partial:
        (partial / "x").mkdir()
        for path in (partial / "y", partial / "x" / "y"):
            path.write_text("z")
    assert not lost
    assert (tmp_path / "out" / "x" / "y").read_text() == "z"
