import errno
from pathlib import Path

import pytest

from storybench.board.submissions import folder as folder_module
from storybench.board.submissions.folder import (
    identify,
    load,
    restore,
    slugify,
    submissions,
    write_folder,
)
from storybench.errors import InputError, MissingError, NoSpaceError


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("StoryDALL·E (mega), run 2", "storydall-e-mega-run-2"),
        ("Café", "cafe"),
        ("../../etc/passwd", "etc-passwd"),
        ("<script>alert(1)</script>", "script-alert-1-script"),
        ("a" * 59 + " b", "a" * 59),
    ],
)
def test_slugs_are_safe_folder_names(name, slug):
    """Whatever the name, the folder is a-z, 0-9 and single hyphens."""
    assert slugify(name) == slug


def test_a_name_without_letters_is_refused():
    """A name that leaves no slug is refused."""
    with pytest.raises(InputError, match="a letter a-z or a digit"):
        slugify("★★★")
    with pytest.raises(InputError, match="a letter a-z or a digit"):
        identify(name="..", authors="A")


def test_a_submission_is_read_back(board, add, report, score, story):
    """Loading gives the identity, the results and the gallery that were written."""
    path = add(board, "Mine", report("mine", [score()]), stories=[story("s-1", 1)])
    found = load(path)
    assert found.record.name == "Mine"
    assert found.results[0].scores[0].metric == "fid.clean299.targets.v1"
    assert [strip.story_id for strip in found.gallery.strips] == ["s-1"]
    assert found.picture_path(found.gallery.strips[0]).is_file()


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    """Files of the older folder do not stay, and nothing is left beside it."""
    target = tmp_path / "x"
    write_folder(target, {"a.json": b"1", "gallery/b.jpg": b"2"})
    write_folder(target, {"a.json": b"3"})
    assert [path.name for path in target.rglob("*")] == ["a.json"]
    assert (target / "a.json").read_bytes() == b"3"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_what_a_killed_submit_left_is_cleared_away(tmp_path):
    """The next submit of the same system removes the half-written folder, strays and all."""
    half = tmp_path / ".x.partial" / "gallery"
    half.mkdir(parents=True)
    (half / ".b.jpg.123.partial").write_bytes(b"half")
    write_folder(tmp_path / "x", {"a.json": b"1"})
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["a.json"]


def test_hidden_folders_are_no_submissions(board, add, report, score):
    """A folder whose name begins with a dot is passed over."""
    folder = add(board, "Mine", report("mine", [score()]))
    folder.with_name(".mine.partial").mkdir()
    assert list(submissions(board)) == [folder]


def test_a_full_disk_leaves_the_older_folder(tmp_path, monkeypatch):
    """When writing fails in the middle, the folder is as it was before."""
    target = tmp_path / "x"
    write_folder(target, {"a": b"old", "b": b"old"})

    def full(path: Path, data: bytes) -> None:
        if path.name == "b":
            raise OSError(errno.ENOSPC, "No space left on device")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    monkeypatch.setattr(folder_module, "write_atomic", full)
    with pytest.raises(NoSpaceError):
        write_folder(target, {"a": b"new", "b": b"new"})
    assert (target / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_replacement_cut_short_is_mended(tmp_path):
    """If the older folder was moved away and the newer never came, it is brought back."""
    target = tmp_path / "x"
    write_folder(target, {"a": b"old"})
    target.rename(tmp_path / ".x.previous")
    restore(target)
    assert (target / "a").read_bytes() == b"old"


def test_a_folder_without_submissions_is_missing(tmp_path):
    """A folder that is no leaderboard is said to be none."""
    with pytest.raises(MissingError, match="a folder submissions/"):
        list(submissions(tmp_path))
