"""Sentences as vectors: the same everywhere, near where words are shared."""

from __future__ import annotations

import numpy as np
import pytest

from storydata.twin.vectors import sentence_vector, word_flags

DOT, AGAIN, OTHER, FAR = (
    sentence_vector(text, 512)
    for text in (
        "Dot runs in the snow.",
        " dot RUNS in\nthe snow",
        "Dot runs in the kitchen.",
        "Bolt holds a red balloon",
    )
)


def test_case_and_white_space_do_not_matter():
    """The same words in the same number give the same vector, of length 1."""
    assert np.array_equal(DOT, AGAIN)
    assert DOT.dtype == np.float32
    assert np.linalg.norm(DOT) == pytest.approx(1, abs=1e-6)


def test_sentences_with_words_in_common_are_near():
    """Four of five words shared is nearer than none."""
    assert DOT @ OTHER > 0.7
    assert abs(DOT @ FAR) < 0.3


def test_the_numbers_never_change():
    """Pinned: other machines and versions give the same bits."""
    assert np.sign(sentence_vector("pim", 8)).astype(int).tolist() == [1, -1, 1, -1, 1, -1, 1, -1]


def test_no_words_are_no_vector():
    """A caption without a letter is all zeros."""
    assert not sentence_vector(" 12! ", 16).any()
    assert not word_flags("", 16).any()


def test_flags_tell_words():
    """A word has a place, whatever stands around it."""
    assert word_flags("Dot", 228).sum() == 1
    both = word_flags("Dot and Bolt", 228)
    assert both.sum() == 3
    assert both[word_flags("bolt", 228) == 1].all()
