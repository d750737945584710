"""Check a build against its manifest and index: is every byte the one that was written?

The plain check hashes every file. Where a shard's hash is wrong, its members are compared with the
index one by one, so that the damaged story or clip can be named. The deep check also compares each
JSON with the index and decodes each picture. `built_with` in the manifest is a note that no hash
covers.
"""

from __future__ import annotations

import tarfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from storybench.clip_frames import frames_of
from storybench.errors import InputError, VerificationError
from storybench.files import sha256_file
from storybench.images import decode
from storybench.shards.clip_format import ClipDocument, parse_clip
from storybench.shards.clip_index import (
    CLIP_INDEX_NAME,
    CLIP_SCHEMA,
    ClipRow,
    clip_rows,
    read_clip_index,
)
from storybench.shards.format import StoryDocument, parse_story
from storybench.shards.index import INDEX_NAME, SCHEMA, IndexRow, index_rows, read_index
from storybench.shards.manifest import (
    ClipShardEntry,
    FileEntry,
    Manifest,
    ShardEntry,
    read_manifest,
)
from storybench.shards.members import ShardFile
from storybench.shards.writer import header_bytes
from storybench.types import Progress

SHOWN = 10
PLACES_SHOWN = 3
PLURALS = {"story": "stories", "clip": "clips"}
DIFFERS = "has a JSON that differs from its index row"

Row = IndexRow | ClipRow
AnyRow = TypeVar("AnyRow", IndexRow, ClipRow)


