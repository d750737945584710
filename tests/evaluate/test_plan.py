import dataclasses

import pytest

from storybench.evaluate.plan import plan
from storybench.protocols import catalogue
from storybench.protocols.protocol import Batch, Cut

SB = catalogue.get("sb-v1")


def rules(**changes):
    """sb-v1 with something changed."""
    return dataclasses.replace(SB, **changes)


def test_all_stories_and_all_targets_are_scored_unless_said_otherwise(subject):
    """Nothing is cut or dropped by sb-v1."""
    found = plan(subject.stories, SB)
    assert found.ids == subject.stories.ids
    assert found.slots == tuple((index, k) for index in range(19) for k in (1, 2, 3, 4))
    assert found.left_out == {}


def test_a_split_is_cut_to_its_first_stories(subject):
    """In the official order, with what was left out in the record."""
    found = plan(subject.stories, rules(cuts=(Cut("toon", "test", 7),)))
    assert found.chosen == tuple(range(7))
    assert found.left_out["cut"] == {"first": 7, "order": "position", "n": 12}


def test_a_cut_follows_the_order_it_names(subject):
    """The file of the cartoon is read backwards; slots stay in the official order."""
    found = plan(subject.stories, rules(cuts=(Cut("toon", "test", 3, "file"),)))
    assert found.chosen == (16, 17, 18)


@pytest.mark.parametrize("cut", [Cut("toon", "val", 3), Cut("other", "test", 3)])
def test_a_cut_of_another_split_changes_nothing(subject, cut):
    """Cuts belong to one split of one dataset."""
    assert len(plan(subject.stories, rules(cuts=(cut,))).chosen) == 19


def test_blocks_share_no_target(subject):
    """Episodes of nine clips hold two blocks of four targets, of eight clips one."""
    found = plan(subject.stories, rules(blocks=True))
    clips = [origin.clip for index in found.chosen for origin in found.origins[index][1:]]
    assert len(clips) == len(set(clips))
    assert [subject.stories.ids[index] for index in found.chosen] == [
        "ep3-1",
        "ep3-5",
        "ep4-1",
        "ep4-5",
        "ep5-1",
        "ep5-5",
        "ep6-1",
    ]
    assert found.left_out["blocks"] == {"n": 12}


@pytest.mark.parametrize(
    ("batch", "frames", "stories"),
    [
        (Batch(16, "stories"), 64, 16),
        (Batch(10, "frames"), 70, 18),
        (Batch(128, "frames"), 76, 19),
    ],
)
def test_the_last_batch_is_dropped_where_one_fills(subject, batch, frames, stories):
    """Stories or frames; a split that fills not even one batch is scored whole."""
    found = plan(subject.stories, rules(batch=batch))
    assert (len(found.slots), len(found.chosen)) == (frames, stories)
    assert found.left_out["batch"] == {"size": batch.size, "frames": 76 - frames}


def test_the_source_is_a_slot_where_all_frames_are_scored(subject):
    """Five slots a story, or the first four of them."""
    assert plan(subject.stories, rules(frames="all")).slots[:5] == tuple((0, k) for k in range(5))
    first = plan(subject.stories, rules(frames="all", n_frames=4)).slots
    assert first[:5] == ((0, 0), (0, 1), (0, 2), (0, 3), (1, 0))


def test_slots_are_described_in_their_order(subject):
    """Story, frame, group, caption and labels of every slot."""
    slots = plan(subject.stories, SB).described()
    assert slots.n == 76
    assert slots.stories[slots.story[4]] == "ep3-2"
    assert slots.k[:5].tolist() == [1, 2, 3, 4, 1]
    assert slots.n_groups == 4
    assert slots.captions[0] == subject.stories.captions(0)[1]
    assert slots.characters == subject.stories.spec.characters


def test_labels_are_there_where_every_slot_has_some(subject):
    """The seventh clip has none: stories before it are labelled, the whole split is not."""
    assert plan(subject.stories, SB).described().labels is None
    slots = plan(subject.stories, rules(cuts=(Cut("toon", "test", 2),))).described()
    assert slots.labels is not None
    assert slots.labels.shape == (8, 3)
    labels = subject.stories[0].targets[0].characters
    assert slots.labels[0].tolist() == [bool(label) for label in labels or ()]
