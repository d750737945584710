"""manifest.json: the digest that is the version, and what is said of one that cannot be read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storybench.errors import InputError, MissingError, VerificationError
from storybench.files import sha256_json, write_json
from storybench.shards.manifest import (
    MANIFEST_NAME,
    FileEntry,
    Manifest,
    RawEntry,
    ShardEntry,
    make_manifest,
    read_manifest,
    spec,
    versions,
    write_manifest,
)
from storybench.types import StorySpec

SPEC = StorySpec("toy", "1", 2, size=128, characters=("Ada",), n_stories={"test": 9}, licence="CC0")


def make(**changes: Any) -> Manifest:
    """A manifest of three shards; `changes` replace arguments of `make_manifest`."""
    arguments: dict[str, Any] = {
        "shards": [
            ShardEntry(
                name="stories-test-00000.tar", split="test", sha256="a", size=1, n_stories=2
            ),
            ShardEntry(name="stories-val-00000.tar", split="val", sha256="b", size=2, n_stories=0),
            ShardEntry(
                name="stories-test-00001.tar", split="test", sha256="c", size=3, n_stories=3
            ),
        ],
        "files": [
            FileEntry(name="stories.parquet", sha256="d", size=4),
            FileEntry(name="README.md", sha256="e", size=5),
        ],
        "raw": [RawEntry(path="b", size=6, sha256="f"), RawEntry(path="a", size=7, sha256="0")],
        "options": {"image": "png", "short_side": None},
        "drops": {"no video": 2},
        "n_planned": 7,
        "n_dropped": 2,
    }
    return make_manifest(SPEC, **{**arguments, **changes})


def test_stories_are_counted_per_split() -> None:
    """Counts are sums over the shards, and a split whose stories were all dropped counts 0."""
    assert make().splits == {"val": 0, "test": 5}


def test_shards_keep_the_order_of_the_plan_and_files_are_sorted() -> None:
    """Shards stand as planned, other files and raw files by name."""
    manifest = make()
    assert [entry.name[8:-4] for entry in manifest.shards] == [
        "test-00000",
        "val-00000",
        "test-00001",
    ]
    assert [entry.name for entry in manifest.files] == ["README.md", "stories.parquet"]
    assert [entry.path for entry in manifest.raw] == ["a", "b"]


def test_it_survives_the_disk(tmp_path: Path) -> None:
    """What is read is what was written, spec and all."""
    write_manifest(tmp_path, make())
    assert read_manifest(tmp_path) == make()
    assert spec(read_manifest(tmp_path)) == SPEC


def test_the_digest_is_of_everything_but_the_tools() -> None:
    """The digest is SHA-256 of the canonical JSON without `built_with` and `digest`."""
    value = make().model_dump(mode="json")
    del value["built_with"], value["digest"]
    assert make().digest == sha256_json(value)


@pytest.mark.parametrize(
    "change", [{"options": {"image": "jpeg"}}, {"n_planned": 8}, {"drops": {}}, {"raw": []}]
)
def test_another_content_is_another_version(change: dict[str, Any]) -> None:
    """An option, a count, a drop or a raw file that differs changes the digest."""
    assert make(**change).digest != make().digest


def test_the_versions_of_the_tools_are_noted() -> None:
    """Python and every package whose code decides the bytes are named with their versions."""
    assert set(versions()) == {"python", "storybench", "pillow", "numpy", "pyarrow", "av"}
    assert make().built_with == versions()


def test_the_same_build_gives_the_same_manifest(
    tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    """Building twice gives the same bytes in every file."""
    first, second = write(tmp_path / "a"), write(tmp_path / "b")
    files = sorted(path.name for path in first.iterdir())
    assert files == sorted(path.name for path in second.iterdir())
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in files)


def test_no_manifest_means_no_finished_build(tmp_path: Path) -> None:
    """A folder without a manifest is called unfinished, one that is not there missing."""
    with pytest.raises(MissingError, match=r"a build that was not finished .run the same build"):
        read_manifest(tmp_path)
    with pytest.raises(MissingError, match=r"a folder of shards at .*, found no such folder"):
        read_manifest(tmp_path / "nowhere")


def test_a_newer_format_says_to_upgrade(own_build: Path) -> None:
    """Shards of a later format are refused before anything else is looked at."""
    write_json(own_build / MANIFEST_NAME, {"format": 2, "whatever": "came later"})
    with pytest.raises(InputError, match=r"format 1 or older .* found format 2.*Upgrade with"):
        read_manifest(own_build)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("shards", {}, "Expected shards in .* to be a list"),
        ("n_planned", -1, "Expected n_planned in .* to be 0 or more, found -1"),
        ("spec", {"name": "toy"}, "Expected the key spec.version in"),
        ("surprise", 1, "Expected keys that .* knows, found surprise"),
    ],
)
def test_a_broken_schema_names_the_field(
    own_build: Path, field: str, value: object, message: str
) -> None:
    """A manifest that does not follow the schema is one sentence with the field in it."""
    path = own_build / MANIFEST_NAME
    write_json(path, {**json.loads(path.read_text("utf-8")), field: value})
    with pytest.raises(InputError, match=message):
        read_manifest(own_build)


@pytest.mark.parametrize("name", ["../escape.tar", "/etc/passwd", "a/b.tar", "", ".hidden"])
def test_a_file_outside_the_folder_is_refused(own_build: Path, name: str) -> None:
    """A manifest from elsewhere cannot make a reader leave the folder."""
    path = own_build / MANIFEST_NAME
    value = json.loads(path.read_text("utf-8"))
    value["shards"][0]["name"] = name
    write_json(path, value)
    with pytest.raises(
        InputError, match=r"Expected shards\.0\.name in .* to be a text of the form"
    ):
        read_manifest(own_build)


def test_half_a_manifest_is_refused(own_build: Path) -> None:
    """A manifest cut short names the line where it ends."""
    path = own_build / MANIFEST_NAME
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(
        InputError, match=r"Expected JSON in .*manifest.json, found an error at line"
    ):
        read_manifest(own_build)


def test_a_changed_manifest_is_found_out(own_build: Path) -> None:
    """An edit that keeps to the schema does not keep the digest."""
    path = own_build / MANIFEST_NAME
    write_json(path, {**json.loads(path.read_text("utf-8")), "n_planned": 10})
    with pytest.raises(VerificationError, match=r"Expected the digest .* changed or damaged"):
        read_manifest(own_build)


def test_tools_may_be_noted_otherwise(own_build: Path) -> None:
    """A build made with other versions of the tools has the same digest."""
    path = own_build / MANIFEST_NAME
    before = read_manifest(own_build).digest
    write_json(path, {**json.loads(path.read_text("utf-8")), "built_with": {"python": "3.99"}})
    assert read_manifest(own_build).digest == before


def test_a_build_may_be_moved(build: Path, tmp_path: Path) -> None:
    """Nothing in the manifest depends on where the folder lies."""
    moved = shutil.copytree(build, tmp_path / "elsewhere")
    assert read_manifest(moved) == read_manifest(build)
