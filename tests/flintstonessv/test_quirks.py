"""Every known fault of the official code: fixed here, or kept under a name that is asked for.

One test each, named by the number of the project's list of quirks. SD is
adymaharana/storydalle@132dd19:story-dalle/flintstones_dataloader.py, VLC
adymaharana/VLCStoryGan@7411240, AR xichenpan/ARLDM@9d8feeb.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from storybench.images import decode
from storydata.flintstonessv import spec
from storydata.flintstonessv.followings import followings, starts
from storydata.flintstonessv.stories import plan_stories
from tests.flintstonessv.making import make
from tests.flintstonessv.releases import (
    SAMPLED,
    array,
    clip_ids,
    npy,
    splits,
    write_json,
    write_pickle,
    write_release,
)

TEST = clip_ids(3, 7)


def test_f1_stories_are_cut_when_the_cache_is_missing(raw: Path) -> None:
    """SD lines 68-83 never make `self.followings`: without the cache the loader crashes."""
    with_cache = make(raw)
    (raw / "following_cache4.pkl").unlink()
    without = make(raw)
    assert len(without.stories) == 10
    assert without.stories == with_cache.stories


def test_f2_every_test_story_is_built_and_the_first_1900_are_marked() -> None:
    """SD line 101 evaluates the first 1,900 of the list; here it is a subset, and a switch."""
    ids = [one for season in range(1, 3) for one in _season(season, n_clips=1195)]
    in_file = tuple(reversed(ids))
    cut = starts(followings(ids))
    lists = {"train": (), "val": (), "test": in_file}
    (whole,) = filter(None, plan_stories(lists, cut, subset=None).values())
    assert len(whole) == 2 * (1195 - 4)
    marked = [story for story in whole if "storydalle-1900" in story.subsets]
    first = [one for one in in_file if one in cut][:1900]
    assert {story.key for story in marked} == set(first)
    assert sum("vlcstorygan" in story.subsets for story in whole) == 2304
    only = plan_stories(lists, cut, subset="storydalle-1900")["test"]
    assert only == marked
    assert len(plan_stories(lists, cut, subset="vlcstorygan")["test"]) == 2304


def test_f2_the_switch_is_recorded_and_leaves_other_splits_whole(
    raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--subset` cuts what that code cuts, in the order of the file, and the manifest says so."""
    monkeypatch.setitem(spec.SUBSETS, "storydalle-1900", {"test": 2})  # pyright: ignore
    made = make(raw, subset="storydalle-1900")
    in_file = [one for one in splits()["test"] if one in TEST[:3]]
    assert [story.key for story in made.stories if story.split == "test"] == sorted(in_file[:2])
    assert len(made.stories) == 5 + 2 + 2
    assert made.plan.n_planned == 9
    assert made.plan.options["subset"] == "storydalle-1900"
    assert made.plan.spec.n_stories == {"train": 20132, "val": 2071, "test": 2}
    assert len(made.clips) == 22
    whole = {story.key: story for story in make(raw).stories}
    assert all(whole[story.key] == story for story in made.stories)
    assert made.lost("story") == {}


def test_f3_the_four_short_entries_of_the_tail_are_no_stories(raw: Path) -> None:
    """SD lines 72-84 keep the last four clips of the list, which 3, 2, 1 and 0 clips follow."""
    cut = followings([*clip_ids(1, 9), *clip_ids(2, 6), *TEST])
    short = {one: len(after) for one, after in cut.items() if len(after) < 4}
    assert short == dict(zip(TEST[3:], (3, 2, 1, 0), strict=True))
    made = make(raw)
    assert not {story.key for story in made.stories} & set(short)
    assert {len(story.frames) for story in made.stories} == {5}
    assert made.plan.n_planned == 10


def test_f4_the_cache_is_looked_for_under_the_name_that_it_is_saved_under(raw: Path) -> None:
    """VLC lines 146-147 look for `.npy` and load `.pkl`, so the cache is always made anew."""
    (raw / "following_cache4.npy").write_bytes(b"never read")
    assert not make(raw).drops
    write_pickle(raw / "following_cache4.pkl", {})
    (drop,) = make(raw).drops
    assert (drop.id, drop.kind, drop.step) == (
        "following_cache4.pkl", "file", "differs from the rule",
    )  # fmt: skip
    assert "lacks 10 stories of the rule" in drop.reason


