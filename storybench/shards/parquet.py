"""Tables beside the shards: rows of a frozen dataclass, a Parquet file with a fixed schema.

One row group per shard, so that writing needs the memory of one shard only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from storybench.errors import InputError, MissingError
from storybench.files import replacing


def write_table(path: Path, schema: pa.Schema, groups: Iterable[Sequence[Any]]) -> None:
    """Write rows whose attributes are the columns, one row group per group.

    Groups are taken one at a time, so a generator keeps memory flat. A group without rows (a shard
    whose stories were all dropped) leaves no trace. The same rows give the same bytes.

    Raises:
        NoSpaceError: the disk is full; `path` is as it was before.
    """
    with replacing(path) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for rows in groups:
            if rows:
                columns = {name: [getattr(row, name) for row in rows] for name in schema.names}
                table = pa.Table.from_pydict(columns, schema=schema)
                writer.write_table(table, row_group_size=len(rows))


def read_table(path: Path, schema: pa.Schema) -> pa.Table:
    """The whole table, with the columns of the schema, rows in the order they were written.

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
    if not table.schema.equals(schema):
        raise InputError(
            f"Expected the columns {', '.join(schema.names)} in {path}, "
            f"found {', '.join(table.schema.names)} or other types."
        )
    return table
