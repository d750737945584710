"""The recipe for fixtures gives the stories, clips, captions, labels and frames counted by hand."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest

from storybench.errors import MissingError, RawDataError
from storybench.images import decode
from storydata.kit.frames.choice import chosen
from tests.flintstonessv.making import make
from tests.flintstonessv.releases import (
    ANNOTATIONS,
    SAMPLED,
    SPLIT,
    array,
    clip_ids,
    npy,
    record,
    splits,
    write_json,
    write_release,
)

TRAIN, VAL, TEST = clip_ids(1, 9), clip_ids(2, 6), clip_ids(3, 7)


def test_stories_of_each_split(raw: Path) -> None:
    """Episodes of 9, 6 and 7 clips make 5, 2 and 3 stories of five neighbours."""
    made = make(raw)
    assert made.plan.n_planned == 10
    assert not made.drops
    by_split = {
        split: [story.key for story in made.stories if story.split == split]
        for split in ("train", "val", "test")
    }
    assert by_split == {"train": TRAIN[:5], "val": VAL[:2], "test": TEST[:3]}
    for story in made.stories:
        ids = {"train": TRAIN, "val": VAL, "test": TEST}[story.split]
        first = ids.index(story.key)
        assert [frame.origin.clip for frame in story.frames] == ids[first : first + 5]
        assert story.cluster == story.key[:9]


def test_positions_are_those_of_the_list_and_ranks_those_of_the_ids(raw: Path) -> None:
    """Official loaders keep the order of the split file; the order of ids stands beside it."""
    in_file = [one for one in splits()["train"] if one in TRAIN[:5]]
    assert in_file != TRAIN[:5]
    stories = {story.key: story for story in make(raw).stories if story.split == "train"}
    for position, key in enumerate(in_file):
        expected = {"file": position, "sorted": TRAIN.index(key)}
        assert (stories[key].position, dict(stories[key].orders)) == (position, expected)


def test_every_clip_is_kept_whole_with_its_bytes(raw: Path) -> None:
    """All 22 clips, those that start no story too, with the very bytes of their files."""
    made = make(raw)
    assert [clip.key for clip in made.clips] == [*TRAIN, *VAL, *TEST]
    for clip in made.clips:
        assert clip.data == (raw / SAMPLED / f"{clip.key}.npy").read_bytes()
        assert (clip.suffix, clip.n_frames, clip.cluster) == ("npy", 5, clip.key[:9])
        assert (clip.origin.file, clip.origin.clip) == (f"{SAMPLED}/{clip.key}.npy", clip.key)


def test_a_story_shows_the_frame_that_the_hash_chooses(raw: Path) -> None:
    """The picture is that frame of the array, pixel for pixel, whichever story shows the clip."""
    for seed in (0, 7):
        for story in make(raw, frame_seed=seed).stories:
            for frame in story.frames:
                clip = frame.origin.clip
                index = chosen("flintstonessv", clip, seed=seed, n_frames=5)
                assert frame.origin.index == index
                np.testing.assert_array_equal(decode(frame.data, clip), array(clip)[index])


def test_a_clip_of_another_length_is_a_clip_like_any_other(raw: Path) -> None:
    """Three frames, or seventy-five: the choice is among those that are there."""
    for clip, k in ((TRAIN[1], 3), (TRAIN[2], 75)):
        (raw / SAMPLED / f"{clip}.npy").write_bytes(npy(array(clip, k=k)))
    made = make(raw)
    assert not made.drops
    frame = made.stories[0].frames[1]
    assert frame.origin.index == chosen("flintstonessv", TRAIN[1], seed=0, n_frames=3)
    assert [clip.n_frames for clip in made.clips[:4]] == [5, 3, 75, 5]


def test_captions_are_made_one_line_and_labels_follow_the_rule(tmp_path: Path) -> None:
    """White space is normalised, nothing else; `entityLabel` counts stripped and in lower case."""
    ids = clip_ids(1, 5)
    texts = ["\tFred is.\n", "MR. SLATE  talks", "Wilma\n\nwalks.", " a | b ", "Dino"]
    names = [[" Fred "], ["Mr Slate", "policeman"], ["WILMA", "pebbles"], [], ["mr.slate"]]
    records = [
        record(one, description=text, characters=[{"entityLabel": name} for name in seen])
        for one, text, seen in zip(ids, texts, names, strict=True)
    ]
    raw = write_release(
        tmp_path / "raw", lists={"train": ids, "val": [], "test": []}, records=records
    )
    made = make(raw)
    (story,) = made.stories
    assert [frame.captions for frame in story.frames] == [
        ("Fred is.",), ("MR. SLATE talks",), ("Wilma walks.",), ("a | b",), ("Dino",),
    ]  # fmt: skip
    assert [frame.characters for frame in story.frames] == [
        (0, 1, 0, 0, 0, 0, 0),
        (0, 0, 0, 0, 0, 0, 1),
        (1, 0, 0, 0, 0, 1, 0),
        (0, 0, 0, 0, 0, 0, 0),
        (0, 0, 0, 0, 0, 0, 0),
    ]
    assert story.label_source == "annotations"
    assert [clip.captions for clip in made.clips] == [frame.captions for frame in story.frames]
    assert [clip.characters for clip in made.clips] == [f.characters for f in story.frames]


def test_a_clip_without_characters_is_labelled_by_its_caption(tmp_path: Path) -> None:
    """The fallback is per clip, and a story that shows one such clip says so."""
    ids = clip_ids(1, 6)
    records = [record(one, k) for k, one in enumerate(ids)]
    del records[5]["characters"]
    records[5]["description"] = "Mr. Slate and DINO leave."
    raw = write_release(
        tmp_path / "raw",
        lists={"train": ids, "val": [], "test": []},
        records=records,
        caches=False,
    )
    made = make(raw)
    assert [story.label_source for story in made.stories] == ["annotations", "captions"]
    assert made.stories[1].frames[4].characters == (0, 0, 0, 0, 1, 0, 1)
    assert made.clips[5].label_source == "captions"
    assert made.clips[4].label_source == "annotations"


def test_a_missing_array_costs_its_stories_and_moves_no_other(raw: Path) -> None:
    """Five stories need the middle clip of the first episode; all the rest is as it was."""
    whole = make(raw)
    (raw / SAMPLED / f"{TRAIN[4]}.npy").unlink()
    made = make(raw)
    assert made.lost("clip") == {TRAIN[4]: "array missing"}
    assert made.lost("story") == dict.fromkeys(TRAIN[:5], "array missing")
    reasons = {drop.reason for drop in made.drops if drop.kind == "story"}
    assert reasons == {f"Its clip {TRAIN[4]} is lost. No {TRAIN[4]}.npy in {SAMPLED}."}
    assert made.stories == whole.stories[5:]
    assert made.clips == [clip for clip in whole.clips if clip.key != TRAIN[4]]
    assert made.plan.n_planned == len(made.stories) + 5


def test_an_array_that_arrives_touches_its_own_shards_only(raw: Path) -> None:
    """A lost story keeps its place: shards of other episodes are planned as before."""
    (raw / SAMPLED / f"{VAL[0]}.npy").rename(raw / "elsewhere.npy")
    before = {shard.name: shard for shard in make(raw, stories_per_shard=2).plan.shards}
    (raw / "elsewhere.npy").rename(raw / SAMPLED / f"{VAL[0]}.npy")
    after = {shard.name: shard for shard in make(raw, stories_per_shard=2).plan.shards}
    assert before.keys() == after.keys()
    changed = {name for name in after if before[name] != after[name]}
    assert changed == {"stories-val-00000.tar", "clips-00000.tar"}


BROKEN = {
    "cut short": (lambda data: data[:-1], "Expected 3,840 bytes of elements"),
    "too long": (lambda data: data + b"!", "found 3,841"),
    "empty": (lambda data: b"", "Expected a .npy file"),
    "a pickle": (lambda data: npy(np.array([{}], dtype=object)), "of shape \\(k, h, w, 3\\)"),
    "floats": (lambda data: npy(np.zeros((5, 4, 4, 3), np.float32)), "found float32"),
    "grey": (lambda data: npy(np.zeros((5, 4, 4), np.uint8)), "found uint8 of shape"),
    "channels first": (lambda data: npy(np.zeros((5, 3, 4, 4), np.uint8)), "found uint8 of shape"),
    "no frames": (lambda data: npy(np.zeros((0, 4, 4, 3), np.uint8)), "found uint8 of shape"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_array_costs_its_stories_by_name(raw: Path, fault: str) -> None:
    """Whatever is wrong with the file, its clip and its stories are dropped with the reason."""
    breaks, message = BROKEN[fault]
    path = raw / SAMPLED / f"{TEST[0]}.npy"
    path.write_bytes(breaks(path.read_bytes()))
    made = make(raw)
    assert made.lost("story") == {TEST[0]: "array broken"}
    assert made.lost("clip") == {TEST[0]: "array broken"}
    assert len(made.stories) == 9
    (reason,) = [drop.reason for drop in made.drops if drop.kind == "story"]
    assert reason.startswith(f"Its clip {TEST[0]} is lost. ")
    assert re.search(message, reason)
    assert str(raw) not in reason


def test_a_file_too_large_for_a_clip_is_not_read(raw: Path) -> None:
    """Its size alone is enough: a hole of a gigabyte is never in memory."""
    with (raw / SAMPLED / f"{TEST[0]}.npy").open("r+b") as file:
        file.truncate(10**9)
    made = make(raw)
    assert made.lost("story") == {TEST[0]: "array broken"}
    assert "bytes in video_frames_sampled/" in made.drops[-1].reason


def test_a_clip_without_a_usable_record_keeps_its_place_in_the_windows(raw: Path) -> None:
    """Records that are missing, blank or broken cost stories, never shift them."""
    whole = make(raw)
    records = [record(one, k) for k, one in enumerate([*TRAIN, *VAL, *TEST])]
    records[0]["description"] = " \n "
    records[len(TRAIN)]["characters"] = [{"entityLabel": 7}]
    write_json(raw / ANNOTATIONS, records[:-1])
    made = make(raw)
    assert made.lost("clip") == {
        TRAIN[0]: "annotation broken",
        VAL[0]: "annotation broken",
        TEST[6]: "annotation missing",
    }
    assert set(made.lost("story")) == {TRAIN[0], VAL[0], TEST[2]}
    kept = [story for story in whole.stories if story.key not in made.lost("story")]
    assert made.stories == kept


def test_an_episode_in_two_splits_loses_the_stories_that_cross(raw: Path) -> None:
    """A story of clips from train and val is dropped by name; none ever mixes splits."""
    lists = splits()
    moved = TRAIN[6:]
    lists["train"] = [one for one in lists["train"] if one not in moved]
    lists["val"] = [*lists["val"], *moved]
    write_json(raw / SPLIT, lists)
    made = make(raw)
    assert made.lost("story") == dict.fromkeys(TRAIN[2:5], "crosses splits")
    (first, *_) = [drop.reason for drop in made.drops if drop.kind == "story"]
    assert first == (
        f"Its clip {TRAIN[6]} is val: {SPLIT} has the episode s_01_e_01 in two splits."
    )
    home = {one: split for split, ids in lists.items() for one in ids}
    for story in made.stories:
        assert {home[frame.origin.clip] for frame in story.frames} == {story.split}


def test_no_array_at_all_is_a_missing_input(raw: Path) -> None:
    """Without frames nothing is built, and the originals are offered where they are there."""
    (raw / SAMPLED).rename(raw / "video_frames")
    with pytest.raises(MissingError, match="video_frames is there: say --frames full"):
        make(raw)
    assert len(make(raw, frames="full").stories) == 10
    (raw / "video_frames").rename(raw / "elsewhere")
    with pytest.raises(MissingError, match=f"in {SAMPLED} or {SAMPLED}.zip in .* 22 clips .* none"):
        make(raw)


def test_a_release_whose_stories_are_all_lost_is_refused(raw: Path) -> None:
    """One array is not enough for a story: the first loss is told."""
    for path in (raw / SAMPLED).iterdir():
        if path.stem != TRAIN[0]:
            path.unlink()
    with pytest.raises(RawDataError, match="one whole story of 10 planned, found every one lost"):
        make(raw)


def test_saved_bytes_of_a_clip_load_with_numpy(raw: Path) -> None:
    """A clip of the shards is the array that anyone's loader reads."""
    clip = make(raw).clips[3]
    np.testing.assert_array_equal(np.load(io.BytesIO(clip.data)), array(clip.key))
