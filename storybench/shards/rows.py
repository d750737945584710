"""What stories and clips have in common: rows of an index, each with its members in a tar."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from storybench.shards.members import Member


class Rows:
    """Rows of an index, by number; the one who inherits says in `_table` which."""

    _table: pa.Table

    def __len__(self) -> int:
        return self._table.num_rows

    def _row(self, index: int) -> int:
        """The row of an index, which may count from the end.

        Raises:
            IndexError: there is no such row.
        """
        row = index + len(self) if index < 0 else index
        if not 0 <= row < len(self):
            raise IndexError(f"Expected an index below {len(self)} in {self!r}, found {index}.")
        return row

    def _value(self, column: str, row: int) -> Any:
        return self._table.column(column)[row].as_py()

    def _members(self, row: int) -> list[Member]:
        """Where the files of one row are, in order."""
        columns = (self._value(name, row) for name in ("names", "offsets", "sizes", "crcs"))
        return [Member(*values) for values in zip(*columns, strict=True)]
