"""Read stories back: any one of them by number, or all of them as a stream.

`Stories` is a sequence. It keeps the index in Arrow and reads one story with one `pread`, so random
order costs no more than reading in order. Indices follow the splits (train, val, test, others by
name) and, in each split, the official positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import pyarrow as pa

from storybench.errors import InputError, VerificationError
from storybench.images import decode
from storybench.shards.format import StoryDocument, json_name, parse_story, split_rank
from storybench.shards.index import INDEX_NAME, read_index
from storybench.shards.manifest import Manifest, checked_file, read_manifest
from storybench.shards.manifest import spec as spec_of
from storybench.shards.members import ShardPool
from storybench.shards.rows import Rows
from storybench.spelling import did_you_mean
from storybench.types import Frame, Image, Origin, Story, StoryPrompt, StorySpec

if TYPE_CHECKING:
    import pandas as pd
    from webdataset.pipeline import DataPipeline


class Stories(Rows, Sequence[Story]):
    """The stories of a build, or of one split of it; slices are views of the same shards.

    Pictures are read and decoded when asked for and not kept. Safe to pickle, to fork and to share
    between threads.

    Args:
        directory: the folder of a finished build.
        split: the split to read; all of them if None.

    Raises:
        MissingError: no finished build there.
        InputError: no such split, or a manifest or index that cannot be read.
        VerificationError: manifest or index is not the one that was built.
    """

    def __init__(self, directory: Path | str, split: str | None = None) -> None:
        self.directory = Path(directory)
        self.split = split
        self.manifest: Manifest = read_manifest(self.directory)
        self._pool = ShardPool(self.directory)
        table = read_index(checked_file(self.directory, self.manifest, INDEX_NAME))
        self._table = _select(table, self.manifest, split)

    @overload
    def __getitem__(self, index: int) -> Story: ...
    @overload
    def __getitem__(self, index: slice) -> Stories: ...
    def __getitem__(self, index: int | slice) -> Story | Stories:
        if isinstance(index, slice):
            return self._view(range(len(self))[index])
        row = self._row(index)
        shard, members = self._value("shard", row), self._members(row)
        *pictures, text = self._pool.read(shard, members)
        document = parse_story(text, name=f"{members[-1].name} in shard {shard}")
        named = {member.name: data for member, data in zip(members, pictures, strict=False)}
        return _story(document, named)

    def __repr__(self) -> str:
        return f"<Stories: {len(self):,} of {self._title} in {self.directory}>"

    @property
    def _title(self) -> str:
        return self.spec.name if self.split is None else f"{self.spec.name} {self.split}"

    @property
    def spec(self) -> StorySpec:
        """What the dataset promises."""
        return spec_of(self.manifest)

    @property
    def digest(self) -> str:
        """The version of the whole dataset: the digest of its manifest."""
        return self.manifest.digest

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Id of every story, in order."""
        return tuple(self._table.column("key").to_pylist())

    @cached_property
    def clusters(self) -> tuple[str, ...]:
        """Episode or video of every story, in order: what intervals are computed over."""
        return tuple(self._table.column("cluster").to_pylist())

    def find(self, story_id: str) -> int:
        """The index of a story.

        Raises:
            InputError: it is not among these; lists close matches.
        """
        index = self._table.column("key").index(story_id).as_py()
        if index >= 0:
            return index
        hint = did_you_mean(story_id, self.ids) or f" {INDEX_NAME} lists them all."
        raise InputError(f"Expected the id of a story of {self._title}, found {story_id!r}.{hint}")

    def captions(self, index: int) -> tuple[str, ...]:
        """Default caption of every frame of one story, source first; reads no shard."""
        row = self._row(index)
        alternatives, defaults = self._value("captions", row), self._value("defaults", row)
        return tuple(of[k] for of, k in zip(alternatives, defaults, strict=True))

    def origins(self, index: int) -> tuple[Origin, ...]:
        """Where every frame of one story came from, source first; decodes no picture."""
        row = self._row(index)
        text = self._members(row)[-1]
        (data,) = self._pool.read(self._value("shard", row), [text])
        return tuple(frame.origin for frame in parse_story(data, name=text.name).frames)

    def image(self, index: int, k: int) -> Image:
        """Frame `k` of one story alone (0 is the source): uint8 RGB, (h, w, 3).

        Raises:
            IndexError: the story has no frame `k`.
        """
        row = self._row(index)
        pictures = self._members(row)[:-1]
        if not 0 <= k < len(pictures):
            raise IndexError(
                f"Expected a frame from 0 to {len(pictures) - 1} of story "
                f"{self._value('key', row)}, found {k}."
            )
        (data,) = self._pool.read(self._value("shard", row), [pictures[k]])
        return decode(data, pictures[k].name)

    def prompt(self, index: int) -> StoryPrompt:
        """What a model may see of one story; reads and decodes the source picture alone."""
        return StoryPrompt(
            id=self._value("key", self._row(index)),
            source=self.image(index, 0),
            captions=self.captions(index),
        )

    def table(self) -> pd.DataFrame:
        """The index of these stories, one row a story, columns as in `index.SCHEMA`."""
        return self._table.to_pandas()

    def webdataset(self) -> DataPipeline:
        """A `webdataset` pipeline over the same tars that yields `Story`, in the order of shards.

        Splits shards between DataLoader workers and distributed ranks; compose further stages onto
        it (`.compose(wds.shuffle(100))`).

        Raises:
            InputError: there is no story to yield.
        """
        from webdataset import filters, pipeline, shardlists, tariterators

        shards = sorted(self._table.column("shard").unique().to_pylist())
        if not shards:
            raise InputError(f"Expected stories to stream, found none in {self!r}.")
        return pipeline.DataPipeline(
            shardlists.SimpleShardList([str(self.directory.resolve() / name) for name in shards]),
            shardlists.split_by_node,
            shardlists.split_by_worker,
            _opened,
            tariterators.tar_file_expander,
            tariterators.group_by_keys,
            filters.select(partial(_is_among, frozenset(self.ids))),
            filters.map(story_of_sample),
        )

    def other_splits(self) -> tuple[Stories, ...]:
        """The stories of every other split of the same build."""
        splits = self.manifest.splits
        return tuple(Stories(self.directory, name) for name in splits if name != self.split)

    def _view(self, rows: range) -> Stories:
        view = object.__new__(Stories)
        view.directory, view.split, view.manifest = self.directory, self.split, self.manifest
        view._pool = self._pool
        view._table = self._table.take(pa.array(rows, pa.int64())).combine_chunks()
        return view


