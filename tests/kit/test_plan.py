"""Packing: shards are settled by planned counts alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storybench.errors import InputError
from storydata.kit.building.plan import Unit, pack
from storydata.kit.raw import RawFile


def test_shards_fill_in_order_and_units_stay_whole() -> None:
    """No shard plans more than asked, except for one unit that is larger by itself."""
    shards = pack(_units(3, 2, 4, 1, 9, 5, 0), "val", stories_per_shard=5)
    assert [[unit.n_stories for unit in shard.units] for shard in shards] == [
        [3, 2],
        [4, 1],
        [9],
        [5, 0],
    ]
    assert [shard.name for shard in shards] == [f"stories-val-0000{n}.tar" for n in range(4)]
    assert {shard.split for shard in shards} == {"val"}


def test_no_units_make_no_shard() -> None:
    """An empty split has no shards."""
    assert pack([], "train", stories_per_shard=3) == []


def test_a_shard_holds_at_least_one_story() -> None:
    """Zero stories a shard are refused."""
    with pytest.raises(InputError, match="at least 1 story per shard, found 0"):
        pack(_units(1), "train", stories_per_shard=0)


def test_missing_units_keep_their_place() -> None:
    """What is missing moves nothing: not a unit of its own shard, not the number of a later one."""
    whole = _units(2, 3, 4, 5)
    for missing in range(4):
        units = [replace(u, files=()) if k == missing else u for k, u in enumerate(whole)]
        shards = pack(units, "val", stories_per_shard=5)
        expected = [
            (shard.name, left)
            for shard in pack(whole, "val", stories_per_shard=5)
            if (left := tuple(unit for unit in shard.units if unit != whole[missing]))
        ]
        assert [(shard.name, shard.units) for shard in shards] == expected


def _units(*counts: int) -> list[Unit]:
    file = RawFile("a.txt", "a.txt")
    return [Unit("val", (file,), None, n_stories) for n_stories in counts]
