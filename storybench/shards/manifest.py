"""manifest.json: what a finished build consists of, and the digest that is its version.

Written last, so its existence means that the build is whole. `digest` is the SHA-256 of the
canonical JSON of everything else but `built_with`: the same input gives the same digest, and two
builds with the same digest hold the same bytes.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    NonNegativeInt,
    StringConstraints,
    TypeAdapter,
    field_validator,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass

from storybench.errors import InputError, MissingError, VerificationError
from storybench.files import read_json, sha256_file, sha256_object, write_atomic
from storybench.schema import validated
from storybench.shards.format import FORMAT, split_rank
from storybench.types import StorySpec

MANIFEST_NAME = "manifest.json"
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""A file that stands in the folder of the build itself: no path that could lead out of it."""

PACKAGES = ("storybench", "pillow", "numpy", "pyarrow", "av")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShardEntry(_Entry):
    """One shard: file name, split, SHA-256 in hex, size in bytes, number of stories."""

    name: FileName
    split: str
    sha256: str
    size: NonNegativeInt
    n_stories: NonNegativeInt


class ClipShardEntry(_Entry):
    """One shard of raw clips: file name, SHA-256 in hex, size in bytes, number of clips."""

    name: FileName
    sha256: str
    size: NonNegativeInt
    n_clips: NonNegativeInt


class FileEntry(_Entry):
    """One other file of the build (index, drops, card): name, SHA-256 in hex, size in bytes."""

    name: FileName
    sha256: str
    size: NonNegativeInt


@pydantic_dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class RawEntry:
    """One raw file that was read: path below the raw folder, size in bytes, SHA-256 in hex.

    There may be tens of thousands, so an entry has no room for anything else.
    """

    path: str
    size: NonNegativeInt
    sha256: str


class Manifest(_Entry):
    """Everything a build consists of and was made from.

    `spec` holds the fields of `StorySpec`, `splits` the stories per split, `shards` and `clips`
    are in the order of the plan, `drops` counts the entries of drops.jsonl by reason.
    """

    format: int
    spec: dict[str, Any]
    splits: dict[str, NonNegativeInt]
    shards: list[ShardEntry]
    clips: list[ClipShardEntry]
    files: list[FileEntry]
    raw: list[RawEntry]
    options: dict[str, Any]
    drops: dict[str, NonNegativeInt]
    n_planned: NonNegativeInt
    n_dropped: NonNegativeInt
    built_with: dict[str, str]
    digest: str

    @field_validator("spec")
    @classmethod
    def _is_a_spec(cls, value: dict[str, Any]) -> dict[str, Any]:
        _SPEC.validate_python(value)
        return value


_SPEC = TypeAdapter(StorySpec)
_MANIFEST = TypeAdapter(Manifest)


def make_manifest(
    spec: StorySpec,
    *,
    shards: Iterable[ShardEntry],
    clips: Iterable[ClipShardEntry] = (),
    files: Iterable[FileEntry],
    raw: Iterable[RawEntry],
    options: Mapping[str, Any],
    drops: Mapping[str, int],
    n_planned: int,
    n_dropped: int,
) -> Manifest:
    """Count, sort and digest the parts of a build; `options` must be plain JSON values."""
    shards = list(shards)
    manifest = Manifest(
        format=FORMAT,
        spec=_SPEC.dump_python(spec, mode="json"),
        splits=_stories_per_split(shards),
        shards=shards,
        clips=list(clips),
        files=sorted(files, key=lambda entry: entry.name),
        raw=sorted(raw, key=lambda entry: entry.path),
        options=dict(options),
        drops=dict(drops),
        n_planned=n_planned,
        n_dropped=n_dropped,
        built_with=versions(),
        digest="",
    )
    return manifest.model_copy(update={"digest": content_digest(manifest)})


def file_entry(path: Path) -> FileEntry:
    """Hash a file that stands in the folder of the build."""
    return FileEntry(name=path.name, sha256=sha256_file(path), size=path.stat().st_size)


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write manifest.json, whole or not at all; from then on the build counts as finished."""
    write_atomic(directory / MANIFEST_NAME, _MANIFEST.dump_json(manifest, indent=2) + b"\n")


def read_manifest(directory: Path) -> Manifest:
    """Read manifest.json.

    Raises:
        MissingError: there is none: no such folder, or a build that was not finished.
        InputError: it is not JSON, does not follow the schema, or is of a newer format.
        VerificationError: its digest is not that of its content.
    """
    path = directory / MANIFEST_NAME
    if not path.is_file():
        raise MissingError(_no_manifest(directory))
    value = read_json(path)
    _check_format(value, path)
    manifest = validated(_MANIFEST, value, name=str(path))
    if (found := content_digest(manifest)) != manifest.digest:
        raise VerificationError(
            f"Expected the digest {manifest.digest} in {path}, found {found} for its content: the "
            "manifest was changed or damaged. Run the build command again."
        )
    return manifest


def content_digest(manifest: Manifest) -> str:
    """SHA-256 of the canonical JSON of the manifest without `built_with` and `digest`."""
    fields = manifest.model_dump(mode="json", exclude={"built_with", "digest", "raw"})
    return sha256_object({**fields, "raw": manifest.raw})


def spec(manifest: Manifest) -> StorySpec:
    """The spec of the dataset as a `StorySpec`."""
    return _SPEC.validate_python(manifest.spec)


def checked_file(directory: Path, manifest: Manifest, name: str) -> Path:
    """The path of a file of the build, if it is the one that the manifest was written for.

    Raises:
        MissingError: there is no such file.
        VerificationError: it is another.
    """
    path = directory / name
    if not path.is_file():
        raise MissingError(f"Expected the index {path}, found none.")
    promised = {entry.name: entry.sha256 for entry in manifest.files}.get(name)
    if sha256_file(path) != promised:
        raise VerificationError(
            f"Expected the {name} that the manifest in {directory} was written for, found "
            "another. Fetch it again, or run the build command again."
        )
    return path


def versions() -> dict[str, str]:
    """Versions of Python and of the packages whose code decides the bytes of a build."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def _stories_per_split(shards: Iterable[ShardEntry]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for entry in shards:
        counts[entry.split] += entry.n_stories
    return {split: counts[split] for split in sorted(counts, key=split_rank)}


def _check_format(value: Any, path: Path) -> None:
    found = value.get("format") if isinstance(value, dict) else None
    if isinstance(found, int) and found > FORMAT:
        raise InputError(
            f"Expected shards of format {FORMAT} or older in {path}, found format {found}: they "
            "were written by a newer storybench. Upgrade with: pip install --upgrade storybench"
        )


def _no_manifest(directory: Path) -> str:
    if not directory.is_dir():
        return f"Expected a folder of shards at {directory}, found no such folder."
    return (
        f"Expected {MANIFEST_NAME} in {directory}, found none: not a folder of shards, or a build "
        "that was not finished (run the same build command again to continue it)."
    )
