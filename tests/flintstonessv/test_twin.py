"""The toy world's release, in the bytes of the real one, goes the whole way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storybench import registry
from storybench.files import sha256_file
from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from storybench.shards.verify import verify
from storydata.flintstonessv import DATASET
from storydata.kit.captions import normalise
from storydata.kit.drops import read_drops

OPTIONS = {"stories_per_shard": 6, "clips_per_shard": 12}


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raw release of the toy world; treat it as read-only."""
    raw = tmp_path_factory.mktemp("twin") / "raw"
    registry.load("twins", "flintstones")(raw, stories=12, seed=1)
    return raw


@pytest.fixture(scope="module")
def truth(twin: Path) -> dict[str, dict[str, Any]]:
    """What is true of every clip, by id."""
    return json.loads((twin / "twin.json").read_text())["clips"]


@pytest.fixture(scope="module")
def shards(twin: Path) -> Path:
    """What one worker makes of it."""
    out = twin.parent / "one"
    DATASET.build(twin, out, options=OPTIONS)
    return out


def test_two_workers_write_the_bytes_of_one(twin: Path, shards: Path, tmp_path: Path) -> None:
    """Every file of the dataset, the manifest too."""
    DATASET.build(twin, tmp_path / "two", workers=2, options=OPTIONS)
    names = sorted(path.name for path in shards.iterdir() if path.is_file())
    assert names == sorted(path.name for path in (tmp_path / "two").iterdir() if path.is_file())
    for name in names:
        assert sha256_file(shards / name) == sha256_file(tmp_path / "two" / name), name


def test_the_build_verifies(shards: Path) -> None:
    """Every hash, offset, picture and clip checks out."""
    verification = verify(shards, deep=True)
    verification.require()
    assert verification.n_stories > 0
    assert verification.n_clips > verification.n_stories


def test_every_clip_is_what_was_drawn(
    twin: Path, shards: Path, truth: dict[str, dict[str, Any]]
) -> None:
    """Labels, captions, splits and pixels are those that the toy world knows."""
    clips = Clips(shards)
    whole = {clip_id for clip_id, facts in truth.items() if facts["is_decodable"]}
    assert set(clips.ids) == whole
    for clip in clips:
        facts = truth[clip.id]
        assert clip.characters == tuple(facts["labels"])
        assert clip.captions == (normalise(facts["caption"]["text"]),)
        assert clip.label_source == "annotations"
        np.testing.assert_array_equal(clip.frames, np.load(twin / facts["file"]))


def test_stories_and_losses_are_those_of_the_clips(
    shards: Path, truth: dict[str, dict[str, Any]]
) -> None:
    """An episode of n clips has n - 4; what needs the clip that is cut short is lost by name."""
    episodes: dict[tuple[int, int], list[str]] = {}
    for clip_id, facts in sorted(truth.items()):
        episodes.setdefault((facts["season"], facts["episode"]), []).append(clip_id)
    windows = [ids[k : k + 5] for ids in episodes.values() for k in range(len(ids) - 4)]
    whole = [ids for ids in windows if all(truth[one]["is_decodable"] for one in ids)]
    stories = Stories(shards)
    shown = [[frame.origin.clip for frame in story.frames] for story in stories]
    assert sorted(shown) == sorted(whole)
    assert all(story.split == truth[story.id]["split"] for story in stories)
    lost = {drop.id for drop in read_drops(shards / "drops.jsonl") if drop.kind == "story"}
    assert lost == {ids[0] for ids in windows} - {ids[0] for ids in whole}
    assert lost


def test_the_dataset_says_whose_it_is(shards: Path, twin: Path) -> None:
    """Name, cast, terms, and a check that finds nothing but the clip that is cut short."""
    spec = Stories(shards).spec
    assert spec.name == "flintstonessv-twin"
    cast = json.loads((twin / "twin.json").read_text())["cast"]
    assert list(spec.characters) == [one["name"] for one in cast]
    found = DATASET.check(twin, deep=True)
    assert (found.dataset, found.missing) == ("flintstonessv-twin", ())
    assert len(found.damaged) == 1
    problems = [one.what for one in found.findings if one.level == "problem"]
    assert problems == list(found.damaged)
    assert "" not in found.files
