import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.card import moves
from storybench.card.corruptions import CORRUPTIONS
from storybench.card.layout import Layout
from storybench.errors import InputError
from storybench.metrics.evidence import Slots

MOVES = {one.name: one.move for one in CORRUPTIONS if one.move is not None}


def layout(stories=20, targets=4, *, n_train=30, characters=3):
    """Stories of labelled targets, five an episode."""
    story = np.repeat(np.arange(stories), targets)
    n = len(story)
    labels = np.eye(characters, dtype=bool)[np.arange(n) % characters] if characters else None
    return Layout(
        Slots(
            stories=tuple(f"s{index}" for index in range(stories)),
            clusters=tuple(f"c{index // 5}" for index in range(stories)),
            story=story,
            k=np.tile(np.arange(1, targets + 1), stories),
            groups=story // 5,
            captions=("",) * n,
            characters=tuple("abc"[:characters]),
            labels=labels,
        ),
        n_train,
    )


@pytest.mark.parametrize("name", MOVES)
def test_strength_zero_moves_nothing(name):
    """Without strength every slot shows its own picture."""
    assert np.array_equal(MOVES[name](layout(), 0.0, 3), layout().own)


@settings(deadline=None, max_examples=20)
@given(name=st.sampled_from(sorted(MOVES)), weak=st.floats(0, 1), strong=st.floats(0, 1))
def test_a_stronger_one_moves_what_a_weaker_one_moved(name, weak, strong):
    """What a weaker corruption moves, a stronger one moves to the same picture."""
    weak, strong = sorted((weak, strong))
    own = layout().own
    first, second = (MOVES[name](layout(), share, 7) for share in (weak, strong))
    is_moved = first != own
    assert np.array_equal(first[is_moved], second[is_moved])


@pytest.mark.parametrize("name", MOVES)
def test_the_seed_fixes_it_and_another_changes_it(name):
    """The same seed gives the same pictures, another seed others."""
    first, again, other = (MOVES[name](layout(), 0.5, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("name", "share"), [("swap-character", 0.25), ("copy-source", 0.4), ("copy-train", 0.1)]
)
def test_strength_is_the_share_of_frames(name, share):
    """So many of the slots show another picture than their own."""
    made = layout()
    assert np.mean(MOVES[name](made, share, 0) != made.own) == pytest.approx(share)


def test_swapped_characters_are_others_of_the_same_episode():
    """Every frame shows other labels than its slot's, from its own episode where there are any."""
    made = layout()
    labels = made.slots.labels
    assert labels is not None
    takes = moves.swap_characters(made, 1.0, 0)
    assert (labels[takes] != labels).any(axis=1).all()
    assert np.array_equal(made.slots.groups[takes], made.slots.groups)


def test_an_episode_of_one_character_borrows_from_another():
    """Where all frames of an episode have the same labels, the frame comes from another one."""
    made = layout()
    labels = made.slots.labels
    assert labels is not None
    labels[made.slots.groups == 0] = [True, False, False]
    takes = moves.swap_characters(made, 1.0, 0)
    assert (made.slots.groups[takes[made.slots.groups == 0]] != 0).all()
    assert (labels[takes] != labels).any(axis=1).all()


def test_a_shuffled_story_keeps_its_frames_in_another_order():
    """Every story shows its own targets, none in the right order."""
    made = layout()
    takes = moves.shuffle_order(made, 1.0, 0).reshape(made.by_story.shape)
    assert np.array_equal(np.sort(takes, axis=1), made.by_story)
    assert (takes != made.by_story).any(axis=1).all()


def test_stories_of_one_target_cannot_be_shuffled():
    """There is no other order of one frame, and no endless search for one."""
    made = layout(targets=1)
    assert np.array_equal(moves.shuffle_order(made, 1.0, 0), made.own)


def test_swapped_stories_keep_the_place_of_each_frame():
    """Each story shows another one's targets, frame for frame, and each is shown once."""
    made = layout()
    takes = moves.swap_stories(made, 1.0, 0)
    assert np.array_equal(made.slots.k[takes], made.slots.k)
    assert (made.slots.story[takes] != made.slots.story).all()
    assert np.array_equal(np.sort(takes), made.own)


def test_a_duplicated_story_shows_its_first_target():
    """All targets of each story are its first."""
    made = layout()
    takes = moves.duplicate(made, 1.0, 0).reshape(made.by_story.shape)
    assert np.array_equal(takes, np.repeat(made.by_story[:, :1], 4, axis=1))


def test_a_collapsed_set_shows_one_story():
    """Every story shows the same targets."""
    made = layout()
    takes = moves.collapse(made, 1.0, 0).reshape(made.by_story.shape)
    assert len(np.unique(takes, axis=0)) == 1


def test_copies_are_of_the_own_source_and_of_training_frames():
    """A copied source is that of the story, a training frame has a number after all sources."""
    made = layout()
    assert np.array_equal(moves.copy_source(made, 1.0, 0), 80 + made.slots.story)
    takes = moves.copy_train(made, 1.0, 0)
    assert takes.min() >= 100
    assert takes.max() < 130


def test_what_the_data_does_not_allow_is_refused():
    """No labels, no characters to swap; no train split, nothing to copy from it."""
    with pytest.raises(InputError, match="character labels"):
        moves.swap_characters(layout(characters=0), 0.0, 0)
    with pytest.raises(InputError, match="train split"):
        moves.copy_train(layout(n_train=0), 0.0, 0)
