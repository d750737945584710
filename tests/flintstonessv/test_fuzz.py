"""Whatever stands in the files, what comes out is stories, named drops, or one of our errors."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storybench.errors import StorybenchError
from storybench.shards.clip_format import check_clip, clip_members
from storybench.shards.format import check_record, story_json
from storydata.flintstonessv import DATASET
from tests.flintstonessv.making import Made, make
from tests.flintstonessv.releases import (
    ANNOTATIONS,
    SAMPLED,
    SPLIT,
    array,
    clip_ids,
    npy,
    record,
)

IDS = [*clip_ids(1, 7), *clip_ids(2, 6)]
LISTS = {"train": IDS[:7], "val": IDS[7:], "test": []}
RECORDS = [record(one, k) for k, one in enumerate(IDS)]
FUZZ = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

TEXT = st.text(max_size=12) | st.sampled_from([*IDS, "\ud800", "a\0b", "s_1_e_1_", IDS[0].upper()])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
KEYS = st.sampled_from(["globalID", "description", "characters"])


@st.composite
def broken_records(draw: st.DrawFn) -> Any:
    """A real list of records in which a few were changed, doubled, or replaced."""
    records: list[Any] = list(RECORDS)
    for _ in range(draw(st.integers(1, 3))):
        k = draw(st.integers(0, len(records) - 1))
        changed = {**RECORDS[k % len(RECORDS)], draw(KEYS): draw(ANYTHING)}
        records[k] = draw(st.sampled_from([changed, RECORDS[0]]) | ANYTHING)
        records.append(draw(st.sampled_from(RECORDS) | st.just(changed)))
    return records


@st.composite
def broken_lists(draw: st.DrawFn) -> Any:
    """Real splits in which a few entries were changed, doubled, moved, or replaced."""
    lists: dict[str, list[Any]] = {split: list(ids) for split, ids in LISTS.items()}
    for _ in range(draw(st.integers(1, 3))):
        ids = lists[draw(st.sampled_from(list(lists)))]
        entry = draw(st.sampled_from(IDS) | TEXT | ANYTHING)
        if ids and draw(st.booleans()):
            ids[draw(st.integers(0, len(ids) - 1))] = entry
        else:
            ids.append(entry)
    return lists


PLAIN = st.recursive(
    LEAVES
    | st.binary(max_size=6)
    | st.sampled_from([np.float64(np.nan), np.arange(7), np.int8(1)]),
    lambda inner: (
        st.lists(inner, max_size=7)
        | st.tuples(inner, inner)
        | st.dictionaries(TEXT | st.binary(max_size=6) | st.integers(), inner, max_size=4)
    ),
    max_leaves=10,
)
PICKLES = st.binary(max_size=60) | PLAIN.map(lambda value: pickle.dumps(value, protocol=2))


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The arrays of every id, written once."""
    folder = tmp_path_factory.mktemp("frames") / SAMPLED
    folder.mkdir()
    for one in IDS:
        (folder / f"{one}.npy").write_bytes(npy(array(one, k=2, side=2)))
    return folder


@contextmanager
def release(frames: Path, **files: bytes) -> Iterator[Path]:
    """A release with these files in place of the real ones."""
    whole = {"annotations": json.dumps(RECORDS).encode(), "split": json.dumps(LISTS).encode()}
    names = {"annotations": ANNOTATIONS, "split": SPLIT, "followings": "following_cache4.pkl",
             "labels": "labels.pkl"}  # fmt: skip
    with TemporaryDirectory() as folder:
        raw = Path(folder)
        (raw / SAMPLED).symlink_to(frames)
        for name, data in {**whole, **files}.items():
            (raw / names[name]).write_bytes(data)
        yield raw


def build(raw: Path) -> Made | str:
    """What a build would write, or the sentence that refuses it; any other error is a failure."""
    try:
        return make(raw, stories_per_shard=2)
    except StorybenchError as error:
        return str(error)


def survives(raw: Path) -> None:
    """Build and check the folder: everything that is planned is made or dropped by name."""
    DATASET.check(raw)
    made = build(raw)
    if isinstance(made, str):
        assert made.startswith("Expected ")
        assert made.isprintable()
        return
    lost = [drop for drop in made.drops if drop.kind == "story"]
    assert made.plan.n_planned == len(made.stories) + len(lost)
    keys = [*(story.key for story in made.stories), *(drop.id for drop in lost)]
    assert len(set(keys)) == len(keys)
    for drop in made.drops:
        assert drop.id
        assert drop.step
        assert drop.reason
        json.dumps(drop.to_json(), ensure_ascii=False).encode()
    for story in made.stories:
        story_json(check_record(story))
        assert len(story.frames) == 5
    for clip in made.clips:
        clip_members(check_clip(clip))


@FUZZ
@given(broken_records())
def test_annotations(frames: Path, records: Any) -> None:
    """Records of any shape beside good ones."""
    with release(frames, annotations=json.dumps(records).encode()) as raw:
        survives(raw)


@FUZZ
@given(broken_lists())
def test_splits(frames: Path, lists: Any) -> None:
    """Entries of any kind, twice, in two splits, in an episode of another."""
    with release(frames, split=json.dumps(lists).encode()) as raw:
        survives(raw)


@FUZZ
@given(ANYTHING, ANYTHING)
def test_any_json(frames: Path, annotations: Any, lists: Any) -> None:
    """Files that are JSON and nothing more."""
    as_json = [json.dumps(value).encode() for value in (annotations, lists)]
    with release(frames, annotations=as_json[0]) as raw:
        survives(raw)
    with release(frames, split=as_json[1]) as raw:
        survives(raw)


@FUZZ
@given(st.data())
def test_any_bytes(frames: Path, data: st.DataObject) -> None:
    """A file cut off, or with some bytes changed, anywhere."""
    name, value = data.draw(st.sampled_from([("annotations", RECORDS), ("split", LISTS)]))
    text = bytearray(json.dumps(value).encode())
    for place in data.draw(st.lists(st.integers(0, len(text) - 1), max_size=3)):
        text[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(text)) | st.just(len(text)))
    with release(frames, **{name: bytes(text[:cut])}) as raw:
        survives(raw)


@FUZZ
@given(PICKLES, PICKLES)
def test_caches(frames: Path, followings: bytes, labels: bytes) -> None:
    """The optional pickles, whatever is in them: the stories are those of the rule."""
    with release(frames, followings=followings, labels=labels) as raw:
        survives(raw)
        assert len(make(raw).stories) == 5
