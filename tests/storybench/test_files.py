"""Files are whole or absent, and digests agree with the tools everyone has."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

import pytest

from storybench import files
from storybench.errors import InputError, MissingError, NoSpaceError


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    """While it is written there is nothing under its name; afterwards nothing else is left."""
    path = tmp_path / "deep" / "a.bin"
    with files.replacing(path) as file:
        file.write(b"abc")
        assert not path.exists()
    assert path.read_bytes() == b"abc"
    assert names(path.parent) == ["a.bin"]


def test_an_error_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    """Dying in mid-write keeps what stood there before and leaves no litter."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), files.replacing(path) as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.bin"]


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ENOSPC becomes NoSpaceError (exit code 4) that says what to do; other errors stay."""

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoSpaceError, match=r"found it full.*run the same command again"):
        files.write_atomic(tmp_path / "a.bin", b"abc")
    assert names(tmp_path) == []
    with pytest.raises(PermissionError), files.space_guard(tmp_path):
        raise PermissionError(errno.EACCES, "no")


def test_a_file_where_a_folder_is_to_be_is_said(tmp_path: Path) -> None:
    """Under that name or above it; what is there, and what can be made, is fine."""
    file, dangling = tmp_path / "file", tmp_path / "dangling"
    file.write_bytes(b"mine")
    dangling.symlink_to(tmp_path / "nowhere")
    for free in (tmp_path, tmp_path / "new" / "deep", Path("new")):
        files.expect_folder(free, what="the run")
    for path in (file, dangling):
        with pytest.raises(InputError, match=rf"folder for the run at {path}, found a file\. Name"):
            files.expect_folder(path, what="the run")
    with pytest.raises(InputError, match=rf"at {file / 'a' / 'b'}, found the file {file}\."):
        files.expect_folder(file / "a" / "b", what="the run")
    assert names(tmp_path) == ["dangling", "file"]


def test_a_folder_where_a_file_is_to_be_is_said(tmp_path: Path) -> None:
    """And a file where its folder would be; a file that is there may be replaced."""
    file = tmp_path / "file"
    file.write_bytes(b"mine")
    for free in (file, tmp_path / "new", tmp_path / "new" / "deep"):
        files.expect_file(free, what="the page")
    with pytest.raises(InputError, match=rf"file for the page at {tmp_path}, found a folder\."):
        files.expect_file(tmp_path, what="the page")
    with pytest.raises(InputError, match=rf"folder for the page at {file}, found a file\."):
        files.expect_file(file / "page.html", what="the page")


@pytest.mark.parametrize(
    ("sync", "expected"),
    [
        ("name", [("file", False), ("folder", True)]),
        ("data", [("file", False)]),
        ("nothing", []),
    ],
)
def test_the_name_is_synced_after_the_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sync: files.Sync,
    expected: list[tuple[str, bool]],
) -> None:
    """A power cut after the write finds the file under its name: file, rename, folder."""
    path, steps = tmp_path / "a.bin", []
    fsync = os.fsync

    def watch(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append(("folder" if is_folder else "file", path.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    files.write_atomic(path, b"abc", sync=sync)
    assert steps == expected
    assert path.read_bytes() == b"abc"


@pytest.mark.parametrize("call", ["open", "fsync"])
def test_a_platform_that_cannot_sync_folders_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Windows opens no folder, some file systems sync none: the file is written all the same."""
    original = getattr(os, call)

    def refuse(target: int | Path, *rest: int) -> int:
        is_folder = target == tmp_path or (
            isinstance(target, int) and stat.S_ISDIR(os.fstat(target).st_mode)
        )
        if is_folder:
            raise {"open": PermissionError(), "fsync": OSError(errno.EINVAL, "Invalid")}[call]
        return original(target, *rest)

    monkeypatch.setattr(os, call, refuse)
    files.write_atomic(tmp_path / "a.bin", b"abc")
    assert (tmp_path / "a.bin").read_bytes() == b"abc"


def test_json_is_sorted_and_ends_with_a_newline(tmp_path: Path) -> None:
    """Two writers of the same value write the same bytes."""
    path = tmp_path / "a.json"
    files.write_json(path, {"b": [1, 2], "a": "é"})
    assert path.read_text("utf-8") == '{\n  "a": "é",\n  "b": [\n    1,\n    2\n  ]\n}\n'
    assert files.read_json(path) == {"a": "é", "b": [1, 2]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a": 1', "line 1, column 8"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"", "line 1, column 1"),
        (b"[" * 200_000, "nested too deep"),
        (b"9" * 5_000, "a number too long"),
    ],
)
def test_half_a_json_is_named_with_its_place(tmp_path: Path, data: bytes, message: str) -> None:
    """A broken file is an InputError that says where."""
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        files.read_json(path)


def test_an_absent_json_is_missing(tmp_path: Path) -> None:
    """No file is exit code 4, not 2."""
    with pytest.raises(MissingError, match="Expected the file"):
        files.read_json(tmp_path / "none.json")


@pytest.mark.parametrize("n", [0, 1, 1_000, 1_001, 2_500])
def test_an_object_in_pieces_has_the_digest_of_the_whole(n: int) -> None:
    """Long lists are hashed in pieces, with every comma where it belongs."""
    value = {"z": 1, "list": [{"b": k, "a": "\u00e9"} for k in range(n)], "a": {"c": [1, 2]}}
    assert files.sha256_object(value) == files.sha256_json(value)
    assert files.sha256_object({}) == files.sha256_json({})


def test_hashes_are_those_of_sha256sum(tmp_path: Path) -> None:
    """A file larger than one chunk hashes as hashlib does in one go."""
    data = bytes(range(256)) * 8192
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    assert files.sha256_file(path) == hashlib.sha256(data).hexdigest() == files.sha256_bytes(data)
    assert files.sha256_json({"b": 1, "a": 2}) == files.sha256_json({"a": 2, "b": 1})
    with pytest.raises(ValueError, match="JSON"):
        files.canonical_json({"a": float("nan")})
