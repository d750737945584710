"""clips.parquet: one row per raw clip, with captions, labels, and where its bytes are.

As `storybench.shards.index` for stories. A build whose raw clips have one frame each has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter

from storybench.schema import validated
from storybench.shards.parquet import read_table, write_table

CLIP_INDEX_NAME = "clips.parquet"

CLIP_SCHEMA = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("clip", pa.string(), nullable=False),
        pa.field("cluster", pa.string(), nullable=False),
        pa.field("n_frames", pa.int32(), nullable=False),
        pa.field("captions", pa.list_(pa.string()), nullable=False),
        pa.field("default", pa.int32(), nullable=False),
        pa.field("characters", pa.list_(pa.int8())),
        pa.field("label_source", pa.string()),
        pa.field("shard", pa.string(), nullable=False),
        pa.field("names", pa.list_(pa.string()), nullable=False),
        pa.field("offsets", pa.list_(pa.int64()), nullable=False),
        pa.field("sizes", pa.list_(pa.int64()), nullable=False),
        pa.field("crcs", pa.list_(pa.uint32()), nullable=False),
    ]
)


@dataclass(frozen=True)
class ClipRow:
    """One clip: what it says and where its members are (frames first, JSON last)."""

    key: str
    clip: str
    cluster: str
    n_frames: int
    captions: tuple[str, ...]
    default: int
    characters: tuple[int, ...] | None
    label_source: str | None
    shard: str
    names: tuple[str, ...]
    offsets: tuple[int, ...]
    sizes: tuple[int, ...]
    crcs: tuple[int, ...]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ClipRow:
        """A row from plain values, as Arrow and JSON give them.

        Raises:
            InputError: a field is missing or of the wrong type.
        """
        return validated(_ROW, value, name="a row of the clips")


_ROW = TypeAdapter(ClipRow)


def write_clip_index(path: Path, groups: Iterable[Sequence[ClipRow]]) -> None:
    """Write the rows, one row group per group; the same rows give the same bytes.

    Raises:
        NoSpaceError: the disk is full; `path` is as it was before.
    """
    write_table(path, CLIP_SCHEMA, groups)


def read_clip_index(path: Path) -> pa.Table:
    """The whole index, columns as in `CLIP_SCHEMA`, rows in the order of the shards.

    Raises:
        MissingError: there is no such file.
        InputError: it is not Parquet, or its columns are others.
    """
    return read_table(path, CLIP_SCHEMA)


def clip_rows(table: pa.Table) -> list[ClipRow]:
    """The rows of a (part of an) index as records.

    Raises:
        InputError: a value is missing where there must be one.
    """
    return [ClipRow.from_json(row) for row in table.to_pylist()]
