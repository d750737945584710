"""Check a build against its manifest and index: is every byte the one that was written?

The plain check hashes every file. Where a shard's hash is wrong, its members are compared with the
index one by one, so that the damaged story can be named. The deep check also compares each JSON
with the index and decodes each picture. `built_with` in the manifest is a note that no hash covers.
"""

from __future__ import annotations

import tarfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from storybench.errors import InputError, VerificationError
from storybench.files import sha256_file
from storybench.images import decode
from storybench.shards.format import StoryDocument, parse_story
from storybench.shards.index import INDEX_NAME, SCHEMA, IndexRow, index_rows, read_index
from storybench.shards.manifest import FileEntry, Manifest, ShardEntry, read_manifest
from storybench.shards.members import ShardFile
from storybench.shards.writer import header_bytes
from storybench.types import Progress

SHOWN = 10
PLACES_SHOWN = 3


@dataclass(frozen=True)
class Verification:
    """What was checked, and one sentence for each thing that is not as it was built."""

    n_shards: int
    n_stories: int
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
        return Verification(n_shards=0, n_stories=0, n_bytes=0, problems=(str(error),))
    damaged = {entry.name: _file_problem(directory, entry) for entry in manifest.files}
    problems = [problem for problem in damaged.values() if problem is not None]
    problems += _unlisted(directory, manifest)
    index = SCHEMA.empty_table()
    if damaged.get(INDEX_NAME, "not listed") is None:
        index = read_index(directory / INDEX_NAME)
        problems += _index_problems(index, manifest)
    places = _places(index)
    for done, entry in enumerate(manifest.shards):
        _report(on_progress, done, manifest)
        rows = index_rows(index.take(pa.array(places[entry.name], pa.int64())))
        rows.sort(key=lambda row: row.offsets)
        problems += _shard_problems(directory, entry, rows)
        if deep:
            problems += _story_problems(directory, rows)
    _report(on_progress, len(manifest.shards), manifest)
    return Verification(
        n_shards=len(manifest.shards),
        n_stories=sum(entry.n_stories for entry in manifest.shards),
        n_bytes=sum(entry.size for entry in (*manifest.shards, *manifest.files)),
        problems=tuple(problems),
    )


def _places(index: pa.Table) -> Mapping[str, list[int]]:
    """The rows of each shard, by number."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for row, shard in enumerate(index.column("shard").to_pylist()):
        places[shard].append(row)
    return places


def _report(on_progress: Progress | None, done: int, manifest: Manifest) -> None:
    if on_progress is not None:
        on_progress(done, len(manifest.shards), "shards")


def _file_problem(directory: Path, entry: FileEntry | ShardEntry) -> str | None:
    path = directory / entry.name
    if not path.is_file():
        return f"{entry.name} is missing"
    if (size := path.stat().st_size) != entry.size:
        return f"{entry.name} has {size:,} bytes in place of {entry.size:,}"
    if (found := sha256_file(path)) != entry.sha256:
        return f"{entry.name} has the SHA-256 {found} in place of {entry.sha256}"
    return None


def _unlisted(directory: Path, manifest: Manifest) -> Iterator[str]:
    listed = {entry.name for entry in manifest.shards}
    for path in sorted(directory.glob("*.tar")):
        if path.name not in listed:
            yield f"{path.name} is not in the manifest"
    if INDEX_NAME not in {entry.name for entry in manifest.files}:
        yield f"{INDEX_NAME} is not in the manifest"


def _index_problems(index: pa.Table, manifest: Manifest) -> Iterator[str]:
    counted = Counter(index.column("shard").to_pylist())
    for entry in manifest.shards:
        if counted[entry.name] != entry.n_stories:
            yield (
                f"{INDEX_NAME} has {counted[entry.name]:,} stories of {entry.name} in place of "
                f"{entry.n_stories:,}"
            )
    for name in sorted(counted.keys() - {entry.name for entry in manifest.shards}):
        yield f"{INDEX_NAME} has stories of {name}, which is not in the manifest"
    for key, times in Counter(index.column("key").to_pylist()).items():
        if times > 1:
            yield f"{INDEX_NAME} has story {key} {times} times"
    promised = manifest.spec["n_targets"]
    columns = (index.column(name).to_pylist() for name in ("key", "names"))
    for key, names in zip(*columns, strict=True):
        if (found := len(names) - 2) != promised:  # without the source and the JSON
            yield f"{INDEX_NAME} has story {key} with {found} targets in place of {promised}"


def _shard_problems(directory: Path, entry: ShardEntry, rows: Sequence[IndexRow]) -> Iterator[str]:
    problem = _file_problem(directory, entry)
    if problem is None:
        return
    if not rows or not (directory / entry.name).is_file():
        yield problem
        return
    shard = ShardFile(directory / entry.name)
    places = [
        f"story {row.key} ({name})"
        for row in rows
        for k, name in enumerate(row.names)
        if not _is_whole(shard, row, k)
    ]
    shown = places[:PLACES_SHOWN] or ["no member of a story, so the bytes between or after them"]
    more = f" and {len(places) - PLACES_SHOWN} more" if len(places) > PLACES_SHOWN else ""
    yield f"{problem}; damaged: {', '.join(shown)}{more}"


def _is_whole(shard: ShardFile, row: IndexRow, k: int) -> bool:
    """Whether header and content of one member are those that were written."""
    name, offset, size = row.names[k], row.offsets[k], row.sizes[k]
    data = shard.read(offset - tarfile.BLOCKSIZE, tarfile.BLOCKSIZE + size)
    header, content = data[: tarfile.BLOCKSIZE], data[tarfile.BLOCKSIZE :]
    return (
        header == header_bytes(name, size)
        and len(content) == size
        and zlib.crc32(content) == row.crcs[k]
    )


def _story_problems(directory: Path, rows: Sequence[IndexRow]) -> Iterator[str]:
    """What the deep check finds in the stories of one shard whose bytes are whole."""
    if not rows or not (directory / rows[0].shard).is_file():
        return
    shard = ShardFile(directory / rows[0].shard)
    for row in rows:
        if not all(_is_whole(shard, row, k) for k in range(len(row.names))):
            yield f"story {row.key} in {row.shard} is not where the index says, or damaged"
            continue
        *pictures, text = (
            shard.read(offset, size) for offset, size in zip(row.offsets, row.sizes, strict=True)
        )
        try:
            if _said(parse_story(text, name=row.names[-1])) != _indexed(row):
                yield f"story {row.key} in {row.shard} has a JSON that differs from its index row"
            for name, data in zip(row.names, pictures, strict=False):
                decode(data, name)
        except InputError as error:
            yield f"story {row.key} in {row.shard}: {error}"


def _said(document: StoryDocument) -> tuple[object, ...]:
    frames = document.frames
    return (
        (document.id, document.split, document.cluster, document.position),
        tuple(frame.file for frame in frames),
        tuple((frame.captions, frame.default) for frame in frames),
        tuple((frame.characters, frame.licence) for frame in frames),
    )


def _indexed(row: IndexRow) -> tuple[object, ...]:
    return (
        (row.key, row.split, row.cluster, row.position),
        row.names[:-1],
        tuple(zip(row.captions, row.defaults, strict=True)),
        tuple(zip(row.characters, row.licences, strict=True)),
    )
