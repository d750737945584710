"""What shards hold of a story, as bytes: its pictures undecoded and its JSON.

`Stories` decodes every picture of a story. A loader that shows other frames of its clips, or has
them decoded already, and an export that hands pictures on as they are, need them undecoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from storybench.errors import InputError
from storybench.shards.format import StoryDocument, parse_story
from storybench.shards.members import Member, ShardPool
from storybench.shards.reader import Stories


@dataclass(frozen=True)
class Sample:
    """One story undecoded: its JSON, and the bytes of its pictures in the same order."""

    document: StoryDocument
    pictures: tuple[bytes, ...]


class Samples:
    """The stories of `Stories` (or of a slice of it) undecoded, in the same order.

    Where they are is kept in a few arrays, so that a copy for each worker costs little. Safe to
    pickle, to fork and to share between threads.
    """

    def __init__(self, stories: Stories, rows: np.ndarray[Any, Any] | None = None) -> None:
        table = stories.table()
        table = table if rows is None else table.iloc[rows]
        self._pool = ShardPool(stories.directory)
        self.ids: tuple[str, ...] = tuple(table["key"])
        self._names: tuple[tuple[str, ...], ...] = tuple(map(tuple, table["names"]))
        codes, shards = pd.factorize(table["shard"])
        self._shards: tuple[str, ...] = tuple(shards)
        self._codes = codes.astype(np.int32)
        width = stories.spec.n_targets + 2
        _check_width(self.ids, self._names, width)
        shape = (len(self.ids), width)
        self._offsets, self._sizes, self._crcs = (
            np.array(table[name].tolist(), np.int64).reshape(shape)
            for name in ("offsets", "sizes", "crcs")
        )

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> Sample:
        """The whole of a story, in one read.

        Raises:
            VerificationError: a member is damaged.
        """
        *pictures, text = self._read(index, self._members(index))
        return Sample(self._parse(index, text), tuple(pictures))

    def document(self, index: int) -> StoryDocument:
        """What is known of a story; no picture is read.

        Raises:
            VerificationError: the JSON is damaged.
        """
        (text,) = self._read(index, self._members(index)[-1:])
        return self._parse(index, text)

    def n_bytes(self) -> int:
        """The size of all pictures together."""
        return int(self._sizes[:, :-1].sum())

    def _read(self, index: int, members: list[Member]) -> list[bytes]:
        return self._pool.read(self._shards[self._codes[index]], members)

    def _members(self, index: int) -> list[Member]:
        columns = (self._offsets[index], self._sizes[index], self._crcs[index])
        return [
            Member(name, *numbers)
            for name, *numbers in zip(
                self._names[index], *(column.tolist() for column in columns), strict=True
            )
        ]

    def _parse(self, index: int, text: bytes) -> StoryDocument:
        return parse_story(text, name=f"the JSON of story {self.ids[index]}")


def _check_width(ids: tuple[str, ...], names: tuple[tuple[str, ...], ...], width: int) -> None:
    for story, members in zip(ids, names, strict=True):
        if len(members) != width:
            raise InputError(
                f"Expected a source frame and {width - 2} targets in story {story}, found "
                f"{len(members) - 1} frames. Run `storybench verify` on the build."
            )