def story_of_sample(sample: Mapping[str, Any]) -> Story:
    """A story from one undecoded `webdataset` sample of a shard.

    Raises:
        InputError: the JSON does not follow the schema, or a picture does not decode.
        VerificationError: a picture is missing.
    """
    key = sample["__key__"]
    document = parse_story(sample["json"], name=json_name(key))
    pictures = {f"{key}.{suffix}": data for suffix, data in sample.items() if suffix != "json"}
    return _story(document, pictures)


def _story(document: StoryDocument, pictures: Mapping[str, bytes]) -> Story:
    if missing := [frame.file for frame in document.frames if frame.file not in pictures]:
        raise VerificationError(
            f"Expected {missing[0]} beside the JSON of story {document.id}, found none."
        )
    source, *targets = (
        Frame(
            image=decode(pictures[frame.file], frame.file),
            captions=frame.captions,
            origin=frame.origin,
            default=frame.default,
            characters=frame.characters,
            licence=frame.licence,
        )
        for frame in document.frames
    )
    return Story(
        id=document.id,
        split=document.split,
        cluster=document.cluster,
        position=document.position,
        source=source,
        targets=tuple(targets),
        orders=document.orders,
        subsets=document.subsets,
        label_source=document.label_source,
    )


def _opened(shards: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Pipeline stage: open each shard, and close it when its stories were taken."""
    for shard in shards:
        with Path(shard["url"]).open("rb") as stream:
            yield {**shard, "stream": stream}


def _is_among(ids: frozenset[str], sample: Mapping[str, Any]) -> bool:
    return sample["__key__"] in ids


def _select(table: pa.Table, manifest: Manifest, split: str | None) -> pa.Table:
    if split is not None and split not in manifest.splits:
        raise InputError(
            f"Expected one of the splits {', '.join(manifest.splits) or '(none)'}, found {split!r}."
        )
    splits = table.column("split").to_pylist()
    positions = table.column("position").to_pylist()
    rows = [row for row, of in enumerate(splits) if split in (None, of)]
    rows.sort(key=lambda row: (split_rank(splits[row]), positions[row]))
    return table.take(pa.array(rows, pa.int64())).combine_chunks()
