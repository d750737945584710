"""stories.parquet: one row per story, with captions, labels, and where its bytes are.

With the offsets a story is read without scanning its tar, and with the other columns pandas can
make tables without opening one. One row group per shard, so that writing needs the memory of one
shard only. The columns are in `SCHEMA`; lists over frames have the source first, lists over
members the JSON last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from storybench.errors import InputError, MissingError
from storybench.files import replacing
from storybench.schema import validated

INDEX_NAME = "stories.parquet"

SCHEMA = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("cluster", pa.string(), nullable=False),
        pa.field("position", pa.int64(), nullable=False),
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

    `captions`, `defaults`, `characters` and `licences` run over the frames, source first. `names`,
    `offsets` and `sizes` (bytes, of the content without its tar header) and `crcs` (CRC-32 of the
    content) run over the members, JSON last.
    """

    key: str
    split: str
    cluster: str
    position: int
    captions: tuple[tuple[str, ...], ...]
    defaults: tuple[int, ...]
    characters: tuple[tuple[int, ...] | None, ...]
    licences: tuple[str | None, ...]
    shard: str
    names: tuple[str, ...]
    offsets: tuple[int, ...]
    sizes: tuple[int, ...]
    crcs: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> IndexRow:
        """Undo `to_json`.

        Raises:
            InputError: a field is missing or of the wrong type.
        """
        return validated(_ROW, value, name="an index row")


_ROW = TypeAdapter(IndexRow)


def write_index(path: Path, groups: Iterable[Sequence[IndexRow]]) -> None:
    """Write the rows, one row group per group; the same rows give the same bytes.

    Groups are taken one at a time, so a generator keeps memory flat. A group without rows (a shard
    whose stories were all dropped) leaves no trace.

    Raises:
        NoSpaceError: the disk is full; `path` is as it was before.
    """
    with replacing(path) as file, pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
        for rows in groups:
            if rows:
                writer.write_table(_table(rows), row_group_size=len(rows))


def read_index(path: Path) -> pa.Table:
    """The whole index, columns as in `SCHEMA`, rows in the order of the shards.

    Raises:
        MissingError: there is no such file.
        InputError: it is not Parquet, or its columns are others.
    """
    try:
        with pq.ParquetFile(path) as file:
            table = file.read(use_threads=False)
    except FileNotFoundError as error:
        raise MissingError(f"Expected the index {path}, found none.") from error
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"Expected Parquet in {path}, found other bytes ({error}).") from error
    if not table.schema.equals(SCHEMA):
        raise InputError(
            f"Expected the columns {', '.join(SCHEMA.names)} in {path}, "
            f"found {', '.join(table.schema.names)} or other types."
        )
    return table


def index_rows(table: pa.Table) -> list[IndexRow]:
    """The rows of a (part of an) index as records.

    Raises:
        InputError: a value is missing where there must be one.
    """
    return [IndexRow.from_json(row) for row in table.to_pylist()]


def _table(rows: Sequence[IndexRow]) -> pa.Table:
    columns = {field.name: [getattr(row, field.name) for row in rows] for field in fields(IndexRow)}
    return pa.Table.from_pydict(columns, schema=SCHEMA)
