"""Choices that depend on what they are for, and on nothing else."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from storybench.loader.choice import draw_of, pick


def test_a_choice_is_the_same_for_ever() -> None:
    """The first 52 bits of a SHA-256 of the words: what any version, anywhere, can compute."""
    draw = draw_of(7, 3, "pororo_english1_1_ep1-10")
    for k in range(5):
        text = f'[7,3,"pororo_english1_1_ep1-10"]frame/{k}'
        digest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        assert draw(f"frame/{k}") == (digest >> 12) / 2**52
    assert [pick(5, draw(f"frame/{k}")) for k in range(5)] == [3, 3, 3, 0, 0]


def test_everything_that_names_a_choice_changes_it() -> None:
    """Another seed, epoch, story or purpose is another number."""
    names = [(seed, epoch, story) for seed in (0, 1) for epoch in (0, 1) for story in ("a", "b")]
    assert len({draw_of(*words)(what) for words in names for what in ("x/0", "x/1", "y")}) == 24


def test_words_do_not_run_into_each_other() -> None:
    """1 and "23" are not 12 and "3"; the story "a" with "b" is not "ab"."""
    assert draw_of(1, "23")("x") != draw_of(12, "3")("x")
    assert draw_of(0, "a")("b") != draw_of(0, "ab")("")
    assert draw_of(0, "1")("") != draw_of("0", 1)("")


def test_frames_are_chosen_evenly() -> None:
    """Each of five frames comes up in a fifth of 5,000 draws, give or take four deviations."""
    counts = [0] * 5
    for story in range(5000):
        counts[pick(5, draw_of(0, 0, f"s-{story}")("frame/0"))] += 1
    assert max(abs(count - 1000) for count in counts) < 4 * (5000 * 0.2 * 0.8) ** 0.5


@given(st.integers(1, 1000), st.floats(0, 1, exclude_max=True))
def test_a_pick_is_one_of_them(n: int, fraction: float) -> None:
    """At least 0, below n, whatever the draw."""
    assert 0 <= pick(n, fraction) < n
