"""Stories in an order that nobody wrote down: a listing that was never sorted.

Any order at all could be tried, so a good fit of the best one proves nothing. Three looks prove
something, whatever the pictures are:

- *runs*: match each story to the real one it is most like. Where blocks of a shuffled listing are
  in order inside, the matches of neighbours are neighbours. Compared with the same matches in
  random order. Not where those stories are like the ones they are claimed to be: a model that knows
  its captions, but not how a place looks, is now and then more like another film of the same kind.
- *frames*: match stories by what does not depend on the order of their frames (mean, source), one
  to one, learn from the matches which numbers can be believed, and match again. Then see whether
  frame 1 is like frame 1, 2 like 2. Compared with random orders of the frames inside each story:
  pictures that know nothing of their story cannot pass.
- *sources*: pictures that are copies of the source of another story than their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.special import pdtrc

from storybench.predictions.doctor.alignment.chance import Neighbours
from storybench.predictions.doctor.alignment.likeness import Array, Codes
from storybench.predictions.doctor.alignment.search import MOST_LIKE, likeness
from storybench.predictions.doctor.material import Material

Look = Literal["runs", "frames", "sources"]

DRAWS = 199
SURE = 1e-5
SURE_OF_FRAMES = 5.0
FEWEST_RUNS = 6
OFF_SHARE = 0.2
SAME_SHARE = 0.6
"""Neighbours that match neighbours, against those that match one and the same story: 1.5 to 2 times
as many where blocks are in order inside, 0.1 to 0.3 in pictures of other films, whose neighbours
are alike."""

AT_HOME = 0.75
"""Share of far stories than which the claimed one is more alike. Seen in learned models: 0.85 to
0.99 as they are, at most 0.61 once their listing is shuffled."""

COPY = 3.0
STRANGE_SHARE = 0.1
FIELDS = 48
ALIKE = 1e-6
ROUNDS = 6
RIDGE = 1e-2


@dataclass(frozen=True)
class Shuffle:
    """What showed it: the look, its statistic, and what chance would give."""

    look: Look
    found: float
    by_chance: float
    n_stories: int


def shuffled(
    material: Material, codes: Codes, neighbours: Neighbours, *, claim_fits: bool
) -> Shuffle | None:
    """Evidence that stories are there in an unknown order; None where there is none.

    `claim_fits`: whether the claim fits better than chance; some blocks may be in place.
    """
    if material.n > MOST_LIKE:
        return None
    if found := _sources(material):
        return found
    if found := _runs(_centred(likeness(codes)), neighbours):
        return found
    return None if claim_fits else by_frames(codes)


def by_frames(codes: Codes) -> Shuffle | None:
    """Matched by what they have in common, do stories agree frame by frame?

    Nothing is told by stories of one frame, or that all look the same.
    """
    n, t = codes.drawn.shape[:2]
    if t < 2 or np.ptp(codes.drawn.mean(axis=1), axis=0).max() < ALIKE:
        return None
    match, weights = _matched(codes)
    drawn = codes.drawn - codes.drawn.mean(axis=1, keepdims=True)
    real = codes.real[match, 1:] - codes.real[:, 1:].mean(axis=0)
    agree = np.einsum("itd,de,iue->itu", drawn, weights, real)
    own = np.trace(agree, axis1=1, axis2=2)
    usual = agree.sum(axis=(1, 2)) / t
    square = agree - agree.mean(axis=1, keepdims=True) - agree.mean(axis=2, keepdims=True)
    square = square + agree.mean(axis=(1, 2), keepdims=True)
    variance = (square**2).sum(axis=(1, 2)) / (t - 1)  # of a trace under random orders
    score = float((own - usual).sum() / np.sqrt(variance.sum() + 1e-12))
    if score < SURE_OF_FRAMES:
        return None
    return Shuffle("frames", score, 0.0, n)


def _sources(material: Material) -> Shuffle | None:
    """Copies of the sources of other stories, which show nothing of their own.

    Settings come back: so much the more as real stories are like sources of other episodes.
    """
    n = material.n
    drawn, real = material.drawn.thumbs[:, 0], material.real.thumbs
    own = np.abs(drawn[:, None].astype(np.int16) - real).mean(axis=(2, 3, 4)).min(axis=1)
    strange = np.flatnonzero((own > 2 * COPY) & material.drawn.there[:, 0])
    everywhere = np.ones((len(strange), n), bool)
    share = float(_is_copied(drawn[strange], real[:, 0], everywhere).sum()) / n
    if share < STRANGE_SHARE:
        return None
    _, episode = np.unique(material.clusters, return_inverse=True)
    elsewhere = episode[:, None] != episode
    usual = float(_is_copied(real[:, 1], real[:, 0], elsewhere).mean())
    return Shuffle("sources", share, usual, n) if share >= STRANGE_SHARE + 3 * usual else None


def _is_copied(
    thumbs: NDArray[np.uint8], known: NDArray[np.uint8], asked: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which thumbnails (m, 16, 16, 3) are one of the known, of those that are asked of, (m, n).

    Means over fields never differ by more than the pixels do, so few pairs are looked at closely.
    """
    near = cdist(_fields(thumbs), _fields(known), "cityblock") / FIELDS <= COPY
    found = np.zeros(len(thumbs), bool)
    for row, may in enumerate(near & asked):
        if may.any():
            apart = np.abs(known[may].astype(np.int16) - thumbs[row]).mean(axis=(1, 2, 3))
            found[row] = apart.min() <= COPY
    return found


