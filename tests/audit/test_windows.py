from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.audit.album import Pictures
from storybench.audit.material import Material, Slots
from storybench.audit.windows import effective_number, windows
from storybench.types import StorySpec
from tests.audit.builds import frame, material, story


def test_sliding_windows_share_all_but_one(tmp_path):
    """Windows of three frames at stride 1 over one episode of six share two with a neighbour."""
    stories = [
        story(f"s{k}", [frame(k), frame(k + 1), frame(k + 2)], cluster="ep") for k in range(4)
    ]
    train = windows(material(tmp_path, stories))[0]
    assert (train.n_stories, train.n_slots, train.n_frames) == (4, 12, 6)
    assert train.overlaps == {2: 4}
    assert train.n_overlapping == 4
    assert (train.n_clusters, train.n_groups, train.n_effective) == (1, 1, 1.0)


def test_stories_apart_share_nothing(tmp_path):
    """Disjoint stories of episodes of one size are as many clusters as there are episodes."""
    stories = [story(f"s{k}", [frame(2 * k), frame(2 * k + 1)]) for k in range(5)]
    train, val, _ = windows(material(tmp_path, stories))
    assert train.overlaps == {0: 5}
    assert train.n_overlapping == 0
    assert train.n_effective == pytest.approx(5)
    assert (val.n_stories, val.overlaps, val.n_effective) == (0, {}, 0.0)


def test_unequal_episodes_weigh_less(tmp_path):
    """Three episodes of 4, 1 and 1 stories are worth 36 / 18 = 2."""
    stories = [
        story(f"s{k}", [frame(2 * k), frame(2 * k + 1)], cluster=f"ep{max(0, k - 3)}")
        for k in range(6)
    ]
    assert windows(material(tmp_path, stories))[0].n_effective == pytest.approx(2)


def test_episodes_that_share_a_frame_are_one_cluster(tmp_path):
    """Two episodes with a shot in common are not independent."""
    stories = [
        story("a", [frame(1), frame(2)], cluster="one"),
        story("b", [frame(2), frame(3)], cluster="two"),
        story("c", [frame(4), frame(5)], cluster="three"),
    ]
    train = windows(material(tmp_path, stories))[0]
    assert (train.n_clusters, train.n_groups) == (3, 2)
    assert train.n_effective == pytest.approx(9 / 5)


def test_other_splits_do_not_count(tmp_path):
    """Overlap is of stories of one split; leaks are told elsewhere."""
    stories = [
        story("a", [frame(1), frame(2)]),
        story("b", [frame(1), frame(2)], split="test"),
    ]
    assert [one.overlaps for one in windows(material(tmp_path, stories))] == [{0: 1}, {}, {0: 1}]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 8), min_size=1, max_size=4), min_size=1, max_size=12))
def test_overlaps_are_the_largest_intersections(stories):
    """Against sets: the most frames that any other story has in common, repeats counted once."""
    found = windows(_made_of(stories))[0]
    expected = [
        max((len(set(one) & set(other)) for j, other in enumerate(stories) if j != i), default=0)
        for i, one in enumerate(stories)
    ]
    assert found.overlaps == {n: expected.count(n) for n in sorted(set(expected))}


@given(st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_the_effective_number_is_between_one_and_all(sizes):
    """Never more than there are; as many only if all are of one size."""
    n = effective_number(np.array(sizes))
    assert 1 - 1e-9 <= n <= len(sizes) + 1e-9
    assert (n == pytest.approx(len(sizes))) == (len(set(sizes)) == 1)


def _made_of(stories):
    """Material of stories given as numbers of frames, without any picture."""
    slots = [(s, k, f) for s, frames in enumerate(stories) for k, f in enumerate(frames)]
    story_of, k, frame_of = np.array(slots, np.int64).T
    return Material(
        spec=StorySpec("toy", "1", 1),
        digest="",
        splits=("train",),
        clusters=tuple(f"episode-{n}" for n in range(len(stories))),
        stories=tuple(f"s{n}" for n in range(len(stories))),
        label_sources=(None,) * len(stories),
        split_of=np.zeros(len(stories), np.int64),
        cluster_of=np.arange(len(stories)),
        slots=Slots(story_of, k, frame_of, frame_of, frame_of),
        clips=(),
        frames=(),
        pictures=Pictures(np.zeros(0, np.uint64), np.zeros((0, 16, 16, 3), np.uint8)),
    )
