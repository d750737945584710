"""The twin of FlintstonesSV as a reader of the raw files sees it, and the plan behind it."""

from __future__ import annotations

import json
import pickle
import re
from collections import Counter
from dataclasses import replace
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storybench.errors import InputError
from storybench.files import read_json
from storybench.mentions import mentions
from storydata.twin.film import numbers
from storydata.twin.flintstones import release, write_release
from storydata.twin.flintstones.clips import clips_of
from storydata.twin.flintstones.files import texts
from storydata.twin.flintstones.plan import SPLITS, plan_episodes, windows
from storydata.twin.moving import drawn_with_numbers, frame_number
from storydata.twin.world.cast import FLINTSTONES_CAST
from storydata.twin.world.painter import scene_image
from storydata.twin.world.settings import SETTINGS

ID = re.compile(r"s_(\d{2})_e_(\d{2})_shot_(\d{6})_(\d{6})")

SIZES = pytest.mark.parametrize(("stories", "seed"), [(6, 3), (6, 22), (12, 1), (60, 0)])


def invented(stories: int, seed: int) -> list[dict[str, Any]]:
    """The annotations of a release, without its pictures."""
    clips = [clip for episode in plan_episodes(stories, seed) for clip in clips_of(episode)]
    return json.loads(texts(clips, seed)["flintstones/flintstones_annotations_v1-0.json"])


def home(flintstones: Any) -> Path:
    return flintstones.raw / "flintstones"


def records(flintstones: Any) -> list[dict[str, Any]]:
    return read_json(home(flintstones) / "flintstones_annotations_v1-0.json")


def splits(flintstones: Any) -> dict[str, list[str]]:
    return read_json(home(flintstones) / "train-val-test_split.json")


def unpickled(flintstones: Any, name: str) -> Any:
    return pickle.loads((home(flintstones) / name).read_bytes())


def episode_of(clip_id: str) -> tuple[str, str]:
    match = ID.fullmatch(clip_id)
    assert match
    return match[1], match[2]


def test_the_tree_is_the_real_one(flintstones):
    """Six files, and an array for each clip; every id is of the real form and 75 frames long."""
    assert {path.name for path in home(flintstones).iterdir()} == {
        "flintstones_annotations_v1-0.json", "train-val-test_split.json", "following_cache4.pkl",
        "labels.pkl", "flintstones_use_embeddings.npy", "flintstones_use_embed_idxs.pkl",
        "video_frames_sampled",
    }  # fmt: skip
    arrays = {path.stem for path in (home(flintstones) / "video_frames_sampled").iterdir()}
    assert arrays == set(flintstones.clips)
    for name in arrays:
        match = ID.fullmatch(name)
        assert match
        assert int(match[4]) - int(match[3]) == 74
    assert flintstones.counts == {"clips": len(arrays), "episodes": 4, "side files": 6}


def test_clips_stand_at_irregular_distances():
    """In an episode clips never overlap, some follow at once, and other gaps differ."""
    gaps = Counter(
        after.first - before.first - 75
        for episode in plan_episodes(60, 0)
        for before, after in pairwise(episode.clips)
    )
    assert min(gaps) == 0
    assert 0.15 < gaps[0] / gaps.total() < 0.5
    assert len(gaps) > 40


def test_arrays_are_five_colour_frames(flintstones):
    """uint8 (5, 128, 128, 3), one of three frames, and one cut short, which `twin.json` names."""
    found = Counter()
    for clip in flintstones.clips.values():
        if not clip["is_decodable"]:
            with pytest.raises(ValueError, match=r"cannot reshape|Failed to read"):
                np.load(flintstones.raw / clip["file"])
            found["broken"] += 1
            continue
        frames = np.load(flintstones.raw / clip["file"])
        assert frames.dtype == np.uint8
        assert frames.shape == (clip["n_frames"], 128, 128, 3)
        assert len({frame.tobytes() for frame in frames}) > 1
        found[len(frames)] += 1
    assert found == {"broken": 1, 3: 1, 5: len(flintstones.clips) - 2}


