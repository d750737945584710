"""Raw clips: kept whole and once, found by id, decoded when asked for."""

from __future__ import annotations

import io
import pickle
import re
import tarfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from storybench.errors import InputError, VerificationError
from storybench.files import sha256_file
from storybench.images import encode_png
from storybench.shards.clip_format import ClipRecord, check_clip, clip_members, clip_shard_name
from storybench.shards.clip_index import (
    CLIP_INDEX_NAME,
    ClipRow,
    clip_rows,
    read_clip_index,
    write_clip_index,
)
from storybench.shards.clips import Clips
from storybench.shards.index import INDEX_NAME
from storybench.shards.manifest import (
    ClipShardEntry,
    file_entry,
    make_manifest,
    read_manifest,
    write_manifest,
)
from storybench.shards.manifest import spec as spec_of
from storybench.shards.verify import verify
from storybench.shards.writer import ShardWriter
from storybench.types import Origin


def make_frames(number: int, k: int = 3) -> np.ndarray:
    """Frames of 8 x 8 pixels, different for each number."""
    return np.random.default_rng(number).integers(0, 256, (k, 8, 8, 3), np.uint8)


def make_clip(number: int, *, suffix: str = "npy") -> ClipRecord:
    """A clip as an array, or as a strip."""
    frames = make_frames(number)
    buffer = io.BytesIO()
    np.save(buffer, frames, allow_pickle=False)
    data = encode_png(frames.reshape(-1, 8, 3)) if suffix == "png" else buffer.getvalue()
    return ClipRecord(
        key=f"e-{number}",
        cluster="e",
        data=data,
        suffix="png" if suffix == "png" else "npy",
        n_frames=len(frames),
        captions=(f"Caption {number}.", "Another."),
        default=1,
        characters=(1, 0),
        origin=Origin(f"E/{number}.{suffix}", f"E/{number}"),
        label_source="released",
    )


def add_clips(directory: Path, clips: list[ClipRecord]) -> list[ClipRow]:
    """Put clips beside the stories of a build and write its manifest anew."""
    before = read_manifest(directory)
    path = directory / clip_shard_name(0)
    with ShardWriter(path) as shard:
        rows = [shard.add_clip(clip) for clip in clips]
    write_clip_index(directory / CLIP_INDEX_NAME, [rows])
    entry = ClipShardEntry(
        name=path.name,
        sha256=sha256_file(path),
        size=path.stat().st_size,
        n_clips=len(rows),
    )
    names = (INDEX_NAME, "drops.jsonl", CLIP_INDEX_NAME)
    manifest = make_manifest(
        spec_of(before),
        shards=before.shards,
        clips=[entry],
        files=[file_entry(directory / name) for name in names],
        raw=before.raw,
        options=before.options,
        drops=before.drops,
        n_planned=before.n_planned,
        n_dropped=before.n_dropped,
    )
    write_manifest(directory, manifest)
    return rows


@pytest.fixture
def with_clips(own_build: Path) -> Path:
    """The tiny build with three clips beside it, one of them a strip."""
    add_clips(own_build, [make_clip(0), make_clip(1, suffix="png"), make_clip(2)])
    return own_build


def test_a_clip_comes_back_as_it_was_written(with_clips: Path) -> None:
    """Frames, captions, labels and origin, of an array and of a strip."""
    clips = Clips(with_clips)
    assert (len(clips), clips.ids, clips.counts) == (3, ("E/0", "E/1", "E/2"), (3, 3, 3))
    for number, clip in enumerate(clips):
        assert np.array_equal(clip.frames, make_frames(number))
        assert (clip.id, clip.cluster, clip.label_source) == (f"E/{number}", "e", "released")
        assert (clip.captions[clip.default], clip.characters) == ("Another.", (1, 0))
    assert clips[-1].id == "E/2"
    assert [clip.id for clip in clips[1:]] == ["E/1", "E/2"]


def test_one_frame_is_read_alone(with_clips: Path) -> None:
    """Frame `k` of a clip is that of the whole clip."""
    clips = pickle.loads(pickle.dumps(Clips(with_clips)))
    assert np.array_equal(clips.frame(1, 2), make_frames(1)[2])
    with pytest.raises(InputError):
        clips.frame(1, 3)


