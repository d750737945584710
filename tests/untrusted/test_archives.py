"""A zip is read in place of a folder, or refused with the reason; it never gives a wrong byte."""

from __future__ import annotations

import io
import multiprocessing
import os
import struct
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.errors import MissingError, RawDataError
from storydata.kit.untrusted import archives
from storydata.kit.untrusted.archives import Archive, Damage, check_archive, open_archive
from tests.untrusted.zipped import CENTRAL, DATA, LOCAL, NAMES, made, named, patched


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A zip without fault."""
    return made(tmp_path / "frames.zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_read_by_name(tmp_path: Path, method: int) -> None:
    """Names, sizes and bytes are those that were put in; folders are no members."""
    archive = open_archive(made(tmp_path / "frames.zip", method))
    assert archive.names == tuple(sorted([*NAMES, "empty.txt"]))
    for name, data in DATA.items():
        assert name in archive
        assert archive.size(name) == len(data)
        assert archive.read(name) == data
    assert archive.read("empty.txt") == b""
    assert "video_frames_sampled/" not in archive
    assert archive.verify() == ()


class Pipe(io.RawIOBase):
    """A file that only goes forward, so that sizes are written behind the bytes."""

    def __init__(self, path: Path):
        self.path = path

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        with self.path.open("ab") as file:
            return file.write(data)


def streamed(path: Path, data: bytes) -> Path:
    """A zip of one deflated member whose local header doesn't know its size."""
    with zipfile.ZipFile(Pipe(path), "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        archive.writestr("a.npy", data)
        archive.comment = b"made by hand"
    return path


def test_zips_of_every_make_are_read(tmp_path: Path) -> None:
    """Streamed, with a comment, with 64-bit fields."""
    assert (
        open_archive(streamed(tmp_path / "streamed.zip", b"abc" * 99)).read("a.npy") == b"abc" * 99
    )
    with (
        zipfile.ZipFile(tmp_path / "wide.zip", "w") as archive,
        archive.open("b.npy", "w", force_zip64=True) as member,
    ):
        member.write(b"xyz")
    assert open_archive(tmp_path / "wide.zip").read("b.npy") == b"xyz"


def test_a_member_that_is_not_there(sound: Path) -> None:
    """The archive and the member are named."""
    for ask in (open_archive(sound).read, open_archive(sound).size):
        with pytest.raises(
            MissingError, match=r"Expected 'c\.npy' in .*frames\.zip, found no such"
        ):
            ask("c.npy")


def test_an_archive_is_opened_once_while_it_stays_as_it_is(sound: Path) -> None:
    """One opening a process; a file that is replaced is opened anew."""
    first = open_archive(sound)
    assert open_archive(Path(str(sound))) is first
    made(sound.with_name("other.zip"), zipfile.ZIP_STORED).replace(sound)
    assert open_archive(sound) is not first
    assert first.read(NAMES[0]) == DATA[NAMES[0]]


def test_an_empty_zip_has_no_members(tmp_path: Path) -> None:
    """Nothing in it is nothing wrong with it."""
    archive = open_archive(named(tmp_path / "empty.zip"))
    assert archive.names == ()
    assert archive.verify() == ()


def test_progress_is_told(sound: Path) -> None:
    """Each member counts once, and the last call is the whole."""
    calls: list[tuple[int, int, str]] = []
    open_archive(sound).verify(lambda *call: calls.append(call))
    assert calls == [(done, 4, "files in the archive") for done in range(1, 5)]


def test_threads_do_not_disturb_each_other(sound: Path) -> None:
    """Reads share no position in the file."""
    archive = open_archive(sound)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(archive.read, NAMES * 50))
    assert found == [DATA[name] for name in NAMES * 50]


def all_as_expected(archive: Archive) -> bool:
    """Whether many reads in turn all give the right bytes."""
    return all(archive.read(name) == DATA[name] for name in NAMES * 60)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forked_workers_do_not_disturb_each_other(sound: Path) -> None:
    """An archive that was open before a fork is read by parent and children at once."""
    archive = open_archive(sound)
    workers = [
        multiprocessing.get_context("fork").Process(
            target=lambda: os._exit(0 if all_as_expected(archive) else 1)
        )
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    assert all_as_expected(archive)
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]