@dataclass(frozen=True)
class Verification:
    """What was checked, and one sentence for each thing that is not as it was built.

    `n_shards` counts those of stories and those of clips.
    """

    n_shards: int
    n_stories: int
    n_clips: int
    n_bytes: int
    problems: tuple[str, ...]

    def require(self) -> None:
        """Accept only a build without problems.

        Raises:
            VerificationError: lists the problems.
        """
        if not self.problems:
            return
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        shown = [f"  {problem}" for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            shown.append(f"  and {len(self.problems) - SHOWN} more")
        raise VerificationError(
            "\n".join(
                [
                    f"Expected every file as it was built, found {count}:",
                    *shown,
                    "Fetch those files again, or delete them and run the build command again.",
                ]
            )
        )


def verify(
    directory: Path, *, deep: bool = False, on_progress: Progress | None = None
) -> Verification:
    """Compare a build with its manifest; `deep` also reads every story and decodes every picture.

    Raises:
        MissingError: there is no manifest, so no finished build.
    """
    try:
        manifest = read_manifest(directory)
    except (InputError, VerificationError) as error:
        return Verification(0, 0, 0, 0, problems=(str(error),))
    damaged = {entry.name: _file_problem(directory, entry) for entry in manifest.files}
    problems = [problem for problem in damaged.values() if problem is not None]
    problems += _unlisted(directory, manifest)
    stories, clips = SCHEMA.empty_table(), CLIP_SCHEMA.empty_table()
    if damaged.get(INDEX_NAME, "not listed") is None:
        stories = read_index(directory / INDEX_NAME)
        problems += _index_problems(stories, manifest)
    if damaged.get(CLIP_INDEX_NAME, "not listed") is None:
        clips = read_clip_index(directory / CLIP_INDEX_NAME)
        problems += _row_problems(clips, _promised(manifest.clips), CLIP_INDEX_NAME, "clip")
    n_shards = len(manifest.shards) + len(manifest.clips)
    rooms = ((stories, manifest.shards, _check_stories), (clips, manifest.clips, _check_clips))
    checks = (partial(check, directory, e, index) for index, es, check in rooms for e in es)
    for done, check in enumerate(checks):
        _report(on_progress, done, n_shards)
        problems += check(deep=deep)
    _report(on_progress, n_shards, n_shards)
    entries = (*manifest.shards, *manifest.clips, *manifest.files)
    return Verification(
        n_shards=n_shards,
        n_stories=sum(entry.n_stories for entry in manifest.shards),
        n_clips=sum(entry.n_clips for entry in manifest.clips),
        n_bytes=sum(entry.size for entry in entries),
        problems=tuple(problems),
    )


def _check_stories(
    directory: Path, entry: ShardEntry, index: pa.Table, *, deep: bool
) -> Iterator[str]:
    rows = sorted(index_rows(_rows_of(index, entry.name)), key=lambda row: row.offsets)
    yield from _shard_problems(directory, entry, rows, "story")
    if deep:
        yield from _sample_problems(directory, rows, "story", _story_problems)


def _check_clips(
    directory: Path, entry: ClipShardEntry, index: pa.Table, *, deep: bool
) -> Iterator[str]:
    rows = sorted(clip_rows(_rows_of(index, entry.name)), key=lambda row: row.offsets)
    yield from _shard_problems(directory, entry, rows, "clip")
    if deep:
        yield from _sample_problems(directory, rows, "clip", _clip_problems)


def _rows_of(index: pa.Table, shard: str) -> pa.Table:
    return index.filter(pc.field("shard") == shard)


def _report(on_progress: Progress | None, done: int, n_shards: int) -> None:
    if on_progress is not None:
        on_progress(done, n_shards, "shards")


def _file_problem(directory: Path, entry: FileEntry | ShardEntry | ClipShardEntry) -> str | None:
    path = directory / entry.name
    if not path.is_file():
        return f"{entry.name} is missing"
    if (size := path.stat().st_size) != entry.size:
        return f"{entry.name} has {size:,} bytes in place of {entry.size:,}"
    if (found := sha256_file(path)) != entry.sha256:
        return f"{entry.name} has the SHA-256 {found} in place of {entry.sha256}"
    return None


def _unlisted(directory: Path, manifest: Manifest) -> Iterator[str]:
    listed = {entry.name for entry in (*manifest.shards, *manifest.clips)}
    for path in sorted(directory.glob("*.tar")):
        if path.name not in listed:
            yield f"{path.name} is not in the manifest"
    files = {entry.name for entry in manifest.files}
    for name in (INDEX_NAME, *([CLIP_INDEX_NAME] if manifest.clips else [])):
        if name not in files:
            yield f"{name} is not in the manifest"


def _promised(entries: Iterable[ShardEntry | ClipShardEntry]) -> dict[str, int]:
    """How many samples each shard has."""
    return {
        entry.name: entry.n_stories if isinstance(entry, ShardEntry) else entry.n_clips
        for entry in entries
    }


def _row_problems(
    index: pa.Table, promised: Mapping[str, int], name: str, noun: str
) -> Iterator[str]:
    """An index against the shards of the manifest; `noun` is what one row is."""
    nouns = PLURALS[noun]
    counted = Counter(index.column("shard").to_pylist())
    for shard, count in promised.items():
        if counted[shard] != count:
            yield f"{name} has {counted[shard]:,} {nouns} of {shard} in place of {count:,}"
    for shard in sorted(counted.keys() - promised.keys()):
        yield f"{name} has {nouns} of {shard}, which is not in the manifest"
    for key, times in Counter(index.column("key").to_pylist()).items():
        if times > 1:
            yield f"{name} has {noun} {key} {times} times"


def _index_problems(index: pa.Table, manifest: Manifest) -> Iterator[str]:
    yield from _row_problems(index, _promised(manifest.shards), INDEX_NAME, "story")
    promised = manifest.spec["n_targets"]
    columns = (index.column(name).to_pylist() for name in ("key", "names"))
    for key, names in zip(*columns, strict=True):
        if (found := len(names) - 2) != promised:  # without the source and the JSON
            yield f"{INDEX_NAME} has story {key} with {found} targets in place of {promised}"


def _shard_problems(
    directory: Path, entry: ShardEntry | ClipShardEntry, rows: Sequence[Row], noun: str
) -> Iterator[str]:
    problem = _file_problem(directory, entry)
    if problem is None:
        return
    if not rows or not (directory / entry.name).is_file():
        yield problem
        return
    shard = ShardFile(directory / entry.name)
    places = [
        f"{noun} {row.key} ({name})"
        for row in rows
        for k, name in enumerate(row.names)
        if not _is_whole(shard, row, k)
    ]
    shown = places[:PLACES_SHOWN] or [f"no member of a {noun}, so the bytes between or after them"]
    more = f" and {len(places) - PLACES_SHOWN} more" if len(places) > PLACES_SHOWN else ""
    yield f"{problem}; damaged: {', '.join(shown)}{more}"


def _is_whole(shard: ShardFile, row: Row, k: int) -> bool:
    """Whether header and content of one member are those that were written."""
    name, offset, size = row.names[k], row.offsets[k], row.sizes[k]
    data = shard.read(offset - tarfile.BLOCKSIZE, tarfile.BLOCKSIZE + size)
    header, content = data[: tarfile.BLOCKSIZE], data[tarfile.BLOCKSIZE :]
    return (
        header == header_bytes(name, size)
        and len(content) == size
        and zlib.crc32(content) == row.crcs[k]
    )


def _sample_problems(
    directory: Path,
    rows: Sequence[AnyRow],
    noun: str,
    look: Callable[[AnyRow, Sequence[bytes]], Iterator[str]],
) -> Iterator[str]:
    """What the deep check finds in the samples of one shard whose bytes are whole."""
    if not rows or not (directory / rows[0].shard).is_file():
        return
    shard = ShardFile(directory / rows[0].shard)
    for row in rows:
        place = f"{noun} {row.key} in {row.shard}"
        if not all(_is_whole(shard, row, k) for k in range(len(row.names))):
            yield f"{place} is not where the index says, or damaged"
            continue
        contents = [shard.read(*where) for where in zip(row.offsets, row.sizes, strict=True)]
        try:
            for problem in look(row, contents):
                yield f"{place} {problem}"
        except InputError as error:
            yield f"{place}: {error}"


def _story_problems(row: IndexRow, contents: Sequence[bytes]) -> Iterator[str]:
    *pictures, text = contents
    if _said(parse_story(text, name=row.names[-1])) != _indexed(row):
        yield DIFFERS
    for name, data in zip(row.names, pictures, strict=False):
        decode(data, name)


def _clip_problems(row: ClipRow, contents: Sequence[bytes]) -> Iterator[str]:
    data, text = contents
    document = parse_clip(text, name=row.names[-1])
    if _clip_said(document) != _clip_indexed(row):
        yield DIFFERS
    found = len(frames_of(data, document.file.rpartition(".")[2], document.file))
    if found != document.n_frames:
        yield f"has {found} frames in place of {document.n_frames}"


def _said(document: StoryDocument) -> tuple[object, ...]:
    frames = document.frames
    return (
        (document.id, document.split, document.cluster, document.position),
        (tuple(sorted(document.orders.items())), document.subsets, document.label_source),
        tuple(frame.file for frame in frames),
        tuple((frame.captions, frame.default) for frame in frames),
        tuple((frame.characters, frame.licence) for frame in frames),
    )


def _indexed(row: IndexRow) -> tuple[object, ...]:
    return (
        (row.key, row.split, row.cluster, row.position),
        (row.orders, row.subsets, row.label_source),
        row.names[:-1],
        tuple(zip(row.captions, row.defaults, strict=True)),
        tuple(zip(row.characters, row.licences, strict=True)),
    )


def _clip_said(document: ClipDocument) -> tuple[object, ...]:
    return (
        (document.id, document.cluster, document.file, document.n_frames),
        (document.captions, document.default, document.characters, document.label_source),
    )


def _clip_indexed(row: ClipRow) -> tuple[object, ...]:
    return (
        (row.clip, row.cluster, row.names[0], row.n_frames),
        (row.captions, row.default, row.characters, row.label_source),
    )
