from __future__ import annotations

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench.audit import near as room
from storybench.audit.album import perceptual_hash
from storybench.audit.near import _candidates, near_duplicates
from storybench.images import encode_jpeg, encode_png
from storybench.shards.format import FrameRecord
from storybench.types import Origin
from tests.audit.builds import frame, material, painted, saved_again, story


def search(stories, tmp_path, **changes):
    """Near-duplicates of a build of these stories."""
    return near_duplicates(material(tmp_path, stories), n_examples=5, **changes)


def across(found, split, other):
    """One row of the table of splits."""
    return next(one for one in found.across if (one.split, one.other) == (split, other))


def shot(image, name):
    """A frame of given pixels."""
    return FrameRecord(encode_png(image), "png", (f"{name}.",), Origin("f.mp4", name))


def apart(first, second):
    """In how many bits the perceptual hashes of two pictures differ."""
    hashes = [perceptual_hash(PIL.Image.fromarray(image)) for image in (first, second)]
    return bin(hashes[0] ^ hashes[1]).count("1")


def room_with(figure):
    """A background, and a figure of one colour before it."""
    image = painted(7, size=(96, 96)).copy()
    image[30:60, 40:70] = figure
    return image


def test_a_copy_saved_again_is_found_across_splits(tmp_path):
    """Smaller, as a poor JPEG, under another name: still the same picture."""
    stories = [
        story("a", [frame(1), frame(2)]),
        story("b", [frame(saved_again(painted(1)), clip="copy"), frame(3)], split="test"),
        story("c", [frame(4), frame(5)], split="test"),
    ]
    found = search(stories, tmp_path)
    test, train = across(found, "test", "train"), across(found, "train", "test")
    assert (test.n_pictures, test.of_pictures, test.n_stories, test.of_stories) == (1, 4, 1, 2)
    assert (train.n_pictures, train.of_pictures) == (1, 2)
    (pair,) = found.across_examples
    assert {pair.first.clip, pair.second.clip} == {"clip-1", "copy"}
    assert pair.bits <= 6
    assert not pair.is_equal
    assert found.is_complete


def test_pictures_that_differ_are_let_go(tmp_path):
    """Thirty unlike pictures in three splits: nothing near anywhere."""
    stories = [
        story(f"s{k}", [frame(2 * k), frame(2 * k + 1)], split=("train", "val", "test")[k % 3])
        for k in range(15)
    ]
    found = search(stories, tmp_path)
    assert all(one.n_pictures == 0 for one in found.across)
    assert all(one.n_elsewhere == one.n_own_episode == 0 for one in found.inside)
    assert found.across_examples == found.inside_examples == ()
    assert found.n_pictures == 30


def test_the_same_background_with_another_figure_is_let_go(tmp_path):
    """The hash alone would take them for copies; the colours of the figure tell them apart."""
    red, blue = room_with((220, 30, 30)), room_with((60, 60, 240))
    bits = apart(red, blue)
    assert bits <= room.BITS
    stories = [
        story("a", [shot(red, "red"), frame(1)]),
        story("b", [shot(blue, "blue"), frame(2)], split="test"),
    ]
    assert across(search(stories, tmp_path), "test", "train").n_pictures == 0


def test_equal_pixels_are_no_near_duplicate(tmp_path):
    """What is equal is reported as shared, not twice."""
    stories = [
        story("a", [frame(1), frame(2)]),
        story("b", [frame(1, clip="again"), frame(3)], split="test"),
    ]
    found = search(stories, tmp_path)
    assert all(one.n_pictures == 0 for one in found.across)
    assert found.n_pictures == 3


def test_inside_a_split_episodes_are_told_apart(tmp_path):
    """A copy in another episode is one thing, a still scene of the same episode another."""
    copies = [frame(saved_again(painted(k)), clip=f"copy{k}") for k in (1, 2)]
    stories = [
        story("a", [frame(1), frame(2)], cluster="one"),
        story("b", [copies[0], frame(3)], cluster="two"),
        story("c", [copies[1], frame(4)], cluster="one"),
    ]
    found = search(stories, tmp_path)
    train = found.inside[0]
    assert (train.n_elsewhere, train.n_own_episode, train.of_pictures) == (2, 2, 6)
    (pair,) = found.inside_examples
    assert {pair.first.cluster, pair.second.cluster} == {"one", "two"}


