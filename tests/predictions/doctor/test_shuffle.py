"""Are stories in no order recognised by their frames, and pictures that know nothing left alone?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from storybench.predictions.doctor.alignment.chance import Neighbours
from storybench.predictions.doctor.alignment.likeness import Codes
from storybench.predictions.doctor.alignment.shuffle import _centred, _runs, by_frames

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


def test_stories_that_all_look_the_same_match_nothing() -> None:
    """One colour each, or one picture in all places."""
    known = codes(knows=0.8)
    for drawn in (np.zeros_like(known.drawn), np.ones_like(known.drawn)):
        assert by_frames(replace(known, drawn=drawn)) is None


def films(*, of_kind: int, seed: int = 0) -> np.ndarray:
    """How alike every drawn story (row) is to every real one, of 30 films of 10 stories each.

    The model knows its own story, and another film of the kind better for one film in `of_kind`.
    """
    generator = np.random.default_rng(seed)
    like = generator.normal(size=(N, N))
    like[np.arange(N), np.arange(N)] += 3
    for film in range(0, N // 10, of_kind):
        rows = np.arange(10 * film, 10 * film + 10)
        like[rows, (rows + 10) % N] += 6
    return _centred(like)


NEIGHBOURS = Neighbours(np.arange(N), np.arange(N) // 10, reach=T)


def test_films_that_are_more_like_another_of_their_kind_are_left_alone() -> None:
    """Their neighbours match neighbours elsewhere, yet they are like those that they claim."""
    assert _runs(films(of_kind=3), NEIGHBOURS) is None


def test_blocks_that_are_in_order_inside_are_seen() -> None:
    """The same stories, their batches listed as text; and that only half of them are displaced."""
    batches = np.array_split(np.arange(N), 20)
    listed = np.concatenate([batches[at] for at in sorted(range(20), key=str)])
    half = np.concatenate([np.arange(N // 2), np.roll(np.arange(N // 2, N), 40)])
    for order in (listed, half):
        found = _runs(films(of_kind=3)[order], NEIGHBOURS)
        assert found is not None
        assert found.look == "runs"
