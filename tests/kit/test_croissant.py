"""croissant.json: valid for mlcroissant, and its records are those of the index."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import mlcroissant
import pytest

from storybench import registry
from storybench.shards.clips import Clips
from storybench.shards.manifest import ClipShardEntry, FileEntry, ShardEntry, read_manifest
from storybench.shards.reader import Stories
from storybench.types import StorySpec
from storydata.kit.building.build import build
from storydata.kit.building.croissant import CROISSANT_NAME, croissant

SHARD = ShardEntry(name="stories-val-00000.tar", split="val", sha256="a" * 64, size=9, n_stories=3)
CLIPS = ClipShardEntry(name="clips-00000.tar", sha256="b" * 64, size=8, n_clips=7)
FILE = FileEntry(name="clips.parquet", sha256="c" * 64, size=7)


def described(version: str = "1", clips: tuple[ClipShardEntry, ...] = ()) -> dict[str, Any]:
    spec = StorySpec("toy", version, 4, characters=("Ada", "Bo"))
    return croissant(spec, shards=[SHARD], clips=clips, files=[FILE])


@pytest.fixture
def built(toys: ModuleType, raw: Path, tmp_path: Path) -> Path:
    """Shards of the toy recipe."""
    return build(toys.ToyRecipe(raw), tmp_path / "out").directory


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_mlcroissant_finds_no_fault_and_reads_every_story(built: Path) -> None:
    """No error; no warning but for the date, which would change the bytes from day to day."""
    dataset = mlcroissant.Dataset(built / CROISSANT_NAME)
    issues = dataset.metadata.ctx.issues
    assert not issues.errors
    assert [warning for warning in issues.warnings if "datePublished" not in warning] == []
    records = list(dataset.records("stories"))
    assert sorted(record["stories/key"].decode() for record in records) == sorted(
        Stories(built).ids
    )
    (first,) = [one for one in records if one["stories/key"] == b"test-0-0"]
    assert first["stories/captions"] == [[b"test-0 line 0 "], [b"test-0 line 0 "]]
    assert first["stories/names"][-1] == b"test-0-0.json"
    assert {record["splits/name"] for record in dataset.records("splits")} == {"train", "test"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("release", "dataset", "clips"),
    [("pororo", "pororosv", True), ("flintstones", "flintstonessv", True),
     ("didemo", "didemosv", False)],
)  # fmt: skip
def test_the_toy_releases_are_described_without_a_fault(
    tmp_path: Path, release: str, dataset: str, clips: bool
) -> None:
    """Real builders, real specs: mlcroissant finds no error in the description of any of them."""
    registry.load("twins", release)(tmp_path / "raw", stories=6, seed=3)
    shards = tmp_path / "out"
    registry.load("datasets", dataset).build(tmp_path / "raw", shards, options={})
    described = mlcroissant.Dataset(shards / CROISSANT_NAME)
    issues = described.metadata.ctx.issues
    assert not issues.errors
    assert [warning for warning in issues.warnings if "datePublished" not in warning] == []
    keys = sorted(record["stories/key"].decode() for record in described.records("stories"))
    assert keys == sorted(Stories(shards).ids)
    named = {records["name"] for records in described.metadata.to_json()["recordSet"]}
    assert ("clips" in named) == clips
    if clips:
        assert len(list(described.records("clips"))) == len(Clips(shards))


def test_every_file_stands_in_it_with_its_hash(built: Path) -> None:
    """All of the build but the description itself and the manifest, which is written later."""
    document = json.loads((built / CROISSANT_NAME).read_text())
    manifest = read_manifest(built)
    listed = {file["name"]: file["sha256"] for file in document["distribution"]}
    entries = (*manifest.shards, *manifest.files)
    assert listed == {e.name: e.sha256 for e in entries if e.name != CROISSANT_NAME}
    assert CROISSANT_NAME in {entry.name for entry in manifest.files}


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1", "1.0.0"), ("didemo-v2", "2.0.0"), ("1.4", "1.4.0"), ("1.2.3", "1.2.3"), ("x", "0.0.0")],
)
def test_versions_are_semantic(version: str, expected: str) -> None:
    """Croissant wants three numbers."""
    assert described(version)["version"] == expected


def test_clips_are_records_too() -> None:
    """Where clips are kept, their index is described; where not, nothing is."""
    names = [records["name"] for records in described(clips=(CLIPS,))["recordSet"]]
    assert names == ["splits", "stories", "clips"]
    assert [records["name"] for records in described()["recordSet"]] == ["splits", "stories"]


def test_what_is_not_stated_is_said() -> None:
    """No licence and no citation: the one is a sentence, the other is left out."""
    document = described()
    assert document["license"].startswith("Not stated by the raw release")
    assert "citeAs" not in document
    assert "Ada, Bo" in document["description"]
