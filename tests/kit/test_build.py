"""A build is whole or continues; nothing but its input decides its bytes."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from storybench.errors import InputError, MissingError, NoSpaceError, RawDataError
from storybench.files import sha256_file
from storybench.lock import only_one
from storybench.shards.manifest import read_manifest
from storybench.shards.reader import Stories
from storybench.shards.verify import verify
from storydata.kit.building.build import build
from storydata.kit.drops import Drop, read_drops


def test_a_build_is_a_dataset_that_verifies(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """Every planned story can be read, and every hash, offset and picture checks out."""
    result = build(toys.ToyRecipe(raw, shade=5), tmp_path / "out")
    assert (result.dataset, result.n_planned, result.n_dropped) == ("toy-rebuilt", 27, 0)
    assert result.n_stories == {"train": 20, "test": 7}
    assert (result.shards_built, result.shards_kept) == (8, 0)
    verify(tmp_path / "out", deep=True).require()
    stories = Stories(tmp_path / "out", "test")
    assert [story.id for story in stories][:3] == ["test-0-0", "test-0-1", "test-0-2"]
    expected = 5 + len("test-0 line 0 ") + 40
    np.testing.assert_array_equal(stories[0].source.image[0], np.full((8, 3), expected))
    assert result.digest == read_manifest(tmp_path / "out").digest


def test_what_is_lost_is_counted_and_named(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """Losses of the plan and of the work stand in drops.jsonl, manifest, card and result."""
    (raw / "train-03.txt").write_text(f"whole\n{toys.BROKEN}\n{toys.BROKEN}\nwhole")
    result = build(toys.ToyRecipe(raw), tmp_path / "out")
    assert result.n_dropped == 2
    assert result.drops == {"story: line broken": 2, "file: file missing": 1}
    assert read_drops(tmp_path / "out" / "drops.jsonl") == [
        Drop("absent", "file", "train", "file missing", "no absent.txt"),
        Drop("train-03-1", "story", "train", "line broken", "line 1 is broken"),
        Drop("train-03-2", "story", "train", "line broken", "line 2 is broken"),
    ]
    text = (tmp_path / "out" / "README.md").read_text()
    assert "2 of 27 planned stories" in text
    assert "| story: line broken | 2 |" in text


def test_the_manifest_names_every_raw_file(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """Raw files stand in the manifest by name, with size and hash."""
    build(toys.ToyRecipe(raw), tmp_path / "out")
    entries = {entry.path: entry for entry in read_manifest(tmp_path / "out").raw}
    assert sorted(entries) == sorted(path.name for path in raw.iterdir())
    assert entries["test-1.txt"].sha256 == sha256_file(raw / "test-1.txt")


def test_the_number_of_workers_changes_no_byte(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """One process and a pool of two write the same files."""
    build(toys.ToyRecipe(raw), tmp_path / "one")
    result = build(toys.ToyRecipe(raw), tmp_path / "two", workers=2)
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "two")
    assert result.shards_built == 8


def test_progress_is_told_shard_by_shard(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """From none to all, with the unit of counting."""
    told: list[tuple[int, int, str]] = []
    build(toys.ToyRecipe(raw), tmp_path / "out", on_progress=lambda *now: told.append(now))
    assert told == [(done, 8, "shards") for done in range(9)]


def test_building_again_changes_nothing(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """A second run keeps every shard, file for file, and gives the same digest."""
    first = build(toys.ToyRecipe(raw), tmp_path / "out")
    before = _identities(tmp_path / "out")
    again = build(toys.ToyRecipe(raw), tmp_path / "out")
    assert (again.digest, again.shards_built, again.shards_kept) == (first.digest, 0, 8)
    assert _identities(tmp_path / "out") == before


def test_only_what_a_raw_file_touches_is_built_again(
    toys: ModuleType, raw: Path, tmp_path: Path
) -> None:
    """A changed line rebuilds the one shard it is in, to what a fresh build gives."""
    build(toys.ToyRecipe(raw), tmp_path / "out")
    before = _identities(tmp_path / "out")
    (raw / "test-1.txt").write_text("another line")
    result = build(toys.ToyRecipe(raw), tmp_path / "out")
    assert (result.shards_built, result.shards_kept) == (1, 7)
    after = _identities(tmp_path / "out")
    assert [name for name in before if before[name] != after[name]] == ["stories-test-00000.tar"]
    build(toys.ToyRecipe(raw), tmp_path / "fresh")
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "fresh")


def test_a_raw_file_that_was_only_touched_is_no_change(
    toys: ModuleType, raw: Path, tmp_path: Path
) -> None:
    """Another time of change leads to a comparison, not to a rebuild."""
    build(toys.ToyRecipe(raw), tmp_path / "out")
    before = _identities(tmp_path / "out")
    for path in raw.iterdir():
        os.utime(path, ns=(1, 1))
    assert build(toys.ToyRecipe(raw), tmp_path / "out", workers=2).shards_built == 0
    assert _identities(tmp_path / "out") == before


def test_another_option_builds_everything_again(
    toys: ModuleType, raw: Path, tmp_path: Path
) -> None:
    """An option is part of every shard."""
    first = build(toys.ToyRecipe(raw), tmp_path / "out")
    other = build(toys.ToyRecipe(raw, shade=9), tmp_path / "out")
    assert other.shards_built == 8
    assert other.digest != first.digest
    verify(tmp_path / "out", deep=True).require()


def test_shards_of_an_older_plan_go(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """A plan with fewer shards leaves no stray ones behind."""
    build(toys.ToyRecipe(raw, stories_per_shard=1), tmp_path / "out")
    build(toys.ToyRecipe(raw, stories_per_shard=100), tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").glob("*.tar"))
    assert names == ["stories-test-00000.tar", "stories-train-00000.tar"]
    verify(tmp_path / "out").require()


def test_a_damaged_or_lost_shard_is_made_again(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """A flipped byte and a deleted file are both mended."""
    build(toys.ToyRecipe(raw), tmp_path / "out")
    whole = _bytes(tmp_path / "out")
    damaged = tmp_path / "out" / "stories-train-00001.tar"
    damaged.write_bytes(b"x" + damaged.read_bytes()[1:])
    (tmp_path / "out" / "stories-train-00002.tar").unlink()
    (tmp_path / "out" / "stories.parquet").unlink()
    assert build(toys.ToyRecipe(raw), tmp_path / "out").shards_built == 2
    assert _bytes(tmp_path / "out") == whole


def test_a_folder_with_something_else_is_left_alone(
    toys: ModuleType, raw: Path, tmp_path: Path
) -> None:
    """Neither files of others, nor a build of another dataset, are touched."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match=r"an empty folder or an earlier build .* thesis\.tex"):
        build(toys.ToyRecipe(raw), tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["thesis.tex"]
    build(toys.ToyRecipe(raw), tmp_path / "out")
    before = _bytes(tmp_path / "out")
    with pytest.raises(InputError, match=r"a build of other at .*, found one of toy-rebuilt"):
        build(toys.ToyRecipe(raw, name="other"), tmp_path / "out")
    assert _bytes(tmp_path / "out") == before
    with pytest.raises(InputError, match=r"Expected a folder for the shards at .*, found a file"):
        build(toys.ToyRecipe(raw), raw / "test-0.txt")


def test_a_copy_without_dot_files_is_an_earlier_build(
    toys: ModuleType, raw: Path, tmp_path: Path
) -> None:
    """Its manifest says what it is: the same dataset is built anew there, another is refused."""
    build(toys.ToyRecipe(raw), tmp_path / "out")
    whole = _bytes(tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / ".build")
    with pytest.raises(InputError, match=r"a build of other at .*, found one of toy-rebuilt"):
        build(toys.ToyRecipe(raw, name="other"), tmp_path / "out")
    assert _bytes(tmp_path / "out") == whole
    result = build(toys.ToyRecipe(raw), tmp_path / "out")
    assert (result.shards_built, result.shards_kept) == (8, 0)
    assert _bytes(tmp_path / "out") == whole


def test_a_manifest_of_something_else_is_no_build(
    toys: ModuleType, raw: Path, tmp_path: Path
) -> None:
    """Other programs write files of that name too."""
    (tmp_path / "manifest.json").write_text('{"name": "my web page"}')
    with pytest.raises(InputError, match="an empty folder or an earlier build"):
        build(toys.ToyRecipe(raw), tmp_path)


def test_a_build_without_a_story_is_no_dataset(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """Every story lost is an error with reasons; a mended raw folder then builds as ever."""
    text = (raw / "test-0.txt").read_text()
    build(toys.ToyRecipe(raw), tmp_path / "out")
    for path in raw.iterdir():
        path.write_text("\n".join([toys.BROKEN] * len(path.read_text().splitlines())))
    for _ in range(2):
        with pytest.raises(RawDataError, match=r"one whole story of 27 .* line 0 is broken line 1"):
            build(toys.ToyRecipe(raw), tmp_path / "out")
        assert not (tmp_path / "out" / "manifest.json").exists()
    (raw / "test-0.txt").write_text(text)
    assert build(toys.ToyRecipe(raw), tmp_path / "out").n_dropped == 24
    verify(tmp_path / "out", deep=True).require()


def test_two_builds_never_share_a_folder(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """While one is at work, a second says so and stops."""
    (tmp_path / "out" / ".build").mkdir(parents=True)
    with (
        only_one(tmp_path / "out" / ".build" / "build.lock", what="build"),
        pytest.raises(InputError, match=r"Expected no other build in .*, found one at work"),
    ):
        build(toys.ToyRecipe(raw), tmp_path / "out")
    build(toys.ToyRecipe(raw), tmp_path / "out")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk_loses_nothing_that_was_done(
    toys: ModuleType, raw: Path, tmp_path: Path, workers: int
) -> None:
    """The finished shards stay, and the build goes on from them once there is room."""
    faulty = toys.ToyRecipe(raw, fault="full disk", faulty="test-0")
    with pytest.raises(NoSpaceError, match="Expected room on the disk"):
        build(faulty, tmp_path / "out", workers=workers)
    _check_clean(tmp_path / "out")
    result = build(toys.ToyRecipe(raw), tmp_path / "out")
    assert result.shards_kept >= 3
    build(toys.ToyRecipe(raw), tmp_path / "fresh")
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "fresh")


def test_a_disk_that_fills_while_a_shard_is_written(
    toys: ModuleType, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the system while a shard is synced is the same clear sentence."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoSpaceError, match="free some space and run the same command again"):
        build(toys.ToyRecipe(raw), tmp_path / "out")
    assert list((tmp_path / "out").glob("*.tar")) == []
    _check_clean(tmp_path / "out")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [("bug", ZeroDivisionError, "a bug"), ("bad data", RawDataError, "found none")],
)
def test_an_error_of_the_recipe_reaches_the_caller(
    toys: ModuleType,
    raw: Path,
    tmp_path: Path,
    workers: int,
    fault: str,
    kind: type[Exception],
    message: str,
) -> None:
    """Whatever a unit raises ends the build under its own name, and leaves nothing half-written."""
    with pytest.raises(kind, match=message):
        recipe = toys.ToyRecipe(raw, fault=fault, faulty="train-05")
        build(recipe, tmp_path / "out", workers=workers)
    _check_clean(tmp_path / "out")


def test_a_killed_worker_is_reported(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """A worker that the system kills ends the build with a sentence, not with a hang."""
    recipe = toys.ToyRecipe(raw, fault="killed", faulty="test-2")
    with pytest.raises(MissingError, match="Expected every worker to live to the end"):
        build(recipe, tmp_path / "out", workers=2)
    build(toys.ToyRecipe(raw), tmp_path / "out")
    verify(tmp_path / "out").require()


def test_one_id_in_two_shards_is_refused(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """Story ids are unique in the whole dataset."""
    (raw / "test-0-0.txt").write_text("first\nsecond\nthird\nfourth")
    (raw / "test-0.txt").write_text("a\nb\nc\nd")
    (raw / "test-0-0-0.txt").write_text("a")
    recipe = toys.ToyRecipe(raw)
    clash = {path.stem for path in raw.glob("test-0*.txt")}
    assert clash == {"test-0", "test-0-0", "test-0-0-0"}
    build(recipe, tmp_path / "fine")

    class Clashing(toys.ToyRecipe):
        def make(self, unit):  # type: ignore[no-untyped-def]
            for made in super().make(unit):
                object.__setattr__(made, "key", made.key.replace("test-0-0-", "test-0-"))
                yield made

    with pytest.raises(InputError, match="Expected every story id once, found test-0-"):
        build(Clashing(raw), tmp_path / "out")
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_at_least_one_worker(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """Zero workers are refused before anything is written."""
    with pytest.raises(InputError, match="at least 1 worker, found 0"):
        build(toys.ToyRecipe(raw), tmp_path / "out", workers=0)
    assert not (tmp_path / "out").exists()


def test_a_raw_file_that_vanishes_is_missing(
    toys: ModuleType, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that was planned and is gone is named."""
    recipe = toys.ToyRecipe(raw)
    plan = recipe.plan()
    monkeypatch.setattr(toys.ToyRecipe, "plan", lambda _: plan)
    (raw / "test-0.txt").unlink()
    with pytest.raises(MissingError, match=r"test-0\.txt, which was there when the build was"):
        build(recipe, tmp_path / "out")


Break = Callable[[str, int], None]


@pytest.fixture
def unreadable(toys: ModuleType, raw: Path, monkeypatch: pytest.MonkeyPatch) -> Break:
    """Makes the system refuse to open files of a name, with an error number; 0 mends it.

    The plan, for which the toy recipe reads its files, is made before.
    """
    plan = toys.ToyRecipe(raw).plan()
    monkeypatch.setattr(toys.ToyRecipe, "plan", lambda _: plan)
    faults: dict[str, int] = {}
    open_path = Path.open

    def refuse(path: Path, *args: Any, **options: Any) -> Any:
        if number := faults.get(path.name, 0):
            raise OSError(number, os.strerror(number), str(path))
        return open_path(path, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    return faults.__setitem__


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES])
def test_a_raw_file_that_cannot_be_read_costs_its_stories_only(
    toys: ModuleType, raw: Path, tmp_path: Path, unreadable: Break, number: int
) -> None:
    """Its unit becomes drops with the system's reason; all other stories are built."""
    unreadable("train-03.txt", number)
    result = build(toys.ToyRecipe(raw), tmp_path / "out")
    assert (result.n_stories, result.n_dropped) == ({"train": 16, "test": 7}, 4)
    assert result.drops == {"story: file unreadable": 4, "file: file missing": 1}
    reason = f"Expected to be able to read train-03.txt, found {os.strerror(number)}."
    assert read_drops(tmp_path / "out" / "drops.jsonl")[1:] == [
        Drop(f"train-03-{line}", "story", "train", "file unreadable", reason) for line in range(4)
    ]
    named = {entry.path for entry in read_manifest(tmp_path / "out").raw}
    assert named == {path.name for path in raw.iterdir()} - {"train-03.txt"}
    verify(tmp_path / "out", deep=True).require()


def test_an_unreadable_file_is_tried_again(
    toys: ModuleType, raw: Path, tmp_path: Path, unreadable: Break
) -> None:
    """While it stays so nothing is rebuilt; once it can be read, its shard is as it should be."""
    unreadable("train-03.txt", errno.EIO)
    first = build(toys.ToyRecipe(raw), tmp_path / "out")
    again = build(toys.ToyRecipe(raw), tmp_path / "out")
    assert (again.digest, again.shards_built) == (first.digest, 0)
    unreadable("train-03.txt", 0)
    mended = build(toys.ToyRecipe(raw), tmp_path / "out")
    assert (mended.shards_built, mended.n_dropped) == (1, 0)
    build(toys.ToyRecipe(raw), tmp_path / "fresh")
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "fresh")


def test_a_story_with_another_number_of_frames_is_a_bug_of_the_recipe(
    toys: ModuleType, raw: Path, tmp_path: Path
) -> None:
    """The spec promises one target; a record with two stops the build with its name."""

    class Generous(toys.ToyRecipe):
        def make(self, unit):  # type: ignore[no-untyped-def]
            for made in super().make(unit):
                yield replace(made, frames=(*made.frames, made.frames[1]))

    with pytest.raises(
        InputError, match=r"a source frame and 1 targets in story train-00-0, .*found 3 frames"
    ):
        build(Generous(raw), tmp_path / "out")
    _check_clean(tmp_path / "out")


def _bytes(directory: Path) -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir()) if path.is_file()}


def _identities(directory: Path) -> Mapping[str, tuple[int, int]]:
    paths = sorted(directory.glob("*.tar"))
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}


def _check_clean(directory: Path) -> None:
    assert not list(directory.rglob("*.partial"))
    assert not (directory / "manifest.json").exists()
