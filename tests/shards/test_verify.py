"""One wrong byte anywhere, and `verify` says where."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from storybench.errors import MissingError, VerificationError
from storybench.files import sha256_file, write_json
from storybench.shards.format import StoryRecord, shard_name
from storybench.shards.index import INDEX_NAME, IndexRow, index_rows, read_index, write_index
from storybench.shards.manifest import (
    MANIFEST_NAME,
    ShardEntry,
    file_entry,
    make_manifest,
    read_manifest,
    spec,
    write_manifest,
)
from storybench.shards.verify import Verification, verify
from storybench.shards.writer import ShardWriter

SHARD = "stories-train-00000.tar"


def rows_of(directory: Path, shard: str = SHARD) -> dict[str, IndexRow]:
    """The index rows of one shard by key."""
    found = index_rows(read_index(directory / INDEX_NAME))
    return {row.key: row for row in found if row.shard == shard}


def flip(path: Path, offset: int, bit: int = 0) -> None:
    """Flip one bit of one byte in place."""
    with path.open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ (1 << bit)]))


def problems(directory: Path) -> str:
    """All problems of a build, one a line; the deep check must find at least as many."""
    found, deep = verify(directory), verify(directory, deep=True)
    assert set(found.problems) <= set(deep.problems)
    return "\n".join(found.problems)


def remake(directory: Path, **changes: int) -> None:
    """Write a manifest that fits the files as they are now, as if the build had gone wrong."""
    manifest = read_manifest(directory)
    make = make_manifest(
        spec(manifest),
        shards=[
            ShardEntry(
                **{
                    **entry.model_dump(),
                    "sha256": sha256_file(directory / entry.name),
                    "size": (directory / entry.name).stat().st_size,
                    **changes,
                }
            )
            for entry in manifest.shards
        ],
        files=[file_entry(directory / entry.name) for entry in manifest.files],
        raw=manifest.raw,
        options=manifest.options,
        drops=manifest.drops,
        n_planned=manifest.n_planned,
        n_dropped=manifest.n_dropped,
    )
    write_manifest(directory, make)


def test_a_whole_build_has_no_problem(build: Path) -> None:
    """Nothing is found in what was just written, and the counts are right."""
    found = verify(build)
    assert found == verify(build, deep=True)
    size = sum(path.stat().st_size for path in build.iterdir() if path.name != MANIFEST_NAME)
    assert found == Verification(3, n_stories=8, n_clips=0, n_bytes=size, problems=())
    found.require()


def test_progress_is_told(build: Path) -> None:
    """Progress counts shards from none to all."""
    seen: list[tuple[int, int, str]] = []
    verify(build, on_progress=lambda *step: seen.append(step))
    assert seen == [(n, 3, "shards") for n in range(4)]


@pytest.mark.parametrize("member", [0, 1, 2, 3])
@pytest.mark.parametrize("place", ["first", "middle", "last", "header"])
def test_a_flipped_byte_in_a_member_names_shard_and_story(
    own_build: Path, member: int, place: str
) -> None:
    """In a picture, the JSON or a tar header: the shard, the story and the member are named."""
    row = rows_of(own_build)["train-1"]
    start, size = row.offsets[member], row.sizes[member]
    offsets = {"first": start, "middle": start + size // 2, "last": start + size - 1}
    flip(own_build / SHARD, {**offsets, "header": start - 500}[place])
    assert problems(own_build).startswith(f"{SHARD} has the SHA-256 ")
    assert f"damaged: story train-1 ({row.names[member]})" in problems(own_build)
    assert problems(own_build).count("story") == 1


@pytest.mark.parametrize("offset", [-1, -2_000])
def test_a_flipped_byte_between_stories_names_the_shard(own_build: Path, offset: int) -> None:
    """In the padding or the end of the archive: the shard is named and no story accused."""
    path = own_build / SHARD
    flip(path, path.stat().st_size + offset)
    assert "damaged: no member of a story" in problems(own_build)
    assert "story train" not in problems(own_build)


def test_every_byte_of_a_shard_counts(own_build: Path) -> None:
    """One flipped bit is found wherever it is; every 997th byte is tried."""
    path = own_build / "stories-test-00000.tar"
    for offset in range(0, path.stat().st_size, 997):
        flip(path, offset, offset % 8)
        assert len(verify(own_build).problems) == 1, offset
        flip(path, offset, offset % 8)
    assert verify(own_build).problems == ()


@pytest.mark.parametrize("name", [INDEX_NAME, "drops.jsonl"])
def test_a_flipped_byte_in_another_file_names_it(own_build: Path, name: str) -> None:
    """The index and the drop ledger are hashed as well."""
    flip(own_build / name, (own_build / name).stat().st_size // 2)
    assert problems(own_build).startswith(f"{name} has the SHA-256 ")
    assert "\n" not in problems(own_build)


def test_every_byte_of_the_manifest_counts(own_build: Path) -> None:
    """One flipped bit in the manifest is found, but for the note about the tools."""
    path = own_build / MANIFEST_NAME
    text = path.read_bytes()
    note = range(text.index(b'"built_with"'), text.index(b'"digest"'))
    for offset in range(0, len(text), 7):
        if offset in note:
            continue
        flip(path, offset, offset % 8)
        assert len(verify(own_build).problems) == 1, text[offset - 10 : offset + 10]
        flip(path, offset, offset % 8)


def test_a_shard_cut_short_names_what_is_lost(own_build: Path) -> None:
    """A download that stopped: sizes are given, and the stories that are gone."""
    path = own_build / SHARD
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(rows_of(own_build)["train-1"].offsets[2] + 10)
    assert f"{SHARD} has " in problems(own_build)
    assert f"bytes in place of {size:,}; damaged: story train-1 (train-1.2.jpg)" in problems(
        own_build
    )
    assert "story train-2 (train-2.0.png)" in problems(own_build)
    assert problems(own_build).endswith(" and 3 more")


def test_a_missing_shard_is_named(own_build: Path) -> None:
    """A shard that was not copied is missing, and no other problem is made of it."""
    (own_build / SHARD).unlink()
    assert problems(own_build) == f"{SHARD} is missing"


def test_a_missing_index_is_named(own_build: Path) -> None:
    """Without an index the shards are still hashed."""
    (own_build / INDEX_NAME).unlink()
    flip(own_build / SHARD, 600)
    first, second = problems(own_build).splitlines()
    assert first == f"{INDEX_NAME} is missing"
    assert second.startswith(f"{SHARD} has the SHA-256")


def test_an_extra_shard_is_named(own_build: Path) -> None:
    """A shard of another build in the same folder is no part of this one."""
    (own_build / "stories-train-00009.tar").write_bytes(b"")
    assert problems(own_build) == "stories-train-00009.tar is not in the manifest"


def test_an_unfinished_build_is_not_verified(own_build: Path) -> None:
    """No manifest is an error of its own: there is nothing to compare with."""
    (own_build / MANIFEST_NAME).unlink()
    with pytest.raises(MissingError, match="a build that was not finished"):
        verify(own_build)


def test_a_newer_format_is_said_so(own_build: Path) -> None:
    """A manifest of a later format is reported with the cure."""
    write_json(own_build / MANIFEST_NAME, {"format": 7})
    assert "found format 7" in problems(own_build)


def test_a_manifest_that_counts_otherwise_is_found(own_build: Path) -> None:
    """Counts of stories are compared between manifest and index."""
    remake(own_build, n_stories=2)
    assert f"{INDEX_NAME} has 3 stories of {SHARD} in place of 2" in problems(own_build)


def test_a_story_in_two_shards_is_found(own_build: Path) -> None:
    """A key stands once in the whole build."""
    table = index_rows(read_index(own_build / INDEX_NAME))
    write_index(own_build / INDEX_NAME, [[*table, table[0]]])
    remake(own_build)
    assert f"{INDEX_NAME} has story {table[0].key} 2 times" in problems(own_build)


def test_stories_of_an_unlisted_shard_are_found(own_build: Path) -> None:
    """An index that points into a shard the manifest does not know is wrong."""
    table = index_rows(read_index(own_build / INDEX_NAME))
    stray = IndexRow.from_json({**asdict(table[0]), "key": "stray", "shard": "stray.tar"})
    write_index(own_build / INDEX_NAME, [[*table, stray]])
    remake(own_build)
    assert f"{INDEX_NAME} has stories of stray.tar, which is not" in problems(own_build)


def test_the_deep_check_compares_index_and_json(own_build: Path) -> None:
    """Files that agree with the manifest may still disagree with each other."""
    rows = index_rows(read_index(own_build / INDEX_NAME))
    table = json.loads(json.dumps([asdict(row) for row in rows]))
    table[0]["captions"][1] = ["Another caption."]
    table[1]["offsets"] = [offset + 1 for offset in table[1]["offsets"]]
    write_index(own_build / INDEX_NAME, [[IndexRow.from_json(row) for row in table]])
    remake(own_build)
    assert verify(own_build).problems == ()
    problems = verify(own_build, deep=True).problems
    where = [f"story {row['key']} in {row['shard']}" for row in table[:2]]
    assert sorted(problems) == sorted(
        [
            f"{where[0]} has a JSON that differs from its index row",
            f"{where[1]} is not where the index says, or damaged",
        ]
    )


def test_the_deep_check_decodes_every_picture(
    own_build: Path, record: Callable[[str, int], StoryRecord]
) -> None:
    """Bytes that were never a picture are found although every hash is right."""
    story = record("test", 0)
    junk = replace(story.frames[1], data=b"never a picture")
    story = replace(story, frames=(story.frames[0], junk, story.frames[2]))
    with ShardWriter(own_build / shard_name("test", 0)) as shard:
        rows = [shard.add(story), shard.add(record("test", 1)), shard.add(record("test", 2))]
    others = [row for row in index_rows(read_index(own_build / INDEX_NAME)) if row.split == "train"]
    write_index(own_build / INDEX_NAME, [rows, others])
    remake(own_build)
    assert verify(own_build).problems == ()
    (problem,) = verify(own_build, deep=True).problems
    assert problem.startswith(
        "story test-0 in stories-test-00000.tar: Expected a PNG, JPEG or WebP"
    )


def test_require_lists_the_problems() -> None:
    """The error ends the command with 5 and lists what was found, ten at most."""
    found = Verification(3, 8, 0, 1, problems=tuple(f"file {n} is missing" for n in range(12)))
    with pytest.raises(
        VerificationError, match="found 12 problems:\n  file 0 is missing"
    ) as caught:
        found.require()
    assert caught.value.exit_code == 5
    assert "file 9 is missing\n  and 2 more\nFetch" in str(caught.value)
    assert "file 10" not in str(caught.value)


def test_a_story_with_another_number_of_targets_is_named(
    write: Callable[..., Path], record: Callable[[str, int], StoryRecord], tmp_path: Path
) -> None:
    """The spec promises two targets: one with fewer and one with more are both found."""

    def uneven(split: str, position: int) -> StoryRecord:
        story = record(split, position)
        frames = {"train-1": story.frames[:2], "test-0": (*story.frames, *story.frames[1:])}
        return replace(story, frames=frames.get(story.key, story.frames))

    found = verify(write(tmp_path, uneven))
    assert found.problems == (
        "stories.parquet has story test-0 with 4 targets in place of 2",
        "stories.parquet has story train-1 with 1 targets in place of 2",
    )
    with pytest.raises(VerificationError, match="story test-0 with 4 targets in place of 2"):
        found.require()
