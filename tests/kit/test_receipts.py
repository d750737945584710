"""Receipts come back whole or not at all."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from storybench.files import sha256_bytes
from storybench.shards.clip_index import ClipRow
from storybench.shards.index import IndexRow
from storydata.kit.building.receipts import (
    Receipt,
    Seen,
    read_receipt,
    receipt_path,
    see,
    write_receipt,
)
from storydata.kit.drops import Drop

ROW = IndexRow(
    key="a-0",
    split="val",
    cluster="a",
    position=0,
    orders=(("file", 7), ("story-id", 2**40)),
    subsets=("part",),
    label_source="released",
    captions=(("x",), ("y", "z")),
    defaults=(0, 1),
    characters=(None, (0, 1)),
    licences=(None, "CC-BY"),
    shard="stories-val-00000.tar",
    names=("a-0.0.png", "a-0.1.png", "a-0.json"),
    offsets=(512, 2048, 4096),
    sizes=(700, 800, 90),
    crcs=(1, 2, 3),
)
CLIP = ClipRow(
    key="a-1",
    clip="A/1",
    cluster="a",
    n_frames=5,
    captions=("x",),
    default=0,
    characters=(0, 1),
    label_source=None,
    shard="clips-00000.tar",
    names=("a-1.png", "a-1.json"),
    offsets=(512, 2048),
    sizes=(700, 90),
    crcs=(1, 2),
)
RECEIPT = Receipt(
    fingerprint="f" * 64,
    shard=Seen(4608, 17, 19, "a" * 64),
    raw={"a.mp4": Seen(99, 18, 20, "b" * 64)},
    rows=(ROW,),
    clips=(CLIP,),
    drops=(Drop("a-1", "story", "val", "video cut", "ends at 3 s"),),
    licences={"": 1, "CC-BY": 1},
)


def test_a_receipt_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Every field, of every type."""
    write_receipt(tmp_path, "stories-val-00000.tar", RECEIPT)
    assert read_receipt(tmp_path, "stories-val-00000.tar") == RECEIPT


def test_no_receipt_is_none(tmp_path: Path) -> None:
    """Absent, cut short, of another version: each means that the shard must be made."""
    name = "stories-val-00000.tar"
    assert read_receipt(tmp_path, name) is None
    write_receipt(tmp_path, name, RECEIPT)
    path = receipt_path(tmp_path, name)
    whole = path.read_text()
    for text in (whole[:-40], "[]", "{}", whole.replace('"offsets"', '"places"'), "null"):
        path.write_text(text)
        assert read_receipt(tmp_path, name) is None


def test_an_untouched_file_is_not_hashed_again(tmp_path: Path) -> None:
    """Same size and time: the known hash is believed; another time: the content is read."""
    path = tmp_path / "a.mp4"
    path.write_bytes(b"content")
    seen = see(path)
    assert seen.sha256 == sha256_bytes(b"content")
    believed = replace(seen, sha256="known")
    assert see(path, believed) is believed
    os.utime(path, ns=(5, 5))
    assert see(path, believed).sha256 == seen.sha256


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path: Path) -> None:
    """Whoever puts the time back leaves a trace: the content is read again."""
    path = tmp_path / "a.mp4"
    path.write_bytes(b"content")
    seen = see(path)
    path.write_bytes(b"another")
    os.utime(path, ns=(seen.mtime_ns, seen.mtime_ns))
    assert see(path, seen).sha256 == sha256_bytes(b"another")
