"""What is in the stories and clips: frames, captions, labels, orders, and what is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from storybench.images import encode_png
from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from storybench.shards.verify import verify
from storydata.kit.drops import Drop, read_drops
from storydata.kit.frames.choice import chosen
from storydata.pororosv import DATASET
from tests.pororosv.releases import (
    EPISODES,
    LOST,
    SEEN,
    STARTS,
    TRAIN,
    UNSEEN,
    captions,
    clip_id,
    clips,
    colour,
    labels,
    n_frames,
    strip,
    write_release,
)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hand-made release; treat it as read-only."""
    folder = tmp_path_factory.mktemp("pororo") / "raw"
    write_release(folder)
    return folder


@pytest.fixture(scope="module")
def shards(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its shards; treat them as read-only."""
    out = tmp_path_factory.mktemp("shards") / "out"
    result = DATASET.build(raw, out, options={})
    assert (result.n_planned, result.n_dropped) == (8, 0)
    return out


def key(story: int) -> str:
    """What the shards call a story."""
    episode, n = STARTS[story]
    return f"{episode.lower()}-{n}"


def test_stories_stand_in_the_sorted_order_and_know_that_of_the_file(shards: Path) -> None:
    """Generated pictures are numbered by one or the other; the story's id is kept too."""
    for split, ids in (("train", TRAIN), ("val", SEEN), ("test", UNSEEN)):
        stories = Stories(shards, split)
        assert stories.ids == tuple(key(story) for story in sorted(ids))
        for position, story in enumerate(stories):
            number = sorted(ids)[position]
            assert story.position == position
            assert story.orders == {"file": ids.index(number), "story-id": number}
            assert story.cluster == STARTS[number][0]
            assert story.subsets == ()


def test_a_story_shows_its_five_clips_by_number(shards: Path) -> None:
    """P1: a story id means the start of that id, never the image of that number."""
    story = Stories(shards, "train").find(key(2))
    shown = [frame.origin.clip for frame in Stories(shards, "train")[story].frames]
    assert shown == [clip_id("Pororo_ENGLISH1_1_ep1", n) for n in (11, 12, 13, 14, 15)]


def test_every_frame_is_the_one_that_the_hash_chooses(shards: Path) -> None:
    """P7: the same frame of a clip in every story, pixel for pixel, and no draw."""
    for split in ("train", "val", "test"):
        for story in Stories(shards, split):
            for frame in story.frames:
                series, episode, n = frame.origin.clip.split("/")
                expected = chosen(
                    "pororosv", frame.origin.clip, seed=0, n_frames=n_frames(episode, int(n))
                )
                assert frame.origin.index == expected
                assert frame.origin.file == f"{series}/{episode}/{n}.png"
                assert frame.image.shape == (8, 8, 3)
                assert (frame.image == colour(episode, int(n), expected)).all()


def test_captions_and_labels_travel_with_the_frame(shards: Path) -> None:
    """All alternatives, white space normalised, the first the default; labels as released."""
    stories = Stories(shards, "train")
    story = stories[stories.find(key(0))]
    assert story.label_source == "released"
    for n, frame in enumerate(story.frames, start=1):
        written = captions("Pororo_ENGLISH1_1_ep1", n)
        assert frame.captions == tuple(" ".join(text.split()) for text in written)
        assert frame.default == 0
        assert frame.characters == tuple(labels(n).tolist())
    assert stories.manifest.spec["characters"][:3] == ["Pororo", "Loopy", "Crong"]


def test_every_clip_is_kept_whole_in_the_order_of_images(raw: Path, shards: Path) -> None:
    """Index i of the clips is the official image number i; bytes are those of the strip."""
    kept = Clips(shards)
    in_order = sorted(clips(), key=lambda one: (clip_id(one[0], 0), str(one[1])))
    assert kept.ids == tuple(clip_id(*one) for one in in_order)
    for clip, (episode, n) in zip(kept, in_order, strict=True):
        shown = [colour(episode, n, k) for k in range(n_frames(episode, n))]
        assert clip.frames[:, 0, 0].tolist() == [list(rgb) for rgb in shown]
        assert clip.cluster == episode
        assert clip.characters == tuple(labels(n).tolist())
        assert clip.label_source == "released"
    assert kept.counts == tuple(n_frames(*one) for one in in_order)


def test_another_seed_shows_other_frames_of_the_same_clips(
    raw: Path, shards: Path, tmp_path: Path
) -> None:
    """The seed is recorded and moves nothing but the choice."""
    DATASET.build(raw, tmp_path / "out", options={"frame_seed": 1})
    one, other = Stories(shards, "train"), Stories(tmp_path / "out", "train")
    assert one.ids == other.ids
    assert other.manifest.options["frame_seed"] == 1
    chosen_by = [[f.origin.index for s in set_ for f in s.frames] for set_ in (one, other)]
    assert chosen_by[0] != chosen_by[1]


def test_per_story_choice_shows_another_frame_in_each_story(raw: Path, tmp_path: Path) -> None:
    """P7, as published: loaders draw anew at every access. Here by a hash of clip and story."""
    DATASET.build(raw, tmp_path / "out", options={"frame_choice": "per-story"})
    shown: dict[str, set[int | None]] = {}
    for split in ("train", "val"):
        for story in Stories(tmp_path / "out", split):
            for frame in story.frames:
                _, episode, n = frame.origin.clip.split("/")
                expected = chosen(
                    "pororosv",
                    f"{frame.origin.clip}|{story.id}",
                    seed=0,
                    n_frames=n_frames(episode, int(n)),
                )
                assert frame.origin.index == expected
                assert (frame.image == colour(episode, int(n), expected)).all()
                shown.setdefault(frame.origin.clip, set()).add(expected)
    assert max(map(len, shown.values())) > 1


def test_the_last_caption_can_be_the_default(raw: Path, tmp_path: Path) -> None:
    """What loaders see that read the CSV into a dictionary (StoryViz, CMOTA)."""
    DATASET.build(raw, tmp_path / "out", options={"caption": "last"})
    stories = Stories(tmp_path / "out", "train")
    story = stories[stories.find(key(0))]
    assert [frame.default for frame in story.frames] == [1, 2, 0, 1, 2]
    assert story.captions[1] == "Eddy and Poby 2."
    assert [clip.default for clip in Clips(tmp_path / "out")][:1] == [1]


def test_lost_stories_become_a_split_when_asked_for(raw: Path, tmp_path: Path) -> None:
    """P6: off by default; on, they stand beside the others, which do not change."""
    result = DATASET.build(raw, tmp_path / "out", options={"recover_lost": True})
    assert dict(result.n_stories) == {"train": 4, "val": 2, "test": 2, "lost": len(LOST)}
    lost = Stories(tmp_path / "out", "lost")
    assert lost.ids == tuple(key(story) for story in LOST)
    assert lost[0].orders == {"story-id": LOST[0]}


def test_a_broken_strip_costs_its_stories_and_nothing_else(raw: Path, tmp_path: Path) -> None:
    """Cut short, or wider than high: the stories that show it are named, no id moves."""
    copy = tmp_path / "raw"
    folder = write_release(copy)
    first = folder / f"{clip_id('Pororo_ENGLISH1_1_ep1', 2)}.png"
    first.write_bytes(first.read_bytes()[:40])
    wide = folder / f"{clip_id('Pororo_ENGLISH1_1_ep2', 7)}.png"
    wide.write_bytes(encode_png(np.zeros((8, 20, 3), np.uint8)))
    result = DATASET.build(copy, tmp_path / "out", options={})
    assert (result.n_planned, result.n_dropped) == (8, 2)
    drops = {drop.id: drop for drop in read_drops(tmp_path / "out" / "drops.jsonl")}
    assert sorted(drops) == [
        clip_id("Pororo_ENGLISH1_1_ep1", 2),
        clip_id("Pororo_ENGLISH1_1_ep2", 7),
        key(0),
        key(13),
    ]
    assert drops[key(0)].step == "clip broken"
    assert drops[key(0)].reason.startswith(f"{clip_id('Pororo_ENGLISH1_1_ep1', 2)} is lost. ")
    assert "found a picture of 20 x 8" in drops[key(13)].reason
    assert Stories(tmp_path / "out", "train")[0].orders["story-id"] == 2
    assert [story.position for story in Stories(tmp_path / "out", "train")] == [1, 2, 3]
    assert len(Clips(tmp_path / "out")) == sum(EPISODES.values()) - 2
    verify(tmp_path / "out", deep=True).require()


def test_a_missing_strip_costs_its_stories_and_shifts_no_id(raw: Path, tmp_path: Path) -> None:
    """The list of starts never comes from what happens to be on the disk."""
    folder = write_release(tmp_path / "raw")
    (folder / f"{clip_id('Pororo_ENGLISH1_1_ep1', 10)}.png").unlink()
    result = DATASET.build(tmp_path / "raw", tmp_path / "out", options={})
    lost = {drop.id: drop for drop in read_drops(tmp_path / "out" / "drops.jsonl")}
    assert lost[clip_id("Pororo_ENGLISH1_1_ep1", 10)] == Drop(
        clip_id("Pororo_ENGLISH1_1_ep1", 10),
        "clip",
        "",
        "clip missing",
        f"No file {clip_id('Pororo_ENGLISH1_1_ep1', 10)}.png.",
    )
    shows_it = {k for k in (*TRAIN, *SEEN) if STARTS[k][1] in range(6, 11) and k < 11}
    assert {drop for drop in lost if "/" not in drop} == {key(story) for story in shows_it}
    assert result.n_dropped == len(shows_it) == 2
    whole = [story.orders["story-id"] for story in Stories(tmp_path / "out", "train")]
    assert whole == sorted(set(TRAIN) - shows_it)


def test_a_clip_without_a_caption_costs_its_stories(tmp_path: Path) -> None:
    """It is kept among the clips, and no story can use it."""
    folder = write_release(tmp_path / "raw")
    rows = (folder / "descriptions.csv").read_text().splitlines()
    (folder / "descriptions.npy").unlink()
    kept = [row for row in rows if not row.startswith("Pororo_ENGLISH1_1_ep2,7,")]
    (folder / "descriptions.csv").write_text("\n".join(kept) + "\nPororo_ENGLISH1_1_ep2,7, \n")
    result = DATASET.build(tmp_path / "raw", tmp_path / "out", options={})
    assert dict(result.drops) == {"description: caption missing": 1, "story: caption missing": 1}
    place = Clips(tmp_path / "out").find(clip_id("Pororo_ENGLISH1_1_ep2", 7))
    assert Clips(tmp_path / "out")[place].captions == ()


def test_rows_at_the_foot_of_a_strip_are_not_shown(tmp_path: Path) -> None:
    """A height that is no multiple of the width: k is a whole number (P8), the bytes stay."""
    folder = write_release(tmp_path / "raw")
    name = clip_id("Pororo_ENGLISH1_1_ep1", 1)
    odd = strip("Pororo_ENGLISH1_1_ep1", 1, extra_rows=5)
    (folder / f"{name}.png").write_bytes(odd)
    DATASET.build(tmp_path / "raw", tmp_path / "out", options={})
    kept = Clips(tmp_path / "out")
    assert kept.counts[kept.find(name)] == n_frames("Pororo_ENGLISH1_1_ep1", 1)
    assert odd in (tmp_path / "out" / "clips-00000.tar").read_bytes()


def test_without_labels_captions_are_asked(tmp_path: Path) -> None:
    """Names in any caption of the clip, and the source says so."""
    folder = write_release(tmp_path / "raw")
    (folder / "labels.npy").unlink()
    DATASET.build(tmp_path / "raw", tmp_path / "out", options={})
    stories = Stories(tmp_path / "out", "train")
    story = stories[stories.find(key(0))]
    assert story.label_source == "captions"
    assert story.frames[1].characters == (1, 1, 1, 1, 1, 0, 0, 0, 0)
    assert story.frames[0].characters == (0, 0, 1, 0, 0, 0, 0, 0, 0)
    assert stories.manifest.options["labels_from"] == "captions"