def test_records_have_what_loaders_read(flintstones):
    """A list in no order; id, description, setting and characters of each, and keys of no use."""
    table = records(flintstones)
    ids = [record["globalID"] for record in table]
    assert set(ids) == set(flintstones.clips)
    assert ids != sorted(ids)
    for record in table:
        clip = flintstones.clips[record["globalID"]]
        assert record["description"] == clip["caption"]["text"]
        assert record["setting"] == clip["setting"]
        assert record["setting"] in SETTINGS
        assert all(set(one) == {"entityLabel", "labelNPC"} for one in record["characters"])
        assert {"objects", "keyFrames"} <= set(record)


def test_labels_are_who_is_drawn(flintstones):
    """The labels are lists of seven, and what the rule on annotations gives, and who is drawn."""
    labels = unpickled(flintstones, "labels.pkl")
    assert set(labels) == set(flintstones.clips)
    for record in records(flintstones):
        named = {one["entityLabel"].strip().lower() for one in record["characters"]}
        by_rule = [int(name.lower() in named) for name in FLINTSTONES_CAST.names]
        clip = flintstones.clips[record["globalID"]]
        assert labels[record["globalID"]] == by_rule == clip["labels"]
        assert clip["visible"] == [FLINTSTONES_CAST.names[k] for k in np.flatnonzero(by_rule)]
    total = np.sum(list(labels.values()), axis=0)
    assert (total > 0).sum() >= 5


@SIZES
def test_annotation_quirks_are_there(stories: int, seed: int):
    """Labels with spaces and capitals, one twice, one of two words, and others than the seven."""
    per_record = [[one["entityLabel"] for one in r["characters"]] for r in invented(stories, seed)]
    labels = [label for names in per_record for label in names]
    known = {name.lower() for name in FLINTSTONES_CAST.names}
    assert any(label != label.strip() for label in labels)
    assert any(label != label.lower() for label in labels)
    assert any(label.strip().lower() not in known for label in labels)
    assert any(label.strip().lower() == "mr tusk" for label in labels)
    assert any(len(set(names)) < len(names) for names in per_record)
    assert [] in per_record


@SIZES
def test_caption_quirks_are_there(stories: int, seed: int):
    """A newline, a tab, double spaces, white space at the edges, capitals."""
    captions = [record["description"] for record in invented(stories, seed)]
    assert any("\n" in text for text in captions)
    assert any("\t" in text for text in captions)
    assert any("  " in text.strip() for text in captions)
    assert any(text != text.strip() for text in captions)
    assert any(text == text.upper() for text in captions)
    assert sum(text == text.upper() for text in captions) < 0.1 * len(captions)


def test_most_captions_name_someone():
    """Over hundreds of clips, few captions name no character at all."""
    clips = [clip for episode in plan_episodes(400, 0) for clip in clips_of(episode)]
    n_silent = sum(not any(mentions([clip.text], FLINTSTONES_CAST.names)) for clip in clips)
    assert 0.05 < n_silent / len(clips) < 0.2


def test_splits_are_the_last_episodes_of_each_season(flintstones):
    """Train, then val, then test in every season; val and test in order, train in none."""
    ids = splits(flintstones)
    assert set(ids) == {"train", "val", "test"}
    assert sorted(chain(*ids.values())) == sorted(flintstones.clips)
    assert ids["train"] != sorted(ids["train"])
    for split in ("val", "test"):
        assert ids[split] == sorted(ids[split])
    parts = {episode_of(name): split for split, names in ids.items() for name in names}
    order = [SPLITS.index(parts[key]) for key in sorted(parts)]
    assert order == sorted(order)


def test_the_cache_has_whole_stories_and_four_short_ones(flintstones):
    """Four ids in a row of one episode follow each start, and fewer only the last four clips."""
    cache = unpickled(flintstones, "following_cache4.pkl")
    names = sorted(flintstones.clips)
    whole = {start: after for start, after in cache.items() if len(after) == 4}
    for start, after in whole.items():
        at = names.index(start)
        assert after == names[at + 1 : at + 5]
        assert len({episode_of(name) for name in (start, *after)}) == 1
    assert {start: len(after) for start, after in cache.items() if start not in whole} == {
        name: 3 - k for k, name in enumerate(names[-4:])
    }
    assert set(names[-4:]) <= set(splits(flintstones)["test"])
    assert len(whole) == sum(episode.n_stories for episode in plan_episodes(6, 3))


