from __future__ import annotations

from storybench.audit.sharing import shared, shared_clusters
from tests.audit.builds import frame, material, story


def sides(found):
    """Results by (split, other)."""
    return {(one.split, one.other): one for one in found}


def test_nothing_shared_is_nothing_found(tmp_path):
    """Stories of other episodes in other splits share nothing; every pair of splits is answered."""
    found = material(
        tmp_path,
        [story("a", [frame(1), frame(2)]), story("b", [frame(3), frame(4)], split="test")],
    )
    assert len(shared(found, n_examples=3)) == 6
    assert all(one.n_slots == one.n_stories == 0 for one in shared(found, n_examples=3))
    assert all(one.n_clusters == 0 for one in shared_clusters(found, n_examples=3))


def test_a_clip_in_two_splits_is_found_from_both_sides(tmp_path):
    """One of four val slots is in train; two of six train slots, in two stories, are in val."""
    stories = [
        story("a", [frame(1), frame(2)]),
        story("b", [frame(2), frame(3)]),
        story("c", [frame(4), frame(5)]),
        story("d", [frame(2), frame(6)], split="val"),
        story("e", [frame(7), frame(8)], split="val"),
    ]
    found = sides(shared(material(tmp_path, stories), n_examples=3))
    val, train = found["val", "train"], found["train", "val"]
    assert (val.n_clips, val.n_pictures, val.n_slots, val.of_slots) == (1, 1, 1, 4)
    assert (val.n_stories, val.of_stories) == (1, 2)
    assert (train.n_slots, train.of_slots, train.n_stories, train.of_stories) == (2, 6, 2, 3)
    assert found["test", "train"].n_slots == 0


def test_equal_pixels_under_another_name_are_found(tmp_path):
    """A renamed clip does not hide: its pixels are compared."""
    stories = [
        story("a", [frame(1, clip="x"), frame(2)]),
        story("b", [frame(1, clip="y"), frame(3)], split="test"),
    ]
    found = sides(shared(material(tmp_path, stories), n_examples=3))["test", "train"]
    assert (found.n_clips, found.n_pictures, found.n_slots) == (0, 1, 1)


def test_another_frame_of_the_same_clip_is_found(tmp_path):
    """A clip counts as shared though the splits show other frames of it."""
    stories = [
        story("a", [frame(1, clip="x"), frame(2)]),
        story("b", [frame(3, clip="x"), frame(4)], split="test"),
    ]
    found = sides(shared(material(tmp_path, stories), n_examples=3))["test", "train"]
    assert (found.n_clips, found.n_pictures, found.n_slots) == (1, 0, 1)
    (pair,) = found.examples
    assert (pair.first.clip, pair.second.clip, pair.is_equal) == ("x", "x", False)


def test_examples_name_the_slots_and_are_spread(tmp_path):
    """Each example shows the same picture from both splits; there are as many as asked for."""
    stories = [
        *(story(f"a{k}", [frame(k), frame(100 + k)]) for k in range(20)),
        *(story(f"b{k}", [frame(200 + k), frame(k)], split="test") for k in range(20)),
    ]
    found = sides(shared(material(tmp_path, stories), n_examples=4))["test", "train"]
    assert found.n_slots == 20
    assert [pair.first.story for pair in found.examples] == ["b0", "b5", "b10", "b15"]
    first = found.examples[1]
    assert (first.first.k, first.first.split, first.second.story, first.second.k) == (
        1,
        "test",
        "a5",
        0,
    )
    assert first.is_equal
    assert first.bits == 0
    assert first.first.caption == "Something happens in clip-5."


def test_an_episode_in_two_splits_is_found(tmp_path):
    """Frames may all differ: the episode is the same."""
    stories = [
        story("a", [frame(1), frame(2)], cluster="ep1"),
        story("b", [frame(3), frame(4)], cluster="ep2"),
        story("c", [frame(5), frame(6)], cluster="ep1", split="val"),
        story("d", [frame(7), frame(8)], cluster="ep1", split="val"),
    ]
    found = sides(shared_clusters(material(tmp_path, stories), n_examples=3))
    val, train = found["val", "train"], found["train", "val"]
    assert (val.n_clusters, val.of_clusters, val.n_stories, val.of_stories) == (1, 1, 2, 2)
    assert (train.n_clusters, train.of_clusters, train.n_stories, train.of_stories) == (1, 2, 1, 2)
    assert val.examples == ("ep1",)
    assert found["test", "train"].of_clusters == 0
