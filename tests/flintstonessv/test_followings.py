"""The windows are those of the official rule, and a cache that says otherwise is told apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybench.errors import RawDataError
from storydata.flintstonessv.followings import difference, followings, read_cache, starts
from tests.flintstonessv.releases import clip_ids, write_pickle
from tests.flintstonessv.releases import followings as written_out

IDS = [*clip_ids(1, 9), *clip_ids(2, 6), *clip_ids(3, 7)]
EPISODES = st.dictionaries(st.integers(1, 12), st.integers(1, 9), min_size=1, max_size=6)


def test_the_recipe_for_fixtures() -> None:
    """Episodes of 9, 6 and 7 clips: 14 entries, of which 4 at the very end are too short."""
    cut = followings(reversed(IDS))
    assert len(cut) == 14
    assert [len(after) for after in cut.values()] == [4] * 10 + [3, 2, 1, 0]
    assert list(cut)[-4:] == IDS[-4:]
    assert list(starts(cut)) == [*IDS[:5], *IDS[9:11], *IDS[15:18]]


@given(EPISODES)
def test_an_episode_of_n_clips_holds_n_minus_four_stories(episodes: dict[int, int]) -> None:
    """What the published counts of clips are worked out by, for any episodes."""
    ids = [one for episode, n in episodes.items() for one in clip_ids(episode, n)]
    found = starts(followings(ids))
    assert len(found) == sum(max(0, n - 4) for n in episodes.values())
    for clip_id, after in found.items():
        assert sorted([clip_id, *after]) == [clip_id, *after]
        assert {one[:9] for one in after} == {clip_id[:9]}


@given(EPISODES)
def test_the_rule_is_what_it_is_written_out_by_hand(episodes: dict[int, int]) -> None:
    """Slice by slice over the sorted list, short entries of the tail included."""
    ids = [one for episode, n in episodes.items() for one in clip_ids(episode, n)]
    assert {one: list(after) for one, after in followings(ids).items()} == written_out(ids)


@pytest.mark.parametrize("kind", ["lists", "tuples", "bytes", "arrays"])
def test_a_cache_is_read_however_it_was_saved(tmp_path: Path, kind: str) -> None:
    """Lists or tuples, text or Python 2's bytes, or arrays of text."""
    saved: dict[Any, Any] = dict(followings(IDS))
    if kind == "lists":
        saved = {one: list(after) for one, after in saved.items()}
    if kind == "bytes":
        saved = {one.encode(): [a.encode() for a in after] for one, after in saved.items()}
    if kind == "arrays":
        saved = {one: np.array(after, dtype="U40") for one, after in saved.items()}
    write_pickle(tmp_path / "following_cache4.pkl", saved)
    assert read_cache(tmp_path / "following_cache4.pkl") == followings(IDS)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "a dictionary of ids in following_cache4.pkl, found list"),
        ({1: []}, "the id of a clip in following_cache4.pkl, found 1"),
        ({"a": "b"}, "a list of ids in following_cache4.pkl, found 'b'"),
        ({"a": [float("nan")]}, "the id of a clip in following_cache4.pkl, found nan"),
        ({"a\n": []}, "the id of a clip"),
    ],
)
def test_a_cache_of_another_shape_is_refused(tmp_path: Path, value: Any, message: str) -> None:
    """What stands there is named."""
    write_pickle(tmp_path / "following_cache4.pkl", value)
    with pytest.raises(RawDataError, match=message):
        read_cache(tmp_path / "following_cache4.pkl")


def test_a_difference_says_what_and_where() -> None:
    """Stories lacking, more and other, each counted, with the first of each."""
    cut = followings(IDS)
    assert not difference(cut, cut)
    assert not difference(starts(cut), cut)
    cache = dict(cut)
    cache[IDS[0]] = tuple(reversed(cache[IDS[0]]))
    del cache[IDS[9]], cache[IDS[10]]
    cache[IDS[8]] = tuple(IDS[9:13])
    found = difference(cache, cut)
    assert (found.lacking, found.surplus, found.other) == (
        (IDS[9], IDS[10]), (IDS[8],), (IDS[0],),
    )  # fmt: skip
    assert str(found) == (
        f"following_cache4.pkl lacks 2 stories of the rule (first {IDS[9]}), has 1 more (first "
        f"{IDS[8]}), continues 1 with other clips (first {IDS[0]}): it was made from other ids "
        "than the split file lists. Stories are cut by the rule."
    )
