"""The bytes of a shard, and what is left of one that failed."""

from __future__ import annotations

import dataclasses
import errno
import os
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybench.errors import InputError, NoSpaceError
from storybench.files import sha256_file
from storybench.shards.format import StoryRecord, story_json
from storybench.shards.index import IndexRow
from storybench.shards.writer import ShardWriter, header_bytes

Make = Callable[[str, int], StoryRecord]

GOLDEN = "76ca7af150b84688b95450ce2095f469705b032c474fe5c6f79ab5ab5bc3af87"
"""SHA-256 of a shard of one story whose three pictures are the bytes `picture`."""


def write(path: Path, records: list[StoryRecord]) -> list[IndexRow]:
    with ShardWriter(path) as shard:
        return [shard.add(record) for record in records]


def test_the_same_stories_give_the_same_bytes(tmp_path: Path, record: Make) -> None:
    """Nothing but the stories decides the bytes: not the clock, the user or the file name."""
    for name in ("a.tar", "b.tar"):
        write(tmp_path / name, [record("train", 0), record("train", 1)])
    os.utime(tmp_path / "a.tar", (0, 0))
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


@given(name=st.text(st.characters(max_codepoint=127), max_size=100), size=st.integers(0, 8**11 - 1))
def test_a_header_is_that_of_tarfile(name: str, size: int) -> None:
    """Our short way to a header ends in the bytes of the standard library."""
    info = tarfile.TarInfo(name)
    info.size = size
    assert header_bytes(name, size) == info.tobuf(tarfile.USTAR_FORMAT, "ascii")


@pytest.mark.parametrize(("name", "size"), [("é", 1), ("a" * 101, 1), ("a", 8**11), ("a", -1)])
def test_a_header_that_ustar_cannot_hold_is_refused(name: str, size: int) -> None:
    """Rather than a tar that some readers misread."""
    with pytest.raises(InputError, match="at most 100 ASCII characters and less than 8 GiB"):
        header_bytes(name, size)


def test_a_header_is_pinned_to_the_byte() -> None:
    """A tar header holds name, size and constants of USTAR: no owner, no clock."""
    fields = [b"k.0.png".ljust(100, b"\0"), b"0000644\0", b"0000000\0", b"0000000\0"]
    fields += [b"00000000012\0", b"00000000000\0", b"        ", b"0", bytes(100), b"ustar\x0000"]
    unsigned = b"".join(fields).ljust(512, b"\0")
    checksum = b"%06o\0 " % sum(unsigned)
    assert header_bytes("k.0.png", 10) == unsigned.replace(b"        ", checksum)


def test_a_shard_never_changes_between_versions(tmp_path: Path, record: Make) -> None:
    """The tar around fixed contents has a golden hash, so that old digests stay true."""
    story = record("train", 0)
    frames = tuple(dataclasses.replace(frame, data=b"picture") for frame in story.frames)
    write(tmp_path / "a.tar", [dataclasses.replace(story, frames=frames)])
    assert sha256_file(tmp_path / "a.tar") == GOLDEN


def test_any_tar_reader_reads_it(tmp_path: Path, record: Make) -> None:
    """The standard library lists the members in the order of the format and reads each one."""
    story = record("train", 0)
    write(tmp_path / "a.tar", [story, record("train", 1)])
    with tarfile.open(tmp_path / "a.tar") as tar:
        names = tar.getnames()
        file = tar.extractfile("train-0.2.jpg")
        assert file is not None
        assert file.read() == story.frames[2].data
    assert names[:4] == ["train-0.0.png", "train-0.1.png", "train-0.2.jpg", "train-0.json"]
    assert len(names) == 8


def test_offsets_lead_to_the_content(tmp_path: Path, record: Make) -> None:
    """Size, offset and CRC of every member are those of its content in the file."""
    story = record("train", 1)
    _, row = write(tmp_path / "a.tar", [record("train", 0), story])
    data = (tmp_path / "a.tar").read_bytes()
    found = [data[o : o + s] for o, s in zip(row.offsets, row.sizes, strict=True)]
    assert found == [*(frame.data for frame in story.frames), story_json(story)]
    assert row.crcs == tuple(zlib.crc32(content) for content in found)
    assert row.names == ("train-1.0.png", "train-1.1.png", "train-1.2.jpg", "train-1.json")


def test_the_row_says_what_the_story_says(tmp_path: Path, record: Make) -> None:
    """The index row repeats captions, labels and licences of every frame."""
    (row,) = write(tmp_path / "a.tar", [record("train", 0)])
    assert (row.key, row.split, row.cluster) == ("train-0", "train", "train-video-0")
    assert (row.position, row.shard) == (0, "a.tar")
    assert row.captions == (
        ("Caption 500.",),
        ("Caption 501.",),
        ("Caption 502.", "Ada waves – «hé»."),
    )
    assert row.defaults == (0, 0, 1)
    assert row.characters == ((0, 1), (1, 1), None)
    assert row.licences == (None, None, "CC-BY")
    assert IndexRow.from_json(dataclasses.asdict(row)) == row


def test_a_key_is_written_once(tmp_path: Path, record: Make) -> None:
    """A second story of the same key is refused and no shard is left."""
    with pytest.raises(InputError, match=r"every key once in a\.tar, found train-0 twice"):
        write(tmp_path / "a.tar", [record("train", 0), record("train", 0)])
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_block_leaves_nothing(tmp_path: Path, record: Make) -> None:
    """A shard that was not finished is not there, and one of before stays as it was."""
    write(tmp_path / "a.tar", [record("train", 0)])
    before = (tmp_path / "a.tar").read_bytes()

    def interrupted() -> None:
        with ShardWriter(tmp_path / "a.tar") as shard:
            shard.add(record("train", 1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]
    assert (tmp_path / "a.tar").read_bytes() == before


@pytest.mark.parametrize("room", [0, 1_000, 5_000])
def test_a_full_disk_leaves_nothing(
    tmp_path: Path, record: Make, full_disk: Callable[[int], None], room: int
) -> None:
    """When the disk fills up, wherever in the shard, one sentence says so and nothing is left."""
    records = [record("train", position) for position in range(3)]
    full_disk(room)
    with pytest.raises(NoSpaceError, match=r"room on the disk to write .*a\.tar, found it full"):
        write(tmp_path / "a.tar", records)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_while_syncing_leaves_nothing(
    tmp_path: Path, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that says so only when the bytes are forced to it counts as full, too."""

    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(NoSpaceError):
        write(tmp_path / "a.tar", [record("train", 0)])
    assert list(tmp_path.iterdir()) == []
