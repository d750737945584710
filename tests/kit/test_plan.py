"""Packing: shards are settled by planned counts alone."""

from __future__ import annotations

import pytest

from storybench.errors import InputError
from storydata.kit.plan import Unit, pack


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


def _units(*counts: int) -> list[Unit]:
    return [Unit("val", (), None, n_stories) for n_stories in counts]
