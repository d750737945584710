"""The split file: file order is kept, leaks are refused, entries that cannot be used are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from storybench.errors import MissingError, RawDataError
from storydata.flintstonessv.splits import read_splits
from tests.flintstonessv.releases import SPLIT, clip_ids

A, B, C = clip_ids(1, 3)


def write(tmp_path: Path, value: Any) -> Path:
    """Write the split file."""
    path = tmp_path / SPLIT
    path.write_text(json.dumps(value))
    return path


def test_the_order_of_the_file_is_kept(tmp_path: Path) -> None:
    """Ids are not sorted, and other keys are ignored."""
    found = read_splits(write(tmp_path, {"train": [C, A], "val": [], "test": [B], "dev": 1}))
    assert found.ids == {"train": (C, A), "val": (), "test": (B,)}
    assert found.split_of == {C: "train", A: "train", B: "test"}
    assert found.drops == ()


def test_an_entry_that_comes_twice_counts_once(tmp_path: Path) -> None:
    """The first counts; another spelling of the case is the same clip, since names are lower."""
    found = read_splits(write(tmp_path, {"train": [A, B, A, A.upper()], "val": [], "test": []}))
    assert found.ids["train"] == (A, B)
    assert [(drop.id, drop.step) for drop in found.drops] == [
        (A, "listed twice"),
        (A.upper(), "listed twice"),
    ]
    assert "at entry 3 of 'train'" in found.drops[0].reason
    assert "already at entry 1" in found.drops[0].reason


def test_an_entry_that_names_no_episode_is_dropped(tmp_path: Path) -> None:
    """Its place is named, since it may be anything; what stands there is told."""
    found = read_splits(write(tmp_path, {"train": ["trailer", A, "\ud800"], "val": [], "test": []}))
    assert found.ids["train"] == (A,)
    assert [(drop.id, drop.kind, drop.step) for drop in found.drops] == [
        (f"entry 1 of 'train' in {SPLIT}", "clip", "odd id"),
        (f"entry 3 of 'train' in {SPLIT}", "clip", "odd id"),
    ]
    assert found.drops[0].reason.endswith("found 'trailer'.")
    assert found.drops[1].reason.endswith(r"found '\ud800'.")


@pytest.mark.parametrize("other", [A, A.upper()])
def test_a_clip_in_two_splits_is_refused(tmp_path: Path, other: str) -> None:
    """Its test frames would be trained on; the clip and both splits are named."""
    path = write(tmp_path, {"train": [A, B], "val": [C], "test": [other]})
    with pytest.raises(RawDataError, match=f"found {other} under 'train' and under 'test'"):
        read_splits(path)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "an object with the lists train, val and test in .*, found list"),
        ({"train": [A], "val": []}, "a list under 'test' in .*, found none"),
        ({"train": [A], "val": {}, "test": []}, "a list under 'val' in .*, found dict"),
        ({"train": [A, None], "val": [], "test": []}, "at entry 2 of 'train' in .*, found None"),
        ({"train": [], "val": [float("nan")], "test": []}, "at entry 1 of 'val' in .*, found nan"),
        ({"train": [], "val": [], "test": []}, "Expected ids like s_01_e_01_shot_.* found none"),
        ({"train": ["a"], "val": [], "test": []}, "Expected ids like s_01_e_01_shot_.* found none"),
    ],
)
def test_another_shape_is_refused(tmp_path: Path, value: Any, message: str) -> None:
    """The message has the list, the entry and what was found."""
    with pytest.raises(RawDataError, match=message):
        read_splits(write(tmp_path, value))


def test_no_file_is_a_missing_input(tmp_path: Path) -> None:
    """It cannot be made from the other files, and the sentence says so."""
    with pytest.raises(MissingError, match="cannot be worked out from the other files"):
        read_splits(tmp_path / SPLIT)
    (tmp_path / SPLIT).write_text("{")
    with pytest.raises(RawDataError, match="Expected JSON"):
        read_splits(tmp_path / SPLIT)
