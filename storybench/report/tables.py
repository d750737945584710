"""The numbers behind a report as Parquet: a row a story, and the replicates of every score.

`stories.parquet`: story, cluster, then a column a metric id with the story's own value (null where
it has none). `replicates.parquet`: metric, number, value; the k-th value without group k, or that
of the k-th bootstrap draw, as the score's settings say.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from storybench.errors import InputError, MissingError
from storybench.files import replacing
from storybench.types import Evaluation

STORIES = "stories.parquet"
REPLICATES = "replicates.parquet"
STORY, CLUSTER = "story", "cluster"
MAX_BYTES = 1_000_000_000

_REPLICATES = pa.schema(
    [
        ("metric", pa.dictionary(pa.int32(), pa.string())),
        ("number", pa.int32()),
        ("value", pa.float64()),
    ]
)


def write_stories(path: Path, evaluation: Evaluation) -> None:
    """Write the values per story, whole or not at all; the same values give the same bytes."""
    columns: dict[str, pa.Array] = {
        STORY: pa.array(evaluation.stories, pa.string()),
        CLUSTER: pa.array(evaluation.clusters, pa.string()),
    }
    for metric, values in evaluation.per_story.items():
        columns[metric] = pa.array(values, pa.float64(), from_pandas=True)
    _write(path, pa.table(columns))


def write_replicates(path: Path, evaluation: Evaluation) -> None:
    """Write the replicates of every score, whole or not at all."""
    given = evaluation.replicates.items()
    columns = {
        "metric": [metric for metric, values in given for _ in values],
        "number": [number for _, values in given for number in range(len(values))],
        "value": pa.array(
            np.concatenate([*(values for _, values in given), np.zeros(0)]), pa.float64()
        ),
    }
    _write(path, pa.table(columns, schema=_REPLICATES))


def read_stories(
    path: Path,
) -> tuple[tuple[str, ...], tuple[str, ...], Mapping[str, NDArray[np.float64]]]:
    """Stories, their clusters, and the values per story by metric (NaN where there is none).

    Raises:
        MissingError: there is no such file.
        InputError: it is not Parquet, or has other columns.
    """
    table = _read(path)
    names = table.column_names
    wanted = [pa.field(STORY, pa.string()), pa.field(CLUSTER, pa.string())]
    is_sound = [table.schema.field(at) for at in range(min(2, len(names)))] == wanted and all(
        table.schema.field(at).type == pa.float64() for at in range(2, len(names))
    )
    if not is_sound:
        raise InputError(
            f"Expected the columns {STORY}, {CLUSTER} and one of numbers a metric in {path}, found "
            "others. Write it again with `storybench eval`."
        )
    values = {name: _floats(table.column(name)) for name in names[2:]}
    return (
        tuple(table.column(STORY).to_pylist()),
        tuple(table.column(CLUSTER).to_pylist()),
        values,
    )


def read_replicates(path: Path) -> Mapping[str, NDArray[np.float64]]:
    """Replicates by metric.

    Raises:
        MissingError: there is no such file.
        InputError: it is not Parquet, or has other columns.
    """
    table = _read(path)
    if table.column_names != _REPLICATES.names or table.schema.field(2).type != pa.float64():
        raise InputError(
            f"Expected the columns {', '.join(_REPLICATES.names)} in {path}, found others. Write "
            "it again with `storybench eval`."
        )
    metrics = np.asarray(table.column("metric").to_pylist(), object)
    values = _floats(table.column("value"))
    return {str(metric): values[metrics == metric] for metric in dict.fromkeys(metrics)}


def _write(path: Path, table: pa.Table) -> None:
    with replacing(path) as file:
        pq.write_table(table, file, compression="zstd")


def _read(path: Path) -> pa.Table:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"Expected at most {MAX_BYTES:,} bytes in {path}, found more.")
        with pq.ParquetFile(path) as file:
            return file.read(use_threads=False)
    except FileNotFoundError as error:
        raise MissingError(
            f"Expected the file {path}, found none. Write it again with `storybench eval`."
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"Expected Parquet in {path}, found other bytes ({error}).") from error


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