def test_an_unknown_clip_lists_close_ones(with_clips: Path) -> None:
    """A clip is found by the id that a story's origin names."""
    clips = Clips(with_clips)
    assert clips.find("E/2") == 2
    with pytest.raises(InputError, match=r"found 'E/9'. Did you mean E/2 or E/1 or E/0\?"):
        clips.find("E/9")
    with pytest.raises(IndexError, match="Expected an index below 3"):
        clips[3]


def test_a_build_without_clips_is_empty(build: Path) -> None:
    """Where a raw clip has one frame, there is nothing to keep beside the stories."""
    assert len(Clips(build)) == 0


def test_the_raw_bytes_are_untouched(with_clips: Path) -> None:
    """The member of a clip is its raw file, and its JSON says which."""
    with tarfile.open(with_clips / clip_shard_name(0)) as tar:
        assert tar.getnames()[:3] == ["e-0.npy", "e-0.json", "e-1.png"]
        file = tar.extractfile("e-1.png")
        assert file is not None
        assert file.read() == make_clip(1, suffix="png").data
    assert b'"file":"e-1.png"' in clip_members(make_clip(1, suffix="png"))["e-1.json"]


def test_the_index_survives_a_round_trip(with_clips: Path, tmp_path: Path) -> None:
    """Rows come back from Parquet and from JSON; a clip without captions or labels too."""
    rows = clip_rows(read_clip_index(with_clips / CLIP_INDEX_NAME))
    bare = ClipRow.from_json({**asdict(rows[0]), "captions": (), "characters": None})
    write_clip_index(tmp_path / "x.parquet", [[*rows, bare]])
    assert clip_rows(read_clip_index(tmp_path / "x.parquet")) == [*rows, bare]


def test_verify_counts_clips_and_names_a_damaged_one(with_clips: Path) -> None:
    """The shards of clips are checked as those of stories are."""
    found = verify(with_clips, deep=True)
    assert (found.n_clips, found.problems) == (3, ())
    (row, *_) = clip_rows(read_clip_index(with_clips / CLIP_INDEX_NAME))
    path = with_clips / row.shard
    data = bytearray(path.read_bytes())
    data[row.offsets[0] + 200] ^= 1
    path.write_bytes(data)
    shallow, deep = verify(with_clips), verify(with_clips, deep=True)
    assert re.search(r"damaged: clip e-0 \(e-0.npy\)$", shallow.problems[0])
    assert deep.problems[1] == f"clip e-0 in {row.shard} is not where the index says, or damaged"


def test_verify_finds_a_clip_that_is_not_what_its_row_says(own_build: Path) -> None:
    """The deep check counts the frames."""
    clip = make_clip(0)
    add_clips(own_build, [ClipRecord(**{**vars(clip), "n_frames": 4})])
    assert not verify(own_build).problems
    (problem,) = verify(own_build, deep=True).problems
    assert problem == "clip e-0 in clips-00000.tar has 3 frames in place of 4"


def test_verify_misses_a_shard_or_index_of_clips(with_clips: Path) -> None:
    """Neither can go unnoticed, nor can a tar that nothing lists."""
    (with_clips / clip_shard_name(0)).rename(with_clips / clip_shard_name(7))
    problems = verify(with_clips).problems
    assert problems == ("clips-00007.tar is not in the manifest", "clips-00000.tar is missing")
    (with_clips / CLIP_INDEX_NAME).unlink()
    assert f"{CLIP_INDEX_NAME} is missing" in verify(with_clips).problems


def test_another_index_is_refused(with_clips: Path) -> None:
    """Clips are read by the index that the manifest was written for."""
    write_clip_index(with_clips / CLIP_INDEX_NAME, [])
    with pytest.raises(VerificationError, match=f"Expected the {CLIP_INDEX_NAME} that"):
        Clips(with_clips)


def test_a_clip_that_cannot_be_written_is_refused() -> None:
    """Suffix, frames and default are looked at before a byte is written."""
    good = vars(make_clip(0))
    for change, message in (
        ({"suffix": "jpg"}, "png, npy or gif in clip e-0, found 'jpg'"),
        ({"n_frames": 0}, "at least one frame in clip e-0"),
        ({"default": 2}, "one of its 2, found index 2"),
        ({"key": "E/0"}, "found 'E/0'"),
    ):
        with pytest.raises(InputError, match=message):
            check_clip(ClipRecord(**{**good, **change}))
