"""TF-IDF similarity of captions, against a computation by hand and the definition."""

from __future__ import annotations

import math

import pytest

from storymodels.controls.word_vectors import WordVectors, words


def test_similarity_equals_the_definition() -> None:
    """Two texts, three words: counts x (ln((1 + n) / (1 + df)) + 1), cosine."""
    rare = math.log(3 / 2) + 1
    found = WordVectors(["fred runs", "fred sleeps"]).similarity("fred fred runs")
    norm = math.hypot(2, rare) * math.hypot(1, rare)
    assert found[0] == pytest.approx((2 + rare**2) / norm, abs=1e-12)
    assert found[1] == pytest.approx(2 / norm, abs=1e-12)


def test_the_same_text_has_similarity_one() -> None:
    """Whatever its case and punctuation."""
    found = WordVectors(["Fred runs.", "Wilma sings."]).similarity("fred, RUNS")
    assert found.tolist() == pytest.approx([1, 0], abs=1e-12)


@pytest.mark.parametrize("text", ["", "unseen words only", "…!?"])
def test_nothing_in_common_is_zero(text: str) -> None:
    """Words that were never fitted count for nothing; no division by zero."""
    assert WordVectors(["fred runs", ""]).similarity(text).tolist() == [0, 0]


def test_texts_without_any_word_are_all_unlike() -> None:
    """Captions of punctuation are still captions."""
    assert WordVectors(["...", "!"]).similarity("...").tolist() == [0, 0]


def test_words_keep_letters_of_every_script() -> None:
    """Not only ASCII; underscores and punctuation divide."""
    assert words("Çrong_and 뽀로로!") == ["çrong", "and", "뽀로로"]
