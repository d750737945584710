"""Are stories in no order recognised by their frames, and pictures that know nothing left alone?"""

from __future__ import annotations

import numpy as np

from storybench.predictions.doctor.alignment.likeness import Codes
from storybench.predictions.doctor.alignment.shuffle import by_frames

N, T, D = 300, 4, 12


def codes(*, knows: float, seed: int = 0) -> Codes:
    """Pictures that know so much of the story of another place; one number is mostly noise.

    That number is a model's brightness, say, which has nothing to do with the story's.
    """
    generator = np.random.default_rng(seed)
    story = generator.normal(size=(N, 1, D))
    real = story + 0.7 * generator.normal(size=(N, T + 1, D))
    drawn = knows * real[generator.permutation(N), 1:] + generator.normal(size=(N, T, D))
    drawn[..., 0] += 12 * generator.normal(size=(N, T))
    return Codes(drawn.astype(np.float32), real.astype(np.float32), np.ones((N, T), bool))


def test_what_can_be_believed_is_learned_from_the_matches() -> None:
    """Plain likeness matches brightness; a second look leaves it out, and the order shows."""
    found = by_frames(codes(knows=0.8))
    assert found is not None
    assert (found.look, found.n_stories) == ("frames", N)
    assert found.found > 5


def test_pictures_that_know_nothing_are_left_alone() -> None:
    """However the matches are learned, no order of frames has a part in it."""
    assert [by_frames(codes(knows=0.0, seed=seed)) for seed in range(10)] == [None] * 10
