"""A job array: ranks share the work of one build, and the last one puts the rest beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from storybench.errors import InputError
from storybench.files import sha256_file
from storybench.lock import one_of_several, only_one
from storybench.shards.manifest import MANIFEST_NAME, read_manifest
from storybench.shards.verify import verify
from storydata.kit.building.build import BUILD_LOCK, build
from storydata.kit.building.receipts import FOLDER


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: sha256_file(path) for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def alone(toys: ModuleType, raw: Path, tmp_path: Path) -> dict[str, str]:
    """The files of the same build by one program."""
    return hashes(build(toys.ToyRecipe(raw), tmp_path / "alone").directory)


def test_ranks_one_after_the_other_write_the_same_bytes(
    toys: ModuleType, raw: Path, tmp_path: Path, alone: dict[str, str]
) -> None:
    """Each makes its share; only the last finds everything there, and finishes."""
    out = tmp_path / "out"
    results = [build(toys.ToyRecipe(raw), out, rank=rank, world=3) for rank in (2, 0, 1)]
    assert [result.shards_built for result in results] == [2, 3, 3]
    assert [result.shards_awaited for result in results] == [6, 3, 0]
    assert [bool(result.digest) for result in results] == [False, False, True]
    assert results[0].n_stories == {}
    assert results[2].n_stories == {"train": 20, "test": 7}
    assert hashes(out) == alone
    verify(out, deep=True).require()


def test_ranks_side_by_side_write_the_same_bytes(
    toys: ModuleType, raw: Path, tmp_path: Path, alone: dict[str, str]
) -> None:
    """However they overlap, one of them finishes the build."""
    out = tmp_path / "out"
    results: list[Any] = [None] * 4

    def run(rank: int) -> None:
        results[rank] = build(toys.ToyRecipe(raw, pause=0.01), out, rank=rank, world=4)

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result.shards_built for result in results) == 8
    assert any(result.digest for result in results)
    assert hashes(out) == alone


def test_a_rank_that_begins_while_another_looks_is_no_stranger(
    toys: ModuleType,
    raw: Path,
    tmp_path: Path,
    alone: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between two looks at a new folder, a neighbour may have filled it."""
    out = tmp_path / "out"
    out.mkdir()
    listed = Path.iterdir

    def after_the_neighbour(folder: Path) -> Iterator[Path]:
        monkeypatch.undo()
        build(toys.ToyRecipe(raw), out, rank=0, world=2)
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", after_the_neighbour)
    build(toys.ToyRecipe(raw), out, rank=1, world=2)
    assert hashes(out) == alone


def test_a_rank_that_was_lost_is_run_again(
    toys: ModuleType, raw: Path, tmp_path: Path, alone: dict[str, str]
) -> None:
    """Until then there is no manifest; the whole command finishes for it as well."""
    out = tmp_path / "out"
    recipe = toys.ToyRecipe(raw)
    build(recipe, out, rank=0, world=2)
    assert not (out / MANIFEST_NAME).exists()
    again = build(recipe, out, rank=0, world=2)
    assert (again.shards_built, again.shards_kept, again.shards_awaited) == (0, 4, 4)
    whole = build(recipe, out)
    assert (whole.shards_built, whole.shards_kept) == (4, 4)
    assert hashes(out) == alone


def test_ranks_of_another_plan_start_anew(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """A changed option takes the old manifest away before the first new shard."""
    out = tmp_path / "out"
    build(toys.ToyRecipe(raw), out)
    first = build(toys.ToyRecipe(raw, shade=9), out, rank=0, world=2)
    assert (first.shards_built, first.shards_awaited) == (4, 4)
    assert not (out / MANIFEST_NAME).exists()
    second = build(toys.ToyRecipe(raw, shade=9), out, rank=1, world=2)
    assert second.digest == read_manifest(out).digest
    verify(out).require()


def test_a_finished_build_stays_finished(toys: ModuleType, raw: Path, tmp_path: Path) -> None:
    """A rank that comes late finds its share made and changes nothing."""
    out = tmp_path / "out"
    digest = build(toys.ToyRecipe(raw), out).digest
    late = build(toys.ToyRecipe(raw), out, rank=1, world=2)
    assert (late.digest, late.shards_built, late.shards_kept) == (digest, 0, 4)


def test_ranks_and_a_whole_build_keep_out_of_each_others_way(
    toys: ModuleType, raw: Path, tmp_path: Path
) -> None:
    """Neither starts while the other is at work."""
    out = tmp_path / "out"
    (out / FOLDER).mkdir(parents=True)
    lock = out / FOLDER / BUILD_LOCK
    with one_of_several(lock, what="x"), pytest.raises(InputError, match="Expected no other build"):
        build(toys.ToyRecipe(raw), out)
    with only_one(lock, what="x"), pytest.raises(InputError, match="Expected no other build"):
        build(toys.ToyRecipe(raw), out, rank=0, world=2)


@pytest.mark.parametrize(("rank", "world"), [(2, 2), (-1, 2), (0, 0)])
def test_there_is_no_such_rank(
    toys: ModuleType, raw: Path, tmp_path: Path, rank: int, world: int
) -> None:
    """A rank counts from 0 and is one of the world."""
    with pytest.raises(InputError, match=f"found --rank {rank} of --world {world}"):
        build(toys.ToyRecipe(raw), tmp_path / "out", rank=rank, world=world)
