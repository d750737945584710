"""Raw folders and lists, as people have them."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from storybench.errors import InputError, MissingError, RawDataError
from storydata.kit.raw import RawFile, by_name, by_stem, read_records, walk


def test_every_file_is_found_once_in_order(tmp_path: Path) -> None:
    """Links are followed, loops and dead links survived, hidden files left out."""
    for name in ("b/2.mp4", "b/1.mp4", "a.json", ".git/x", "b/.DS_Store"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    (elsewhere / "far.mp4").write_text("x")
    (tmp_path / "linked").symlink_to(elsewhere)
    (tmp_path / "b" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "dead").symlink_to(tmp_path / "nowhere")
    assert [file.name for file in walk(tmp_path)] == [
        "a.json",
        "b/1.mp4",
        "b/2.mp4",
        "linked/far.mp4",
    ]
    assert all(file.path.is_file() for file in walk(tmp_path))


def test_names_that_are_not_text_can_be_written(tmp_path: Path) -> None:
    """A file name of stray bytes is escaped in the manifest and opened by its own name."""
    strange = os.fsencode(tmp_path) + b"/caf\xe9.mp4"
    try:
        Path(os.fsdecode(strange)).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (file,) = walk(tmp_path)
    assert file.name.encode() == b"caf\\xe9.mp4"
    assert file.path.read_bytes() == b"x"


def test_a_raw_folder_must_be_one(tmp_path: Path) -> None:
    """Nothing there, and a file, are two different mistakes."""
    with pytest.raises(MissingError, match=r"Expected the raw folder .*, found nothing there"):
        list(walk(tmp_path / "absent"))
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match=r"Expected the raw folder .*, found a file"):
        list(walk(tmp_path / "file"))


def test_files_are_looked_up_by_name_and_stem() -> None:
    """The first of two with one name counts; a stem gathers every extension."""
    files = [RawFile(name, name) for name in ("x/a.mov.mp4", "y/a.mp4", "y/a.", "z/a.mp4", "b.avi")]
    assert by_name(files)["a.mp4"].name == "y/a.mp4"
    stems = by_stem(files)
    assert [file.name for file in stems["a"]] == ["x/a.mov.mp4", "y/a.mp4", "y/a.", "z/a.mp4"]
    assert [file.name for file in stems["b"]] == ["b.avi"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"a": 1}, {"b"', r"an error at line 1, column"),
        ('{"a": 1}', r"Expected a JSON list in .*list\.json, found an object"),
        ('[{"a": 1}, 7]', r"Expected an object at entry 1 of .*list\.json, found a whole number"),
        ("[null]", r"entry 0 of .*, found null"),
    ],
)
def test_a_list_that_is_none_is_named(tmp_path: Path, text: str, message: str) -> None:
    """Half a file, another kind at the top, another kind inside."""
    (tmp_path / "list.json").write_text(text)
    with pytest.raises(RawDataError, match=message):
        read_records(tmp_path / "list.json")


def test_a_list_is_read(tmp_path: Path) -> None:
    """Objects come back as they are; a missing file is missing."""
    (tmp_path / "list.json").write_text('[{"a": [1, 2]}]')
    assert read_records(tmp_path / "list.json") == [{"a": [1, 2]}]
    with pytest.raises(MissingError, match="found none"):
        read_records(tmp_path / "absent.json")


def test_messages_about_a_member_do_not_say_where_the_archive_lies(tmp_path: Path) -> None:
    """They stand in drops.jsonl, so the same files in another folder must give the same bytes."""
    said = []
    for place in ("a", "far/b"):
        path = tmp_path / place / "x.zip"
        path.parent.mkdir(parents=True)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("1.png", b"picture" * 100)
        data = bytearray(path.read_bytes())
        data[60] ^= 1
        path.write_bytes(data)
        with pytest.raises(RawDataError, match=r"whole in x\.zip, found") as caught:
            RawFile("strips/1.png", str(path), "1.png").read_bytes()
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert str(tmp_path) not in said[0]


def test_a_file_over_the_bound_is_not_read(tmp_path: Path) -> None:
    """Its size alone is enough, on the disk and in a zip."""
    (tmp_path / "1.png").write_bytes(bytes(1000))
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(tmp_path / "1.png", "1.png")
    files = (
        RawFile("1.png", str(tmp_path / "1.png")),
        RawFile("1.png", str(tmp_path / "x.zip"), "1.png"),
    )
    for file in files:
        assert len(file.read_bytes(1000)) == 1000
        with pytest.raises(RawDataError, match=r"at most 999 bytes in 1\.png, found 1,000"):
            file.read_bytes(999)
