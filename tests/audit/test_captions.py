from __future__ import annotations

import pytest

from storybench.audit.captions import FAULTS, LONG, captions, shared_captions
from tests.audit.builds import CAST, frame, material, story

CLEAN = "A short sentence."


def of_train(tmp_path, *texts, **changes):
    """Statistics of the train split: a frame for each group of captions, and one more."""
    frames = [frame(k, captions=[of] if isinstance(of, str) else of) for k, of in enumerate(texts)]
    stories = [story("a", [*frames, frame(99, captions=["The end."])])]
    return captions(material(tmp_path, stories, **changes))[0]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("empty", ""),
        ("newline", "One\ntwo."),
        ("newline", "One two.\r"),
        ("space at an edge", " One two."),
        ("space at an edge", "One two. "),
        ("tab or double space", "One\ttwo."),
        ("tab or double space", "One  two."),
        (f"over {LONG} words", " ".join(["word"] * (LONG + 1))),
        ("not ASCII", "A café."),
    ],
)
def test_each_fault_is_counted(kind, text, tmp_path):
    """One planted fault of each kind is found among clean captions."""
    found = of_train(tmp_path, CLEAN, text)
    assert found.faults[kind] == 1


def test_clean_captions_have_no_faults(tmp_path):
    """Nor has a caption of just as many words as are not too many."""
    found = of_train(tmp_path, CLEAN, " ".join(["word"] * LONG))
    assert found.faults == dict.fromkeys(FAULTS, 0)


def test_counts_and_words(tmp_path):
    """Two captions on one frame; the same caption on two frames counts as repeated twice."""
    found = of_train(tmp_path, [CLEAN, "One two three four five six."], CLEAN)
    assert (found.n_frames, found.n_captions, found.n_distinct) == (3, 4, 3)
    assert (found.n_several, found.n_repeated) == (1, 2)
    assert found.words == (2, 3.0, 3.5, 6)
    assert found.lengths[:2] == (3, 1)
    assert sum(found.lengths) == 4
    assert found.n_naming is None


def test_a_frame_in_two_stories_is_described_once(tmp_path):
    """Overlapping windows repeat frames, not captions."""
    shots = [frame(k) for k in range(3)]
    stories = [story("a", shots[:2]), story("b", shots[1:])]
    train, val, _ = captions(material(tmp_path, stories))
    assert (train.n_frames, train.n_captions, train.n_repeated) == (3, 3, 0)
    assert (val.n_frames, val.words, sum(val.lengths)) == (0, None, 0)


def test_very_long_captions_fall_into_the_last_step(tmp_path):
    """A caption of 300 words is counted."""
    assert of_train(tmp_path, " ".join(["word"] * 300)).lengths[-1] == 1


def test_characters_named_in_a_frame(tmp_path):
    """Over all captions of the frame, each character once."""
    texts = (["Ada runs.", "Ada and Bo run."], "She runs.", "Cleo.")
    assert of_train(tmp_path, *texts, characters=CAST).n_naming == {0: 2, 1: 1, 2: 1}


def test_captions_in_two_splits(tmp_path):
    """Word for word, the most frequent first; other splits share none."""
    stories = [
        story("a", [frame(1, captions=["x"]), frame(2, captions=["y"]), frame(3, captions=["y"])]),
        story("b", [frame(4, captions=["x"]), frame(5, captions=["y"])], split="test"),
        story("c", [frame(6, captions=["z"]), frame(7, captions=["Y"])], split="val"),
    ]
    found = {
        (one.split, one.other): one
        for one in shared_captions(material(tmp_path, stories), n_examples=2)
    }
    assert found["test", "train"].examples == ("y", "x")
    assert (found["test", "train"].n_shared, found["test", "train"].of_distinct) == (2, 2)
    assert found["val", "train"].n_shared == found["val", "test"].n_shared == 0


def test_captions_of_a_frame_in_two_splits_are_not_told_again(tmp_path):
    """The frame is the leak; its caption follows from it."""
    stories = [
        story("a", [frame(1), frame(2, captions=["x"])]),
        story("b", [frame(1), frame(3, captions=["x"])], split="test"),
    ]
    found = shared_captions(material(tmp_path, stories), n_examples=5)
    assert {one.examples for one in found if one.n_shared} == {("x",)}
