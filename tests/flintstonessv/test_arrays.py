"""Arrays are found in a folder or a zip, under any folder inside, and make the same shards."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from storybench.errors import RawDataError
from storydata.flintstonessv.arrays import find_arrays
from tests.flintstonessv.making import make
from tests.flintstonessv.releases import SAMPLED, array, clip_ids, npy, zip_frames

TRAIN = clip_ids(1, 9)


@pytest.mark.parametrize("inside", [f"{SAMPLED}/", "", "flintstones/data/"])
def test_a_zip_gives_what_the_folder_gives(raw: Path, inside: str) -> None:
    """Read in place, with the same names, so the shards are the same, byte for byte."""
    unpacked = make(raw)
    zip_frames(raw, inside=inside)
    zipped = make(raw)
    assert (zipped.stories, zipped.clips, zipped.drops) == (unpacked.stories, unpacked.clips, [])
    names = [[f.name for u in s.units for f in u.files] for s in zipped.plan.shards]
    assert names == [[f.name for u in s.units for f in u.files] for s in unpacked.plan.shards]


def test_a_folder_in_the_folder(raw: Path) -> None:
    """Unpacking an archive into a folder of its own name is common; of two the upper counts."""
    unpacked = make(raw)
    (raw / "up").mkdir()
    (raw / SAMPLED).rename(raw / "up" / SAMPLED)
    (raw / "up").rename(raw / SAMPLED)
    assert make(raw).stories == unpacked.stories
    other = raw / SAMPLED / f"{TRAIN[0]}.npy"
    other.write_bytes(npy(array(TRAIN[1])))
    assert make(raw).stories[0].frames[0].data != unpacked.stories[0].frames[0].data


def test_the_zip_fills_what_the_folder_lacks(raw: Path) -> None:
    """An unpacked file counts before the zip; the zip is only opened if something is lacking."""
    whole = make(raw)
    kept = (raw / SAMPLED / f"{TRAIN[0]}.npy").read_bytes()
    zip_frames(raw)
    (raw / SAMPLED).mkdir()
    (raw / SAMPLED / f"{TRAIN[0]}.npy").write_bytes(kept)
    found = find_arrays(raw, "sampled", TRAIN)
    assert found.looked_in == (SAMPLED, f"{SAMPLED}.zip")
    assert [file.member is None for file in found.files.values()] == [True] + [False] * 8
    assert make(raw).stories == whole.stories
    only = find_arrays(raw, "sampled", TRAIN[:1])
    assert only.looked_in == (SAMPLED,)


def test_of_two_members_the_one_in_the_right_folder_counts(raw: Path) -> None:
    """StoryGPT-V's zip has larger frames of the same clips in another folder."""
    path = zip_frames(raw)
    with zipfile.ZipFile(path, "a") as archive:
        for place in ("a", "video_frames_sampled_4x"):
            archive.writestr(f"{place}/{TRAIN[0]}.npy", npy(array(TRAIN[0], side=32)))
        archive.writestr(f"__MACOSX/{SAMPLED}/._{TRAIN[0]}.npy", b"\0")
        archive.writestr(f"{SAMPLED}/notes.txt", b"")
    found = find_arrays(raw, "sampled", TRAIN)
    assert found.files[TRAIN[0]].member == f"{SAMPLED}/{TRAIN[0]}.npy"
    assert list(found.files) == TRAIN


def test_a_zip_cut_short_is_refused_before_anything_is_built(raw: Path) -> None:
    """StoryGPT-V's first archive was truncated (its issue 2): the sentence says what to do."""
    path = zip_frames(raw)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RawDataError, match=f"{SAMPLED}.zip"):
        make(raw)


def test_a_damaged_member_costs_its_stories(raw: Path) -> None:
    """A checksum that does not match drops the clip by name, like a broken file."""
    path = zip_frames(raw)
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(f"{SAMPLED}/{TRAIN[0]}.npy")
    data = bytearray(path.read_bytes())
    middle = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    data[middle] ^= 255
    path.write_bytes(data)
    made = make(raw)
    assert made.lost("story") == {TRAIN[0]: "array broken"}
    assert made.lost("clip") == {TRAIN[0]: "array broken"}
    assert f"Expected '{SAMPLED}/{TRAIN[0]}.npy' whole" in made.drops[-1].reason
    assert str(raw) not in made.drops[-1].reason


def test_links_are_followed(raw: Path, tmp_path: Path) -> None:
    """Large folders are often links to another disk."""
    whole = make(raw)
    (raw / SAMPLED).rename(tmp_path / "disk")
    (raw / SAMPLED).symlink_to(tmp_path / "disk")
    assert make(raw).stories == whole.stories


def test_why_an_array_is_missing(tmp_path: Path) -> None:
    """The sentence names the places that were looked in, or that would be."""
    assert find_arrays(tmp_path, "full", []).why_missing("x") == (
        "No x.npy in video_frames or video_frames.zip."
    )
    (tmp_path / SAMPLED).mkdir()
    assert find_arrays(tmp_path, "sampled", ["x"]).why_missing("x") == f"No x.npy in {SAMPLED}."
