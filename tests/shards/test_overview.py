"""The numbers that `storybench inspect` prints."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import PIL.Image
import pytest

from storybench.errors import MissingError
from storybench.shards.format import StoryRecord
from storybench.shards.index import INDEX_NAME, write_index
from storybench.shards.manifest import (
    file_entry,
    make_manifest,
    read_manifest,
    spec,
    write_manifest,
)
from storybench.shards.overview import CaptionOverview, PictureOverview, SplitOverview, overview


def test_it_counts_what_was_written(build: Path) -> None:
    """Splits, clusters, frames, pictures, captions and licences are those of the tiny build."""
    found = overview(build)
    assert (found.dataset, found.version, found.n_targets) == ("toy", "1", 2)
    assert found.digest == read_manifest(build).digest
    assert found.splits == (
        SplitOverview(split="train", n_stories=5, n_clusters=3, n_frames=15),
        SplitOverview(split="test", n_stories=3, n_clusters=2, n_frames=9),
    )
    assert found.pictures == PictureOverview(
        widths=(16, 16), heights=(12, 14), suffixes={"png": 16, "jpg": 8}
    )
    assert found.captions == CaptionOverview(
        n_captions=32,
        n_distinct=25,
        n_frames_with_several=8,
        words=(2, 8 * 4 / 24 + 16 * 2 / 24, 4),
    )
    assert found.licences == {"CC0": 16, "CC-BY": 8}
    assert (found.n_planned, found.n_dropped, found.drops) == (9, 1, {"no video": 1})
    assert (found.n_shards, found.options) == (3, {"image": "png"})
    assert found.bytes == sum(
        p.stat().st_size for p in build.iterdir() if p.name != "manifest.json"
    )


@pytest.mark.parametrize(
    ("terms", "expected"), [("CC0", "CC0"), ("", "not stated"), ("All rights. " * 9, "not stated")]
)
def test_frames_without_a_licence_stand_under_that_of_the_dataset(
    own_build: Path, terms: str, expected: str
) -> None:
    """Where the dataset names one, as `export` has it; a paragraph of terms is no name."""
    before = read_manifest(own_build)
    altered = make_manifest(
        replace(spec(before), licence=terms),
        shards=before.shards,
        files=before.files,
        raw=[],
        options={},
        drops={},
        n_planned=9,
        n_dropped=1,
    )
    write_manifest(own_build, altered)
    assert overview(own_build).licences == {expected: 16, "CC-BY": 8}


def test_it_is_plain_data(build: Path) -> None:
    """An overview goes into JSON as it is."""
    assert json.loads(json.dumps(dataclasses.asdict(overview(build))))["n_shards"] == 3


def test_a_build_without_stories_has_an_overview(own_build: Path) -> None:
    """When every story was dropped, counts are 0 and there are no pictures to measure."""
    write_index(own_build / INDEX_NAME, [])
    before = read_manifest(own_build)
    manifest = make_manifest(
        spec(before),
        shards=[entry.model_copy(update={"n_stories": 0}) for entry in before.shards],
        files=[file_entry(own_build / INDEX_NAME)],
        raw=[],
        options={},
        drops={"no video": 9},
        n_planned=9,
        n_dropped=9,
    )
    write_manifest(own_build, manifest)
    found = overview(own_build)
    assert [(split.split, split.n_stories, split.n_clusters) for split in found.splits] == [
        ("train", 0, 0),
        ("test", 0, 0),
    ]
    assert found.pictures is None
    assert found.captions is None


def test_a_header_longer_than_a_first_look_is_read_whole(
    write: Callable[..., Path], record: Callable[[str, int], StoryRecord], tmp_path: Path
) -> None:
    """An honest JPEG whose colour profile fills 100 kB before its size is measured like any."""
    buffer = io.BytesIO()
    PIL.Image.new("RGB", (40, 30)).save(buffer, "JPEG", icc_profile=bytes(100_000))

    def profiled(split: str, position: int) -> StoryRecord:
        story = record(split, position)
        frames = tuple(
            replace(frame, data=buffer.getvalue(), suffix="jpg") for frame in story.frames
        )
        return replace(story, frames=frames)

    found = overview(write(tmp_path, profiled)).pictures
    assert found == PictureOverview(widths=(40, 40), heights=(30, 30), suffixes={"jpg": 24})


def test_an_unfinished_build_has_no_overview(tmp_path: Path) -> None:
    """Without a manifest there is nothing to describe."""
    with pytest.raises(MissingError, match="not finished"):
        overview(tmp_path)
