"""Read raw clips back whole, where a build keeps them: to train on, or to choose another frame."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import overload

from storybench.clip_frames import frame_of, frames_of
from storybench.errors import InputError
from storybench.shards.clip_format import ClipDocument, parse_clip
from storybench.shards.clip_index import CLIP_INDEX_NAME, CLIP_SCHEMA, read_clip_index
from storybench.shards.manifest import Manifest, checked_file, read_manifest
from storybench.shards.members import ShardPool
from storybench.shards.rows import Rows
from storybench.spelling import did_you_mean
from storybench.types import Clip, Image


def middle(n: int) -> int:
    """The place of the middle one of so many frames, as protocol `sb-v1` compares with.

    >>> [middle(n) for n in (1, 2, 5, 7)]
    [0, 1, 2, 3]
    """
    return n // 2


class Clips(Rows, Sequence[Clip]):
    """The raw clips of a build, in the order of the release; empty where it keeps none.

    Pictures are read and decoded when asked for and not kept. Safe to pickle, to fork and to share
    between threads.

    Args:
        directory: the folder of a finished build.

    Raises:
        MissingError: no finished build there.
        InputError: a manifest or index that cannot be read.
        VerificationError: manifest or index is not the one that was built.
    """

    def __init__(self, directory: Path | str) -> None:
        self.directory = Path(directory)
        self.manifest: Manifest = read_manifest(self.directory)
        self._pool = ShardPool(self.directory)
        self._table = CLIP_SCHEMA.empty_table()
        if self.manifest.clips:
            path = checked_file(self.directory, self.manifest, CLIP_INDEX_NAME)
            self._table = read_clip_index(path).combine_chunks()

    @overload
    def __getitem__(self, index: int) -> Clip: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Clip]: ...
    def __getitem__(self, index: int | slice) -> Clip | Sequence[Clip]:
        if isinstance(index, slice):
            return [self[row] for row in range(len(self))[index]]
        row = self._row(index)
        frames, text = self._members(row)
        data, text_bytes = self._pool.read(self._value("shard", row), [frames, text])
        document = parse_clip(text_bytes, name=text.name)
        return _clip(document, data)

    def __repr__(self) -> str:
        return f"<Clips: {len(self):,} of {self.manifest.spec['name']} in {self.directory}>"

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Id of every clip, in order, as `Origin.clip` names it."""
        return tuple(self._table.column("clip").to_pylist())

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """How many frames every clip has, in order."""
        return tuple(self._table.column("n_frames").to_pylist())

    def find(self, clip_id: str) -> int:
        """The index of a clip.

        Raises:
            InputError: it is not among these; lists close matches.
        """
        try:
            return self._places[clip_id]
        except KeyError:
            hint = did_you_mean(clip_id, self.ids) or f" {CLIP_INDEX_NAME} lists them all."
        raise InputError(
            f"Expected the id of a clip of {self.manifest.spec['name']}, found {clip_id!r}.{hint}"
        )

    def frame(self, index: int, k: int) -> Image:
        """Frame `k` of one clip alone: uint8 RGB, (h, w, 3); reads no captions.

        Raises:
            InputError: the clip has no frame `k`, or does not decode.
        """
        row = self._row(index)
        member, _ = self._members(row)
        (data,) = self._pool.read(self._value("shard", row), [member])
        return frame_of(data, _suffix(member.name), member.name, k)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {clip: row for row, clip in enumerate(self.ids)}


def _clip(document: ClipDocument, data: bytes) -> Clip:
    return Clip(
        id=document.id,
        cluster=document.cluster,
        frames=frames_of(data, _suffix(document.file), document.file),
        captions=document.captions,
        origin=document.origin,
        default=document.default,
        characters=document.characters,
        label_source=document.label_source,
    )


def _suffix(name: str) -> str:
    return name.rpartition(".")[2]
