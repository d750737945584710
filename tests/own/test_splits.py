"""Splits by name and by share: never drawn, never in two, never without a home."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.errors import InputError
from storydata.own.settings import SplitTable
from storydata.own.splits import assign

TEN = [f"ep{n}" for n in range(10)]


def assigned(names: list[str], *, dataset: str = "comic", **split: Any) -> dict[str, str]:
    table = SplitTable.model_validate(split)
    return assign(names, table, dataset=dataset, storied=frozenset(names))


def members(homes: dict[str, str], split: str) -> set[str]:
    return {name for name, home in homes.items() if home == split}


def test_names_and_patterns_choose_and_train_gets_the_rest() -> None:
    """`*` goes across folders; a name with brackets is itself."""
    names = ["s1/ep1", "s1/ep2", "s2/ep1", "[x] ep"]
    homes = assigned(names, test=["s2*", "[x] ep"], val=["s1/ep2"])
    assert homes == {"s2/ep1": "test", "[x] ep": "test", "s1/ep2": "val", "s1/ep1": "train"}


def test_shares_are_counts_of_whole_episodes() -> None:
    """A fifth of ten is two, and what is over goes to train."""
    homes = assigned(TEN, test=0.2, val=0.1)
    assert [len(members(homes, split)) for split in ("test", "val", "train")] == [2, 1, 7]


def test_every_share_has_an_episode_and_leaves_some() -> None:
    """Also where rounding would give a split nothing, or everything."""
    assert members(assigned(TEN[:3], test=0.01, val=0.01), "test")
    homes = assigned(TEN[:3], test=0.9, val=0.05)
    assert [len(members(homes, split)) for split in ("test", "val", "train")] == [1, 1, 1]
    assert set(assigned(TEN, test=0.5, train=0.5).values()) == {"test", "train"}
    assert set(assigned(["one"], test=1).values()) == {"test"}


def test_the_choice_is_a_hash_of_dataset_episode_and_seed() -> None:
    """The order of the files does not matter; another name or seed chooses others."""
    homes = assigned(TEN, test=0.3)
    assert assigned(TEN[::-1], test=0.3) == homes
    assert members(homes, "test") == {"ep0", "ep2", "ep3"}
    assert members(assigned(TEN, test=0.3, seed=1), "test") != members(homes, "test")
    assert members(assigned(TEN, dataset="other", test=0.3), "test") != members(homes, "test")


def test_a_new_episode_moves_one_at_most() -> None:
    """Counts are kept from the front of the order of hashes."""
    before = assigned(TEN, test=0.3)
    after = assigned([*TEN, "ep10"], test=0.3)
    moved = {name for name in TEN if before[name] != after[name]}
    assert len(moved) <= 1


def test_named_episodes_take_no_part_in_shares() -> None:
    """Shares are of those that nobody names."""
    homes = assigned(TEN, test=0.5, train=["ep0", "ep1"], val=0.5)
    assert homes["ep0"] == homes["ep1"] == "train"
    assert [len(members(homes, split)) for split in ("test", "val")] == [4, 4]


def test_episodes_without_stories_take_no_part_in_shares() -> None:
    """A split must not be made of what has no story; a name may still name it."""
    table = SplitTable.model_validate({"test": 0.5})
    homes = assign(TEN, table, dataset="comic", storied=frozenset(TEN[:2]))
    assert sorted(homes) == TEN[:2]


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        ({"test": ["epp3"]}, r"Expected test in \[split\] to name episodes, .* 'epp3'"),
        ({"test": ["zz*"]}, r"found none like 'zz\*'. There are: ep0, ep1, ep2, ep3, ep4, …"),
        ({"test": ["ep1"], "val": ["ep*"]}, r"in one split, found ep1 in test and in val"),
        ({"test": ["ep1"], "train": ["ep2"]}, "to be named in .*found ep0 in none"),
        ({"test": 0.7, "val": 0.7}, r"shares in .* to make 1, found 0.7 \+ 0.7 = 1.4. Leave train"),
        ({"test": 0.2, "train": 0.7}, r"shares in .* to make 1, found 0.2 \+ 0.7 = 0.9"),
        ({"test": 0.2, "train": ["ep1"]}, r"shares in .* to make 1, found 0.2 = 0.2"),
        ({"test": ["*"], "val": 0.2}, "at least 2 episodes with stories .* train, val"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_sentence(split: dict[str, Any], sentence: str) -> None:
    """The sentence names the episode or the sum, and the way out."""
    with pytest.raises(InputError, match=sentence):
        assigned(TEN, **split)


def test_one_episode_cannot_be_shared() -> None:
    """The sentence says how to name it instead."""
    with pytest.raises(InputError, match=r"at least 2 .* train, test, found 1 \(ep0\). Name epis"):
        assigned(["ep0"], test=0.2)


@settings(deadline=None)
@given(
    names=st.lists(st.text(min_size=1, max_size=8), unique=True, min_size=1, max_size=12),
    test=st.floats(0.01, 0.6),
    val=st.none() | st.floats(0.01, 0.4),
)
def test_every_episode_has_one_home(names: list[str], test: float, val: float | None) -> None:
    """Whatever they are called and however many there are."""
    split: dict[str, Any] = {"test": test} | ({"val": val} if val else {})
    try:
        homes = assigned(names, **split)
    except InputError:
        assert len(names) < 3
    else:
        assert set(homes) == set(names)
        assert set(homes.values()) == {"train", "test"} | ({"val"} if val else set())