def test_embeddings_have_a_row_for_each_record(flintstones):
    """Rows are in the order of the annotations, and equal captions have equal rows."""
    table = np.load(home(flintstones) / "flintstones_use_embeddings.npy")
    rows = unpickled(flintstones, "flintstones_use_embed_idxs.pkl")
    assert table.shape == (len(flintstones.clips), 512)
    assert table.dtype == np.float32
    assert [rows[r["globalID"]] for r in records(flintstones)] == list(range(len(table)))
    assert np.linalg.norm(table, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("stories", [1, 6, 12, 31, 60, 100, 500, 5000])
def test_the_plan_keeps_its_promise(stories: int):
    """Enough whole stories, train the largest, the broken array in it, every episode in a split."""
    episodes = plan_episodes(stories, 4)
    per_split = {s: sum(e.n_stories for e in episodes if e.split == s) for s in SPLITS}
    assert sum(per_split.values()) - 2 >= stories
    assert per_split["train"] == max(per_split.values())
    assert min(per_split.values()) > 0
    assert episodes[0].split == "train"
    assert [clip.place for e in episodes for clip in e.clips if clip.is_broken] == [1]
    ids = [clip.id for episode in episodes for clip in episode.clips]
    assert ids == sorted(set(ids))
    clips = [clip for episode in episodes for clip in episode.clips]
    assert sum(len(after) == 4 for after in windows(clips).values()) == sum(per_split.values())


def test_sixty_stories_have_four_episodes_to_test_on():
    """The default release has enough clusters for an interval, and loses few stories."""
    split = Counter(episode.split for episode in plan_episodes(60, 0))
    assert split["val"] >= 3
    assert split["test"] >= 4
    assert split["train"] >= 6


@pytest.mark.parametrize("number", [5])
def test_everyone_labelled_is_seen_in_every_frame(number: int):
    """Taking anyone away changes many pixels of every frame of the array."""
    for clip in clips_of(plan_episodes(60, 2)[number]):
        scene = clip.take.scene
        for time in clip.times:
            whole = scene_image(FLINTSTONES_CAST, scene, time, size=(128, 128)).astype(int)
            for actor in scene.actors:
                rest = replace(scene, actors=tuple(a for a in scene.actors if a != actor))
                empty = scene_image(FLINTSTONES_CAST, rest, time, size=(128, 128))
                assert (abs(whole - empty).max(2) > 24).sum() > 0.01 * 128 * 128, (actor, scene)


@pytest.mark.slow
def test_the_same_bytes_from_two_processes(flintstones, tmp_path: Path):
    """Two workers write, byte for byte, what one process writes."""
    write_release(tmp_path / "raw", stories=6, seed=flintstones.facts["seed"], workers=2)
    for path in filter(Path.is_file, flintstones.raw.rglob("*")):
        other = tmp_path / "raw" / path.relative_to(flintstones.raw)
        assert other.read_bytes() == path.read_bytes()


def test_painted_numbers_tell_clip_and_frame():
    """In a numbered release every frame says which clip it is from, and which of its frames."""
    clip = clips_of(plan_episodes(6, 0)[1])[2]
    frames = drawn_with_numbers(FLINTSTONES_CAST, clip.take.scene, clip.times, clip.plan.place)
    assert [numbers.read(frame) for frame in frames] == [
        frame_number(clip.plan.place, k) for k in range(5)
    ]


@pytest.mark.parametrize(("stories", "seed"), [(0, 0), (3, -1)])
def test_impossible_wishes_are_refused(tmp_path: Path, stories: int, seed: int):
    """No stories or a negative seed: one sentence with the numbers in it."""
    with pytest.raises(InputError, match=f"found {stories} stories and seed {seed}"):
        write_release(tmp_path / "raw", stories=stories, seed=seed)
    assert not (tmp_path / "raw").exists()


def test_a_flat_release_has_the_same_lists(flintstones, tmp_path: Path):
    """Frames of one colour, for measuring: every other file is byte for byte the same."""
    count = release.write_quick_release(tmp_path / "raw", stories=6, seed=flintstones.facts["seed"])
    assert count == len(flintstones.clips)
    for path in filter(Path.is_file, (tmp_path / "raw" / "flintstones").iterdir()):
        assert path.read_bytes() == (home(flintstones) / path.name).read_bytes()
    arrays = list((tmp_path / "raw").glob("*/video_frames_sampled/*.npy"))
    assert len(arrays) == count
