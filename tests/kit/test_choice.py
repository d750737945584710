"""The frame of a clip is a hash of names: the same everywhere, spread evenly, moved by the seed."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybench.errors import InputError
from storydata.kit.frames.choice import chosen


@given(st.text(max_size=20), st.text(max_size=20), st.integers(), st.integers(1, 1000))
def test_the_choice_is_the_documented_hash(
    dataset: str, clip_id: str, seed: int, n_frames: int
) -> None:
    """Anyone can recompute it: SHA-256 of "dataset|clip id|seed" as one number, modulo k."""
    digest = hashlib.sha256(f"{dataset}|{clip_id}|{seed}".encode()).hexdigest()
    expected = int(digest, 16) % n_frames
    assert chosen(dataset, clip_id, seed=seed, n_frames=n_frames) == expected


def test_every_frame_has_its_chance() -> None:
    """Over many clips each of five frames is chosen about equally often."""
    counts = Counter(chosen("toy", f"clip {k}", seed=0, n_frames=5) for k in range(5000))
    assert sorted(counts) == [0, 1, 2, 3, 4]
    assert all(900 < n < 1100 for n in counts.values())


def test_another_seed_or_dataset_is_another_choice() -> None:
    """Seeds and datasets do not choose in step with each other."""
    ids = [f"clip {k}" for k in range(400)]
    base = [chosen("toy", one, seed=0, n_frames=5) for one in ids]
    for other in (
        [chosen("toy", one, seed=1, n_frames=5) for one in ids],
        [chosen("toy-twin", one, seed=0, n_frames=5) for one in ids],
    ):
        n_equal = sum(a == b for a, b in zip(base, other, strict=True))
        assert 40 < n_equal < 130


def test_a_clip_without_frames_is_refused() -> None:
    """There is nothing to choose among none, and the message names the clip."""
    with pytest.raises(InputError, match="at least one frame in clip s_01, found 0"):
        chosen("toy", "s_01", seed=0, n_frames=0)