def test_f5_the_originals_are_built_from_by_name_only(raw: Path) -> None:
    """VLC evaluates on all 75 frames (vlcgan/flintstones_data.py:562) and trains on five."""
    (raw / "video_frames").mkdir()
    for path in sorted((raw / SAMPLED).iterdir()):
        (raw / "video_frames" / path.name).write_bytes(npy(array(path.stem, k=75, side=4)))
    sampled, full = make(raw), make(raw, frames="full")
    assert {clip.n_frames for clip in sampled.clips} == {5}
    assert {clip.n_frames for clip in full.clips} == {75}
    assert full.plan.options["frames"] == "full"
    indices = {frame.origin.index or 0 for story in full.stories for frame in story.frames}
    assert max(indices) > 4
    assert full.stories[0].frames[0].origin.file.startswith("video_frames/")


def test_f6_a_clip_may_have_any_number_of_frames(raw: Path) -> None:
    """AR datasets/flintstones.py:60 takes frame 0 to 4, whatever there is."""
    path = raw / SAMPLED / f"{TEST[0]}.npy"
    for k in (1, 3, 8):
        path.write_bytes(npy(array(TEST[0], k=k)))
        frame = next(story for story in make(raw).stories if story.key == TEST[0]).frames[0]
        assert frame.origin.index is not None
        assert frame.origin.index < k
        shown = array(TEST[0], k=k)[frame.origin.index]
        np.testing.assert_array_equal(decode(frame.data, "frame"), shown)


def test_f9_red_stays_red(raw: Path) -> None:
    """AR hands RGB to OpenCV's PNG writer, which takes it for BGR: its HDF5 has them swapped."""
    for story in make(raw).stories:
        for frame in story.frames:
            image = decode(frame.data, "frame")
            assert image[..., 0].min() >= 128
            assert image[..., 2].max() < 128


def test_a_broken_cache_is_told_and_the_rule_goes_on(raw: Path) -> None:
    """The optional files never keep a build from being made, and never go unnoticed."""
    (raw / "following_cache4.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    write_pickle(raw / "labels.pkl", {clip_ids(1, 9)[0]: [1, 1, 1, 1, 1, 1, 1]})
    made = make(raw)
    assert len(made.stories) == 10
    assert made.lost("file") == {
        "following_cache4.pkl": "unreadable",
        "labels.pkl": "differs from the rule",
    }
    reasons = {drop.id: drop.reason for drop in made.drops}
    assert "it was not run" in reasons["following_cache4.pkl"]
    assert "for 1 of 1 clips and none for 21" in reasons["labels.pkl"]


def test_clips_far_apart_are_neighbours(tmp_path: Path) -> None:
    """Windows are over annotated clips: a gap of minutes between two is no end of a story."""
    ids = [f"s_01_e_01_shot_{k * 9000:06d}_{k * 9000 + 74:06d}" for k in range(5)]
    raw = write_release(tmp_path / "raw", lists={"train": ids, "val": [], "test": []})
    assert [story.key for story in make(raw).stories] == ids[:1]


def test_a_season_ends_a_story_as_an_episode_does(tmp_path: Path) -> None:
    """Episode 1 of season 1 and episode 1 of season 2 are not one episode."""
    ids = [*clip_ids(1, 5, season=1), *clip_ids(1, 5, season=2)]
    raw = write_release(tmp_path / "raw", lists={"train": ids, "val": [], "test": []})
    assert [story.key for story in make(raw).stories] == [ids[0], ids[5]]


def test_unlisted_clips_are_in_no_story(raw: Path) -> None:
    """Annotated or with an array, a clip of no split takes no part in windows."""
    lists = splits()
    gone = clip_ids(1, 9)[4]
    lists["train"].remove(gone)
    write_json(raw / "train-val-test_split.json", lists)
    made = make(raw)
    rest = [one for one in clip_ids(1, 9) if one != gone]
    assert [story.key for story in made.stories if story.split == "train"] == rest[:4]
    assert gone not in {clip.key for clip in made.clips}


def _season(season: int, *, n_clips: int) -> list[str]:
    return [f"s_{season:02d}_e_01_shot_{k:06d}_{k + 74:06d}" for k in range(0, 75 * n_clips, 75)]
