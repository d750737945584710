"""The released ids in every form, and the substitute."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybench.errors import MissingError, RawDataError
from storydata.kit.raw import RawFile
from storydata.pororosv.splits import (
    lost_stories,
    parse_split,
    released_split,
    subsets,
    substitute_split,
    with_lost,
)
from storydata.pororosv.stories import story_starts
from tests.pororosv.releases import LOST, SEEN, STARTS, TRAIN, UNSEEN, save_lists

SPLIT = {"train": tuple(TRAIN), "val": tuple(SEEN), "test": tuple(UNSEEN)}


def objects(*lists: Any) -> np.ndarray[Any, Any]:
    """An array of objects, one a list."""
    array = np.empty(len(lists), object)
    array[:] = lists
    return array


def test_the_release_has_an_array_of_lists(tmp_path: Path) -> None:
    """Train, seen as val, unseen as test, in the order of the file."""
    path = tmp_path / "train_seen_unseen_ids.npy"
    save_lists(path, [TRAIN, SEEN, UNSEEN])
    assert released_split({path.name: RawFile(path.name, str(path))}, len(STARTS)) == SPLIT


@pytest.mark.parametrize(
    ("value", "train"),
    [
        ([[3, 1], [0], [2]], (3, 1)),
        (([3, 1], [0], [2]), (3, 1)),
        (objects(np.array([3, 1]), [0], (2,)), (3, 1)),
        (objects([np.int64(3), np.int32(1)], [], [2]), (3, 1)),
        (np.array([[3, 1], [0, 2], [4, 5]]), (3, 1)),
    ],
)
def test_other_forms_of_three_lists(value: Any, train: tuple[int, ...]) -> None:
    """Lists, arrays in arrays, and a table, which numpy makes of three lists of one length."""
    assert parse_split(value, 6)["train"] == train


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([[0], [1]], r"three lists of story ids .* found a list of 2"),
        (np.zeros((4, 2), np.int64), r"three lists .* found an array int64 of shape"),
        (np.zeros((2, 3), np.int64), r"three lists .* found an array int64 of shape"),
        ({"train": []}, r"three lists .* found a dict of 1"),
        (None, r"three lists .* found None"),
        ([[0], [1], 2], r"whole numbers for test in train_seen_unseen_ids.npy, found 2"),
        ([[0.0], [1], [2]], r"whole numbers for train"),
        ([[True], [1], [2]], r"whole numbers for train"),
        (np.array([[0.0], [1], [2]]), r"whole numbers for train"),
        ([["0"], [1], [2]], r"whole numbers for train"),
        ([[0], [6], [2]], r"ids from 0 to 5 .* found 1 others for val \(6\)"),
        ([[0], [-1], [2]], r"others for val \(-1\)"),
        ([[0], [1 << 9999], [2]], r"others for val \(a number of 10,000 bits\)"),
        ([[0], [1], [0]], r"every story once .* found 0 in train and in test"),
        ([[0, 4, 4], [1], [2]], r"every story once .* found 4 in train and in train"),
    ],
)
def test_what_is_no_split_is_refused(value: Any, message: str) -> None:
    """Another number of lists, other entries, ids out of range or twice."""
    with pytest.raises(RawDataError, match=message):
        parse_split(value, 6)


def test_a_missing_file_says_why_it_is_the_end() -> None:
    """Nobody can draw these ids again; the way out has another name."""
    with pytest.raises(MissingError, match=r"without a seed, .* ask for --substitute-split"):
        released_split({}, 15)


def test_lost_stories_are_known_and_can_be_had() -> None:
    """P6: create_splits.py looks episodes up in the list of images and loses the last ones."""
    assert lost_stories(SPLIT, len(STARTS)) == tuple(LOST)
    assert with_lost(SPLIT, len(STARTS)) == {**SPLIT, "lost": tuple(LOST)}
    assert with_lost({"train": (0,)}, 1) == {"train": (0,)}


def test_truncated_evaluations_are_marked() -> None:
    """VLCStoryGAN evaluates on the first 2,320 or 2,304 of val in the order of the file."""
    assert subsets("val", 2303, 2334) == ("vlcstorygan-2304", "vlcstorygan-2320")
    assert subsets("val", 2304, 2334) == ("vlcstorygan-2320",)
    assert subsets("val", 2320, 2334) == ()
    assert subsets("test", 3, 2334) == ()


LENGTHS = st.dictionaries(
    st.integers(1, 99).map("A_ep{}".format), st.integers(0, 60), min_size=1, max_size=12
)


@given(LENGTHS)
def test_the_substitute_loses_nothing_and_holds_episodes_out(lengths: dict[str, int]) -> None:
    """Every story is in one part, and no episode is in train and in test."""
    starts = story_starts(lengths)
    split = substitute_split(starts)
    assert sorted(story for ids in split.values() for story in ids) == [*range(len(starts))]
    homes = {name: {starts[story].episode for story in split[name]} for name in split}
    assert not homes["train"] & homes["test"]
    assert all(list(ids) == sorted(ids) for ids in split.values())


def test_the_substitute_has_the_published_proportions() -> None:
    """15.8 % val exactly; test reaches 15.0 % with the last episode that it takes."""
    starts = story_starts({f"A_ep{k}": 60 + k for k in range(1, 100)})
    counts = Counter({name: len(ids) for name, ids in substitute_split(starts).items()})
    assert counts["val"] == round(len(starts) * 2334 / 14733)
    assert 0 <= counts["test"] - len(starts) * 2208 / 14733 < 160
    assert counts.total() == len(starts)


def test_the_substitute_never_changes() -> None:
    """A split under a name must stay what it is: these ids are part of the format."""
    starts = story_starts({"A_ep1": 14, "A_ep2": 9, "B_ep1": 12})
    assert substitute_split(starts) == {
        "train": (10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 22),
        "val": (6, 9, 17, 21),
        "test": (0, 1, 2, 3, 4, 5, 7, 8),
    }
