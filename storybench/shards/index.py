"""stories.parquet: one row per story, with captions, labels, and where its bytes are.

With the offsets a story is read without scanning its tar, and with the other columns pandas can
make tables without opening one. One row group per shard, so that writing needs the memory of one
shard only. The columns are in `SCHEMA`; lists over frames have the source first, lists over
members the JSON last.
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

INDEX_NAME = "stories.parquet"

SCHEMA = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("cluster", pa.string(), nullable=False),
        pa.field("position", pa.int64(), nullable=False),
        pa.field("orders", pa.map_(pa.string(), pa.int64()), nullable=False),
        pa.field("subsets", pa.list_(pa.string()), nullable=False),
        pa.field("label_source", pa.string()),
        pa.field("captions", pa.list_(pa.list_(pa.string())), nullable=False),
        pa.field("defaults", pa.list_(pa.int32()), nullable=False),
        pa.field("characters", pa.list_(pa.list_(pa.int8())), nullable=False),
        pa.field("licences", pa.list_(pa.string()), nullable=False),
        pa.field("shard", pa.string(), nullable=False),
        pa.field("names", pa.list_(pa.string()), nullable=False),
        pa.field("offsets", pa.list_(pa.int64()), nullable=False),
        pa.field("sizes", pa.list_(pa.int64()), nullable=False),
        pa.field("crcs", pa.list_(pa.uint32()), nullable=False),
    ]
)


@dataclass(frozen=True)
class IndexRow:
    """One story: what it says and where its members are.

    `orders` holds pairs of an order's name and the position there. `captions`, `defaults`,
    `characters` and `licences` run over the frames, source first. `names`,
    `offsets` and `sizes` (bytes, of the content without its tar header) and `crcs` (CRC-32 of the
    content) run over the members, JSON last.
    """

    key: str
    split: str
    cluster: str
    position: int
    orders: tuple[tuple[str, int], ...]
    subsets: tuple[str, ...]
    label_source: str | None
    captions: tuple[tuple[str, ...], ...]
    defaults: tuple[int, ...]
    characters: tuple[tuple[int, ...] | None, ...]
    licences: tuple[str | None, ...]
    shard: str
    names: tuple[str, ...]
    offsets: tuple[int, ...]
    sizes: tuple[int, ...]
    crcs: tuple[int, ...]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> IndexRow:
        """A row from plain values, as Arrow and JSON give them.

        Raises:
            InputError: a field is missing or of the wrong type.
        """
        return validated(_ROW, value, name="an index row")


_ROW = TypeAdapter(IndexRow)


def write_index(path: Path, groups: Iterable[Sequence[IndexRow]]) -> None:
    """Write the rows, one row group per group; the same rows give the same bytes.

    Raises:
        NoSpaceError: the disk is full; `path` is as it was before.
    """
    write_table(path, SCHEMA, groups)


def read_index(path: Path) -> pa.Table:
    """The whole index, columns as in `SCHEMA`, rows in the order of the shards.

    Raises:
        MissingError: there is no such file.
        InputError: it is not Parquet, or its columns are others.
    """
    return read_table(path, SCHEMA)


def index_rows(table: pa.Table) -> list[IndexRow]:
    """The rows of a (part of an) index as records.

    Raises:
        InputError: a value is missing where there must be one.
    """
    return [IndexRow.from_json(row) for row in table.to_pylist()]