@pytest.mark.parametrize(
    ("signature", "at", "value", "reason"),
    [
        (b"data" + LOCAL, 4, b"PX", "a header that differs"),
        (LOCAL, 8, b"\x08", "a header that differs"),
        (LOCAL, 14, b"\x01", "a header that differs"),
        (LOCAL, 18, b"\x09", "a header that differs"),
        (LOCAL, 22, b"\x09", "a header that differs"),
        (LOCAL, 30, b"b", "a header that differs"),
        (LOCAL, 28, b"\xff", "bytes that belong to the next member"),
        (LOCAL, 26, b"\xff\xff", "the archive cut short"),
        (LOCAL, 33, b"D", "another checksum"),
        (CENTRAL, 16, b"\x01\x02", "a header that differs"),
        (CENTRAL, 24, b"\x03", "a header that differs"),
    ],
)
def test_a_member_is_what_the_directory_says(
    tmp_path: Path, signature: bytes, at: int, value: bytes, reason: str
) -> None:
    """Two headers that disagree, and bytes without their checksum, are damage."""
    path = patched(named(tmp_path / "evil.zip", "aaa", "b"), signature, at, value)
    archive = open_archive(path)
    (damage,) = archive.verify()
    assert reason in damage.reason
    with pytest.raises(
        RawDataError, match=rf"{damage.member!r} whole in .*evil\.zip, found .*{reason}"
    ):
        archive.read(damage.member)


@pytest.mark.parametrize(
    ("size", "reason"), [(100, "more than the 100 bytes"), (300, "3 of 300 bytes missing")]
)
def test_a_lie_about_the_size_is_found_out(tmp_path: Path, size: int, reason: str) -> None:
    """A member never gives more than the directory promised, nor less."""
    path = patched(
        streamed(tmp_path / "evil.zip", b"abc" * 99), CENTRAL, 24, struct.pack("<L", size)
    )
    archive = open_archive(path)
    assert archive.size("a.npy") == size
    assert [damage.reason[: len(reason)] for damage in archive.verify()] == [reason]
    with pytest.raises(RawDataError, match=rf"'a\.npy' whole in .*evil\.zip, found {reason}"):
        archive.read("a.npy")


@pytest.mark.parametrize(("at", "value"), [(40, b"\xff" * 9), (400, b"\x00\x01\x02")])
def test_damaged_packed_bytes_are_found(tmp_path: Path, at: int, value: bytes) -> None:
    """A bit that fell over is told, wherever it is; the other members are read."""
    path = made(tmp_path / "frames.zip")
    data = bytearray(path.read_bytes())
    start = data.index(NAMES[1].encode()) + len(NAMES[1])
    end = data.index(LOCAL, start)
    assert start + at < end
    data[start + at : start + at + len(value)] = value
    path.write_bytes(data)
    archive = open_archive(path)
    assert [damage.member for damage in archive.verify()] == [NAMES[1]]
    assert archive.read(NAMES[0]) == DATA[NAMES[0]]
    with pytest.raises(RawDataError, match=rf"{NAMES[1]}' whole in .*, found .*again"):
        archive.read(NAMES[1])


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """Nothing, a folder and a pipe are told apart from damage, and a pipe is never waited for."""
    os.mkfifo(tmp_path / "pipe.zip")
    for read in (open_archive, check_archive):
        with pytest.raises(MissingError, match=r"Expected the archive .*none\.zip, found none"):
            read(tmp_path / "none.zip")
        for path in (tmp_path, tmp_path / "pipe.zip"):
            with pytest.raises(RawDataError, match="found something else"):
                read(path)


def test_an_archive_that_cannot_be_read_is_one_sentence(
    sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed to this user, or on a broken disk."""

    def closed(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(archives, "read_directory", closed)
    with pytest.raises(RawDataError, match=r"able to read .*frames\.zip, found Permission denied"):
        open_archive(sound)


def test_checking_gives_what_is_damaged(sound: Path) -> None:
    """Nothing for a sound archive; a member and a reason for a broken one."""
    assert check_archive(sound) == ()
    data = bytearray(sound.read_bytes())
    data[data.index(NAMES[0].encode()) + 60] ^= 255
    sound.write_bytes(data)
    (damage,) = check_archive(sound)
    assert isinstance(damage, Damage)
    assert damage.member == NAMES[0]


SMALL = (b"a" * 40, b"", bytes(range(200)))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small zip to be damaged."""
    path = tmp_path_factory.mktemp("fuzz") / "small.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, data in enumerate(SMALL):
            archive.writestr(f"{number}.npy", data)
    return path


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_damaged_zips_end_in_the_right_bytes_or_a_sentence(
    small: Path, data: st.DataObject
) -> None:
    """Bytes changed, cut out or added anywhere: never another error, never a wrong byte."""
    whole = small.read_bytes()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 8)))
    damaged = whole[:start] + data.draw(st.binary(max_size=6)) + whole[end:]
    path = small.with_name("damaged.zip")
    path.write_bytes(damaged)
    try:
        archive = Archive(path)
    except RawDataError:
        return
    for name in archive.names:
        try:
            read = archive.read(name)
        except RawDataError:
            continue
        assert zlib.crc32(read) in map(zlib.crc32, SMALL)