def test_pictures_of_one_colour_are_left_out(tmp_path):
    """Black and white have equal hashes and nothing in common."""
    black, white = (np.full((64, 64, 3), of, np.uint8) for of in (0, 255))
    stories = [
        story("a", [shot(black, "black"), frame(1)]),
        story("b", [shot(white, "white"), frame(2)], split="test"),
    ]
    found = search(stories, tmp_path)
    assert found.n_flat == 2
    assert across(found, "test", "train").n_pictures == 0


def test_the_threshold_is_a_parameter(tmp_path):
    """A copy four bits away is found at 6 and not at 0."""
    image = painted(3, size=(96, 96))
    cut = np.ascontiguousarray(image[1:-1, 1:-1])
    bits = apart(image, cut)
    assert bits == 4
    stories = [
        story("a", [shot(image, "whole"), frame(2)]),
        story("b", [shot(cut, "cut"), frame(8)], split="test"),
    ]
    assert across(search(stories, tmp_path / "6"), "test", "train").n_pictures == 1
    assert across(search(stories, tmp_path / "0", bits=0), "test", "train").n_pictures == 0


def test_too_many_candidates_are_said_to_be(tmp_path, monkeypatch):
    """Beyond the bound on work the counts are lower bounds, and the result says so."""
    monkeypatch.setattr(room, "MAX_CANDIDATES", 0)
    stories = [
        story("a", [frame(1), frame(2)]),
        story("b", [frame(saved_again(painted(1)), clip="copy"), frame(3)], split="test"),
    ]
    found = search(stories, tmp_path)
    assert not found.is_complete
    assert across(found, "test", "train").n_pictures == 0


def test_hundreds_of_copies_are_each_found(tmp_path, monkeypatch):
    """A still scene makes candidates by the square; every picture is marked, few are compared."""
    monkeypatch.setattr(room, "AT_ONCE", 64)
    shots = [frame(encode_jpeg(painted(1), quality=30 + k), clip=f"c{k}") for k in range(60)]
    stories = [story(f"s{k}", shots[2 * k : 2 * k + 2], cluster="one") for k in range(30)]
    found = search(stories, tmp_path)
    assert found.inside[0].n_own_episode == found.inside[0].of_pictures
    assert found.is_complete


@settings(max_examples=40, deadline=None)
@given(
    hashes=st.lists(st.integers(0, 2**64 - 1), max_size=40),
    flips=st.lists(st.tuples(st.integers(0, 39), st.integers(0, 2**12 - 1)), max_size=20),
    bits=st.integers(0, 16),
)
def test_every_pair_is_compared(hashes, flips, bits):
    """In blocks as in one piece: the candidates are those that counting bits finds."""
    hashes = [*hashes, *(hashes[at] ^ mask for at, mask in flips if at < len(hashes))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "ROWS", 8)
        patch.setattr(room, "COLUMNS", 16)
        blocks = list(_candidates(np.array(hashes, np.uint64), bits))
    found = sorted(
        pair for _, _, a, b in blocks for pair in zip(a.tolist(), b.tolist(), strict=True)
    )
    assert found == [
        (i, j)
        for i in range(len(hashes))
        for j in range(i + 1, len(hashes))
        if bin(hashes[i] ^ hashes[j]).count("1") <= bits
    ]
    if hashes:
        assert blocks[-1][:2] == (len(hashes), len(hashes))


@pytest.mark.parametrize(
    "change",
    [
        lambda image: np.clip(image * 1.1, 0, 255).astype(np.uint8),
        lambda image: np.clip((image - 128.0) * 0.9 + 128, 0, 255).astype(np.uint8),
        lambda image: np.ascontiguousarray(image[1:-1, 1:-1]),
    ],
    ids=["brighter", "less contrast", "cut"],
)
def test_slight_changes_do_not_hide_a_copy(change, tmp_path):
    """A tenth brighter, a tenth less contrast, a pixel cut at each side."""
    image = painted(3, size=(96, 96)) // 2 + 40
    stories = [
        story("a", [shot(image, "whole"), frame(1)]),
        story("b", [shot(change(image), "changed"), frame(2)], split="test"),
    ]
    assert across(search(stories, tmp_path), "test", "train").n_pictures == 1