def _fields(thumbs: NDArray[np.uint8]) -> Array:
    """Means over 4 x 4 fields of thumbnails, (m, 48)."""
    fields = thumbs.reshape(len(thumbs), 4, 4, 4, 4, 3).mean(axis=(2, 4))
    return fields.reshape(len(thumbs), FIELDS)


def _runs(like: Array, neighbours: Neighbours) -> Shuffle | None:
    """Neighbours whose matches are neighbours, far from where they are claimed to be.

    In a good set nearly all runs are in their own place, or beside it where windows overlap. In
    pictures of other films neighbours are alike too, and most of them match the very same story.
    """
    match = like.argmax(axis=1)
    place_of = np.argsort(neighbours.sequence)
    episode = neighbours.episode
    index = np.arange(len(match))
    beside = (abs(place_of[match] - place_of) <= neighbours.reach) & (episode[match] == episode)
    generator = np.random.default_rng(0)
    for order, own in ((index, index), (neighbours.sequence, place_of)):
        place = own[match]
        off = ~beside[order] if order is not index else ~beside
        step, is_off = np.diff(place[order]), off[:-1] & off[1:]
        follows = step == 1
        runs = np.flatnonzero(is_off & follows)
        found, same = len(runs), int((is_off & (step == 0)).sum())
        in_place = int((follows & ~off[:-1]).sum())
        usual = float(np.mean([(np.diff(generator.permutation(place)) == 1).sum()
                               for _ in range(DRAWS)]))  # fmt: skip
        is_sure = pdtrc(found - 1, max(usual, 1.0)) < SURE
        if found < max(FEWEST_RUNS, OFF_SHARE * in_place, SAME_SHARE * same) or not is_sure:
            continue
        if _at_home(like, neighbours, place_of, order[runs]) < AT_HOME:
            return Shuffle("runs", float(found), usual, len(match))
    return None


def _at_home(
    like: Array, neighbours: Neighbours, place_of: NDArray[np.intp], rows: NDArray[np.intp]
) -> float:
    """Share of the stories out of reach than which these are more like their own; 0 of none."""
    episode = neighbours.episode
    near = abs(place_of[rows, None] - place_of) <= neighbours.reach
    far = ~near | (episode[rows, None] != episode)
    below = (like[rows, rows][:, None] > like[rows]) & far
    return float((below.sum(axis=1) / np.maximum(far.sum(axis=1), 1)).mean())


def _matched(codes: Codes) -> tuple[NDArray[np.intp], Array]:
    """The real story (n,) that each is most like as a whole, one to one; what codes say, (d, d).

    First by plain likeness of means; then what matched stories have in common says which numbers of
    a mean can be believed, and they are matched again by that. No order of frames has a part in it.
    """
    whole = codes.drawn.mean(axis=1)
    drawn = whole - whole.mean(axis=0)
    real = np.concatenate([codes.real[:, 1:].mean(axis=1), codes.real[:, 0]], axis=1)
    real = real - real.mean(axis=0)
    d = drawn.shape[1]
    like, weights = drawn @ (real[:, :d] + real[:, d:]).T, np.eye(d)
    for _ in range(ROUNDS):
        _, match = linear_sum_assignment(_centred(like), maximize=True)
        told = real[match]
        square = told.T @ told
        slopes = np.linalg.solve(square + _ridge(square), told.T @ drawn)
        rest = drawn - told @ slopes
        spread = rest.T @ rest
        precision = np.linalg.inv((spread + _ridge(spread)) / len(rest))
        expected = real @ slopes
        fit = np.einsum("nd,de,ne->n", expected, precision, expected)
        like, weights = drawn @ precision @ expected.T - fit / 2, precision @ slopes[:d].T
    _, match = linear_sum_assignment(_centred(like), maximize=True)
    return match, weights


def _ridge(square: Array) -> Array:
    """What keeps a sum of squares, (k, k), from being singular."""
    return RIDGE * np.trace(square) / len(square) * np.eye(len(square))


def _centred(like: Array) -> Array:
    """Rows and columns less their means, so that no real story is like everything."""
    return like - like.mean(axis=0) - like.mean(axis=1, keepdims=True) + like.mean()
