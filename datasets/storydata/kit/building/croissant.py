"""croissant.json of a build: what the dataset is and what its files hold, for machines.

Croissant 1.0 (MLCommons), JSON-LD: every file with its SHA-256, the splits, and the columns of the
indices as records, so that `mlcroissant` and dataset search engines read a build as it stands. Like
the card it says nothing about when or where it was made.

Source: the Croissant format specification, version 1.0 (mlcommons/croissant).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from storybench.shards.clip_index import CLIP_INDEX_NAME
from storybench.shards.index import INDEX_NAME
from storybench.shards.manifest import ClipShardEntry, FileEntry, ShardEntry
from storybench.types import StorySpec

CROISSANT_NAME = "croissant.json"

NOT_STATED = "Not stated by the raw release; not for redistribution."

TYPES = {"tar": "application/x-tar", "parquet": "application/x-parquet", "md": "text/markdown",
         "jsonl": "application/jsonlines"}  # fmt: skip
"""Media type by suffix."""

STORY_FIELDS = {
    "key": ("sc:Text", "Id of the story; its members in the shard begin with it."),
    "split": ("sc:Text", "train, val, test, or another part of the release."),
    "cluster": ("sc:Text", "Episode or video: stories of one cluster are not independent."),
    "position": ("sc:Integer", "Place in the official order of the split, from 0."),
    "captions": ("sc:Text", "Every caption of each frame, the source frame first."),
    "defaults": ("sc:Integer", "Which caption of each frame is the one to use."),
    "shard": ("sc:Text", "The tar that holds the story."),
    "names": ("sc:Text", "Its members there: a picture a frame, the source first, then a JSON."),
    "offsets": ("sc:Integer", "Where the content of each member begins, in bytes."),
    "sizes": ("sc:Integer", "How long it is, in bytes."),
}
CLIP_FIELDS = {
    "key": ("sc:Text", "Id of the clip in its shard."),
    "clip": ("sc:Text", "The raw clip, as the origin of a story's frame names it."),
    "cluster": ("sc:Text", "Episode or video."),
    "n_frames": ("sc:Integer", "How many frames the clip has."),
    "captions": ("sc:Text", "Every caption of the clip."),
    "shard": ("sc:Text", "The tar that holds the clip."),
    "names": ("sc:Text", "Its members there: the frames, then a JSON."),
    "offsets": ("sc:Integer", "Where the content of each member begins, in bytes."),
    "sizes": ("sc:Integer", "How long it is, in bytes."),
}
REPEATED = {"captions", "defaults", "names", "offsets", "sizes"}

CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification prescribes."""


def croissant(
    spec: StorySpec,
    *,
    shards: Sequence[ShardEntry],
    clips: Sequence[ClipShardEntry],
    files: Sequence[FileEntry],
) -> dict[str, Any]:
    """The description of a build as JSON values; `files` are those beside the shards."""
    document: dict[str, Any] = {
        "@context": dict(CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": spec.name,
        "version": _version(spec),
        "description": _description(spec, shards),
        "license": spec.licence or NOT_STATED,
        "isLiveDataset": False,
        "distribution": [_file(entry) for entry in (*files, *shards, *clips)],
        "recordSet": [_splits(shards), _records("stories", INDEX_NAME, STORY_FIELDS)],
    }
    if spec.citation:
        document["citeAs"] = spec.citation
    if clips:
        document["recordSet"].append(_records("clips", CLIP_INDEX_NAME, CLIP_FIELDS))
    return document


def _version(spec: StorySpec) -> str:
    """MAJOR.MINOR.PATCH, as Croissant wants it, from the number that ours ends in."""
    numbers = re.search(r"[0-9]+(\.[0-9]+){0,2}$", spec.version)
    given = numbers.group().split(".") if numbers else ["0"]
    return ".".join([*given, "0", "0"][:3])


def _description(spec: StorySpec, shards: Iterable[ShardEntry]) -> str:
    n_stories = sum(entry.n_stories for entry in shards)
    text = (
        f"{n_stories:,} stories for story continuation: each is one source frame and "
        f"{spec.n_targets} target frames, every frame with its caption."
    )
    if spec.characters:
        text += f" Characters, in label order: {', '.join(spec.characters)}."
    return text


def _file(entry: FileEntry | ShardEntry | ClipShardEntry) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": entry.name,
        "name": entry.name,
        "contentUrl": entry.name,
        "contentSize": f"{entry.size} B",
        "encodingFormat": TYPES[entry.name.rpartition(".")[2]],
        "sha256": entry.sha256,
    }


def _splits(shards: Iterable[ShardEntry]) -> dict[str, Any]:
    names = dict.fromkeys(entry.split for entry in shards)
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": "splits/name",
                "name": "name",
                "description": "Name of the split.",
                "dataType": "sc:Text",
            }
        ],
        "data": [{"splits/name": name} for name in names],
    }


def _records(name: str, index: str, columns: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """The rows of an index as a set of records."""
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "key": {"@id": f"{name}/key"},
        "field": [
            _field(name, index, column, data_type=data_type, description=description)
            for column, (data_type, description) in columns.items()
        ],
    }


def _field(
    records: str, index: str, column: str, *, data_type: str, description: str
) -> dict[str, Any]:
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{records}/{column}",
        "name": column,
        "description": description,
        "dataType": data_type,
        "source": {"fileObject": {"@id": index}, "extract": {"column": column}},
    }
    if column in REPEATED:
        field["repeated"] = True
    if (records, column) == ("stories", "split"):
        field["references"] = {"field": {"@id": "splits/name"}}
    return field
