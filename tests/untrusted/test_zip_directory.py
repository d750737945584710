"""A zip is refused by its directory, with the reason, before a byte of a member is read."""

from __future__ import annotations

import stat
import struct
import zipfile
from pathlib import Path

import pytest

from storybench.errors import RawDataError
from storydata.kit.untrusted import zip_directory
from storydata.kit.untrusted.zip_directory import read_directory
from tests.untrusted.zipped import CENTRAL, made, named, patched


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A zip without fault."""
    return made(tmp_path / "frames.zip")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../.bashrc", "leads out of the archive"),
        ("a/../../b", "leads out of the archive"),
        ("/etc/passwd", "starts at the root of a disk"),
        ("C:/windows/a", "starts at the root of a disk"),
        ("c:a", "starts at the root of a disk"),
        ("..\\a", "with a backslash"),
        ("a\x1b[2Jb", "with a control character"),
        ("a.png\0.exe", "with a control character"),
        ("a/" * 3_000, "of 6000 characters"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    """No member may be called by a path that would be written outside the folder."""
    path = named(tmp_path / "evil.zip", name.replace("\0", "?"))
    path.write_bytes(path.read_bytes().replace(b"g?.e", b"g\0.e"))
    with pytest.raises(RawDataError, match=rf"in .*evil\.zip, found a name .*{reason}"):
        read_directory(path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    """A member that would be more than a file is none."""

    def change(info: zipfile.ZipInfo) -> None:
        info.external_attr = (kind | 0o777) << 16

    with pytest.raises(RawDataError, match=r"evil\.zip, found a link or device \('a'\)"):
        read_directory(named(tmp_path / "evil.zip", "a", change=change))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("a", "a"), ("a/b", "a//b"), ("./a", "a")])
def test_two_members_of_one_path_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    """Which of them is meant, nobody knows."""
    with pytest.raises(RawDataError, match=r"found two members called 'a"):
        read_directory(named(tmp_path / "evil.zip", *names))


def test_encrypted_members_are_refused(sound: Path) -> None:
    """A password is not asked for."""
    with pytest.raises(RawDataError, match=r"an encrypted member \('video_frames_sampled/a"):
        second = sound.read_bytes().index(CENTRAL, sound.read_bytes().index(CENTRAL) + 1)
        read_directory(patched(sound, sound.read_bytes()[second : second + 60], 8, b"\x01"))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_rare_packing_is_refused(tmp_path: Path, method: int) -> None:
    """Only what these releases use is read: other ways can hold a million times their size."""
    with pytest.raises(RawDataError, match=f"packing method {method}, which is neither 0 nor 8"):
        read_directory(made(tmp_path / "evil.zip", method))


def test_a_bomb_is_refused_by_its_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many times its own size, in all or in one member, is no release."""
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(2_000_000))
    assert read_directory(path)["zeros"].size == 2_000_000
    monkeypatch.setattr(zip_directory, "FREE_BYTES", 1_999_999)
    with pytest.raises(
        RawDataError, match=r"2,000,000 bytes packed into 2,\d+\. That is a zip bomb"
    ):
        read_directory(path)
    monkeypatch.setattr(zip_directory, "MAX_MEMBER_BYTES", 1_999_999)
    with pytest.raises(RawDataError, match=r"a member of 2,000,000 bytes, over 1,999,999"):
        read_directory(path)


def test_more_than_packed_bytes_can_hold_is_refused(tmp_path: Path) -> None:
    """No kilobyte of DEFLATE holds a gigabyte, and stored bytes are as many as they are."""
    deflated = made(tmp_path / "deflated.zip")
    data = deflated.read_bytes()
    second = data[data.index(CENTRAL, data.index(CENTRAL) + 1) :][:60]
    patched(deflated, second, 24, struct.pack("<L", 2**30))
    with pytest.raises(RawDataError, match=r"1,073,741,824 bytes stated for 7\d\d packed ones"):
        read_directory(deflated)
    stored = patched(named(tmp_path / "stored.zip", "a"), CENTRAL, 24, struct.pack("<L", 5))
    with pytest.raises(RawDataError, match="5 bytes stated for 4 packed ones"):
        read_directory(stored)


def overlapping(path: Path) -> Path:
    """A zip in which a second name stands for the bytes of the first."""
    named(path, "a")
    data = path.read_bytes()
    start, end = data.index(CENTRAL), data.index(b"PK\x05\x06")
    first = data[start:end]
    second = first.replace(b"\0\0\0\0a", b"\0\0\0\0b")
    assert second != first
    tail = bytearray(data[end:])
    tail[8:12] = b"\x02\0\x02\0"
    tail[12:16] = struct.pack("<L", 2 * len(first))
    path.write_bytes(data[:start] + first + second + tail)
    return path


def test_members_that_share_bytes_are_refused(tmp_path: Path) -> None:
    """Overlapping members are how a small zip holds a universe."""
    path = overlapping(tmp_path / "evil.zip")
    assert zipfile.ZipFile(path).namelist() == ["a", "b"]
    with pytest.raises(RawDataError, match=r"found members that overlap \('a'\)"):
        read_directory(path)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "other bytes"),
        (b"7z\xbc\xaf\x27\x1c", "other bytes"),
        (b"<!DOCTYPE html><title>Google Drive - Virus scan", "a web page. Did the download"),
        (b"PK\x03\x04" + bytes(100), "no whole directory at its end"),
    ],
)
def test_what_is_no_zip_is_named(tmp_path: Path, data: bytes, reason: str) -> None:
    """A page that a file host sent instead of the file is told from a broken one."""
    (tmp_path / "frames.zip").write_bytes(data)
    with pytest.raises(RawDataError, match=rf"plain files in .*frames\.zip, found {reason}"):
        read_directory(tmp_path / "frames.zip")


def test_a_zip_cut_anywhere_is_refused(sound: Path) -> None:
    """The directory stands at the end, so every shorter file is told from the whole one."""
    data = sound.read_bytes()
    for end in range(4, len(data), 37):
        sound.write_bytes(data[:end])
        with pytest.raises(RawDataError, match="found no whole directory at its end"):
            read_directory(sound)


def test_a_directory_is_bounded(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory is read into memory whole, so its length has a bound."""
    monkeypatch.setattr(zip_directory, "MAX_DIRECTORY_BYTES", 100)
    with pytest.raises(RawDataError, match=r"\(a directory of \d+ bytes\)"):
        read_directory(sound)
