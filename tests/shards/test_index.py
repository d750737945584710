"""stories.parquet: what goes in comes out, in the memory of one shard."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storybench.errors import InputError, MissingError, NoSpaceError
from storybench.shards.index import SCHEMA, IndexRow, index_rows, read_index, write_index


def make_row(number: int, shard: str = "stories-train-00000.tar") -> IndexRow:
    key = f"s-{number}"
    return IndexRow(
        key=key,
        split="train",
        cluster=f"v-{number // 2}",
        position=number,
        orders=(("file", 7), ("story-id", 2**40)),
        subsets=("part",),
        label_source="released",
        captions=((f"One {number}",), ("Two – «é»", "other")),
        defaults=(0, 1),
        characters=((1, 0), None),
        licences=(None, "CC-BY"),
        shard=shard,
        names=(f"{key}.0.png", f"{key}.1.jpg", f"{key}.json"),
        offsets=(512, 2_048, 2**40),
        sizes=(1_000, 10, 2**33),
        crcs=(0, 2**32 - 1, 7),
    )


def groups(n_shards: int, per_shard: int = 50) -> Iterator[Sequence[IndexRow]]:
    for shard in range(n_shards):
        start = shard * per_shard
        yield [make_row(start + k, f"stories-train-{shard:05d}.tar") for k in range(per_shard)]


def test_rows_survive_a_round_trip(tmp_path: Path) -> None:
    """Every field comes back: missing labels and licences, large offsets, unsigned CRCs."""
    rows = [make_row(number) for number in range(3)]
    write_index(tmp_path / "i.parquet", [rows[:2], rows[2:]])
    assert index_rows(read_index(tmp_path / "i.parquet")) == rows


def test_rows_survive_json() -> None:
    """A row goes through plain JSON values and back."""
    assert IndexRow.from_json(asdict(make_row(1))) == make_row(1)


def test_a_bad_row_names_its_fault() -> None:
    """A row from a receipt that lacks a field is refused by name."""
    value = asdict(make_row(1))
    del value["offsets"]
    with pytest.raises(InputError, match="the key offsets in an index row, found none"):
        IndexRow.from_json(value)


def test_each_shard_is_a_row_group(tmp_path: Path) -> None:
    """One row group per shard; a shard without stories leaves no trace."""
    write_index(tmp_path / "i.parquet", [[make_row(0)], [], [make_row(1), make_row(2)]])
    with pq.ParquetFile(tmp_path / "i.parquet") as file:
        sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    assert sizes == [1, 2]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    """Writing twice gives the same file."""
    for name in ("a", "b"):
        write_index(tmp_path / name, groups(3))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_index_without_stories_can_be_read(tmp_path: Path) -> None:
    """A build whose stories were all dropped has an index with columns and no rows."""
    write_index(tmp_path / "i.parquet", [[], []])
    assert read_index(tmp_path / "i.parquet").equals(SCHEMA.empty_table())


def test_pandas_reads_it_alone(tmp_path: Path) -> None:
    """The index is a table for anyone with pandas, without this package."""
    write_index(tmp_path / "i.parquet", groups(2, per_shard=4))
    table = pd.read_parquet(tmp_path / "i.parquet")
    assert list(table["cluster"].value_counts(sort=False)) == [2, 2, 2, 2]
    assert table.captions[0][1].tolist() == ["Two – «é»", "other"]


def test_a_folder_name_is_not_taken_for_a_column(tmp_path: Path) -> None:
    """A folder called `split=x` does not become a Hive partition of the index."""
    path = tmp_path / "shard=x" / "i.parquet"
    write_index(path, [[make_row(0)]])
    assert index_rows(read_index(path)) == [make_row(0)]


def test_memory_is_flat_in_the_number_of_stories(tmp_path: Path) -> None:
    """Writing needs the rows of one shard, and 2 KB of footer for each shard, never all rows."""
    _peaks(tmp_path / "warm", 10)
    few, many = (_peaks(tmp_path / f"{n}", n) for n in (10, 100))
    assert many[0] - few[0] < 90 * 2_048
    assert many[1] < 1.2 * few[1]


def test_a_missing_index_says_so(tmp_path: Path) -> None:
    """No index is an error with the exit code of missing things."""
    with pytest.raises(MissingError, match=r"Expected the index .*i\.parquet, found none"):
        read_index(tmp_path / "i.parquet")


@pytest.mark.parametrize("data", [b"", b"PAR1", b"not parquet at all, only text"])
def test_other_bytes_are_refused(tmp_path: Path, data: bytes) -> None:
    """A file that is not Parquet is one sentence, not a traceback of Arrow."""
    (tmp_path / "i.parquet").write_bytes(data)
    with pytest.raises(InputError, match=r"Expected Parquet in .*i\.parquet, found other bytes"):
        read_index(tmp_path / "i.parquet")


def test_other_columns_are_refused(tmp_path: Path) -> None:
    """A Parquet file of something else is refused with both lists of columns."""
    pq.write_table(pa.table({"a": [1]}), tmp_path / "i.parquet")
    with pytest.raises(InputError, match=r"Expected the columns key, split, .* found a or other"):
        read_index(tmp_path / "i.parquet")


@pytest.mark.parametrize("room", [0, 2_000])
def test_a_full_disk_leaves_nothing(
    tmp_path: Path, full_disk: Callable[[int], None], room: int
) -> None:
    """When the disk fills up, the index is not there and the error says why."""
    full_disk(room)
    with pytest.raises(NoSpaceError, match="found it full"):
        write_index(tmp_path / "i.parquet", groups(20))
    assert list(tmp_path.iterdir()) == []


def _peaks(path: Path, n_shards: int) -> tuple[int, int]:
    """Peak bytes of Python and of Arrow while an index is written."""
    before = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(before)
    pa.set_memory_pool(pool)
    tracemalloc.start()
    try:
        write_index(path, groups(n_shards))
        return tracemalloc.get_traced_memory()[1], pool.max_memory() or 0
    finally:
        tracemalloc.stop()
        pa.set_memory_pool(before)
