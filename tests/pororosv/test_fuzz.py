"""Whatever lies in the tables: stories, drops by name, or one sentence. Never anything else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.errors import StorybenchError
from storydata.kit.building.plan import Plan
from storydata.pororosv import DATASET
from storydata.pororosv.facts import read_facts
from storydata.pororosv.options import Options
from storydata.pororosv.planning import make_plan
from storydata.pororosv.splits import parse_split
from storydata.pororosv.tables import caption_table, counter_table, label_table
from tests.pororosv.releases import (
    EPISODES,
    STARTS,
    caption_csv,
    clip_id,
    clips,
    save_object,
    write_release,
)

NAMES = st.sampled_from(sorted(EPISODES))
NUMBERS = st.integers(-1, 20)
IDS = st.builds(clip_id, NAMES, NUMBERS)
KEYS = st.one_of(
    IDS,
    IDS.map(str.encode),
    IDS.map("/{}".format),
    IDS.map("b'{}'".format),
    IDS.map("{}.png".format),
    NAMES,
    st.text(max_size=12),
    st.binary(max_size=12),
    st.integers(),
    st.none(),
)
ATOMS = st.one_of(
    st.text(max_size=20),
    st.binary(max_size=20),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.builds(np.float32, st.floats(width=32)),
    st.builds(np.int64, st.integers(-5, 5)),
    st.builds(np.zeros, st.integers(0, 10)),
    st.builds(lambda n: np.array(["a"] * n), st.integers(0, 3)),
)
VALUES = st.one_of(ATOMS, st.lists(ATOMS, max_size=10), st.dictionaries(KEYS, ATOMS, max_size=3))
TABLES = st.one_of(st.dictionaries(KEYS, VALUES, max_size=8), VALUES)
LISTS = st.lists(
    st.one_of(
        st.lists(st.integers(-2, len(STARTS) + 2), max_size=6, unique=True),
        st.lists(ATOMS, max_size=3),
        ATOMS,
        st.builds(np.arange, st.integers(0, 5)),
    ),
    max_size=4,
)


ROWS = st.lists(st.tuples(NAMES, NUMBERS, st.text(max_size=30)), max_size=40)
EVERY_ROW = [(episode, n, "it is here") for episode, n in clips()]
ON_DISK = settings(max_examples=25, deadline=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole release, each of whose tables is spoiled in turn and put back."""
    return write_release(tmp_path_factory.mktemp("fuzz"))


@contextmanager
def spoiled(path: Path, data: bytes | None) -> Iterator[None]:
    """Other bytes in a file, or no file, for as long as the block runs."""
    whole = path.read_bytes()
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)
    try:
        yield
    finally:
        path.write_bytes(whole)


@settings(deadline=None)
@given(TABLES)
def test_any_object_is_a_table_or_an_error(value: Any) -> None:
    """Captions, labels and counts: plain values, or a sentence."""
    for parse in (caption_table, counter_table, lambda v, n: label_table(v, n, 9)):
        with suppress(StorybenchError):
            table = parse(value, "table.npy")
            assert len(table.entries) + len(table.strays) == len(value)


@settings(deadline=None)
@given(
    st.one_of(LISTS, LISTS.map(tuple), VALUES, LISTS.map(lambda v: np.array([*v, None], object)))
)
def test_any_ids_are_a_split_or_an_error(value: Any) -> None:
    """Three lists of ids of stories that are there, each once: or a sentence."""
    with suppress(StorybenchError):
        split = parse_split(value, len(STARTS))
        ids = [story for part in split.values() for story in part]
        assert len(ids) == len(set(ids))
        assert set(ids) <= set(range(len(STARTS)))


@ON_DISK
@given(rows=ROWS, is_whole=st.booleans(), noise=st.text(max_size=40), at=st.integers(0, 60))
def test_any_rows_make_stories_drops_or_an_error(
    folder: Path, rows: list[tuple[str, int, str]], is_whole: bool, noise: str, at: int
) -> None:
    """Rows in any number, with anything between them: every planned story is built or dropped."""
    text = caption_csv([*(EVERY_ROW if is_whole else ()), *rows])
    data = (text[:at] + noise + text[at:]).encode("utf-8", "replace")
    with spoiled(folder / "descriptions.npy", None), spoiled(folder / "descriptions.csv", data):
        check_plans(folder.parent)


@ON_DISK
@given(
    name=st.sampled_from(["descriptions.npy", "labels.npy", "frames_counter.npy"]),
    value=st.one_of(st.dictionaries(KEYS, VALUES, max_size=8), VALUES),
)
def test_any_table_on_disk_makes_stories_drops_or_an_error(
    folder: Path, name: str, value: Any
) -> None:
    """Through the pickle and back."""
    other = folder.parent / "value.npy"
    save_object(other, value)
    with spoiled(folder / name, other.read_bytes()):
        check_plans(folder.parent)


@ON_DISK
@given(
    name=st.sampled_from(["img_cache4.npy", "following_cache4.npy", "train_seen_unseen_ids.npy"]),
    at=st.integers(0, 400),
    patch=st.binary(min_size=1, max_size=8),
)
def test_any_damage_of_an_array_makes_stories_drops_or_an_error(
    folder: Path, name: str, at: int, patch: bytes
) -> None:
    """A few bytes of a cache or of the ids are others."""
    data = (folder / name).read_bytes()
    with spoiled(folder / name, data[:at] + patch + data[at + len(patch) :]):
        check_plans(folder.parent)


@pytest.mark.parametrize("cut", range(0, 1400, 100))
def test_half_a_table_is_an_error_wherever_it_breaks_off(tmp_path: Path, cut: int) -> None:
    """A download that stopped: never a smaller table."""
    folder = write_release(tmp_path)
    data = (folder / "descriptions.npy").read_bytes()
    assert cut < len(data) - 1
    (folder / "descriptions.npy").write_bytes(data[:cut])
    with pytest.raises(StorybenchError, match=r"descriptions\.npy"):
        DATASET.build(tmp_path, tmp_path / "out", options={})


def check_plans(raw: Path) -> None:
    """Plan every build, or be refused; whatever is promised is planned or dropped under a name."""
    for options in (Options(), Options(trust_caches=True), Options(substitute_split=True)):
        with suppress(StorybenchError):
            check_plan(make_plan(read_facts(raw, options), options))


def check_plan(plan: Plan) -> None:
    """Every story of a plan is in a unit or dropped, and those in units have what they need."""
    payloads = [
        unit.payload for shard in plan.shards if shard.holds == "stories" for unit in shard.units
    ]
    planned = sum(len(payload.stories) for payload in payloads)
    dropped = sum(drop.kind == "story" for drop in plan.drops)
    assert planned + dropped == plan.n_planned
    assert all(drop.step and drop.reason for drop in plan.drops)
    assert all(clip.captions for payload in payloads for clip in payload.clips)
