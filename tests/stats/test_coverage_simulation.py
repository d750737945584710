"""Do the intervals cover what they say? Put to test on a show of the toy world (`show.py`).

An evaluation is drawn from the show again and again; an interval is right where it holds the mean
over all draws: the expectation of the metric at this number of episodes. FID, KID, precision,
recall, density and coverage have the jackknife over episodes, F1 and frame accuracy the cluster
bootstrap, all by the code that `storybench eval` runs. A story bootstrap of FID stands beside them:
what it covers is why it isn't used.

The model that is scored has a fault of its own in every episode, as models have. Of one without,
whose frames are the real ones at another moment, a distance is mostly its own bias, and its spread
is of second order: there the jackknife claims too much, which is a test too.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from storybench.metrics import frechet, twin
from storybench.metrics.coverage import measure
from storybench.metrics.evidence import Evidence
from storybench.metrics.fid import FID
from storybench.metrics.kid import KID
from storybench.metrics.metric import Estimate
from storybench.stats import bootstrap, jackknife
from storybench.stats.jackknife import Interval
from tests.stats.show import MANNERISM, NO_MANNERISM, Colours, Episode, T, evaluation, show

K = 17
"""Episodes of the test split of FlintstonesSV."""

FEW, SOME, MANY = 24, 40, 160
"""Episodes of a show."""

Array = NDArray[np.float64]
Found = dict[str, list[tuple[float, Interval]]]
"""Value and interval of every draw, by metric."""

episodes = functools.cache(show)


def drawn(n_episodes: int, n_draws: int, *, seed: int) -> NDArray[np.int64]:
    """Which K episodes each draw has (n_draws, K), with replacement: the show is the population."""
    return np.random.default_rng(seed).integers(n_episodes, size=(n_draws, K))


def draws(
    n_episodes: int, n_draws: int, *, seed: int, mannerism: Colours = MANNERISM
) -> list[list[Episode]]:
    """The episodes of each draw."""
    pool = episodes(n_episodes, mannerism)
    return [[pool[number] for number in row] for row in drawn(n_episodes, n_draws, seed=seed)]


def distances(evidence: Evidence) -> dict[str, Estimate]:
    """FID and KID."""
    return {"fid": FID().estimate(evidence)[0], "kid": KID().estimate(evidence)[0]}


def all_of_pictures(evidence: Evidence) -> dict[str, Estimate]:
    """The distances, precision and its kin."""
    names = ("precision", "recall", "density", "coverage")
    return distances(evidence) | dict(zip(names, measure(evidence), strict=True))


def jackknifed(
    given: list[list[Episode]], metrics: Callable[[Evidence], dict[str, Estimate]]
) -> Found:
    """Value and interval of every metric on every draw."""
    extractor, found = twin.load(), Found()
    for chosen in given:
        for name, estimate in metrics(evaluation(chosen, extractor)).items():
            interval = jackknife.interval(estimate.value, estimate.replicates)
            assert interval is not None
            found.setdefault(name, []).append((estimate.value, interval))
    return found


def reader(pool: list[Episode]) -> Array:
    """A linear reader of characters, fitted to all pictures of the show by least squares (d, c)."""
    pictures = np.concatenate([np.hstack([one.real[:, None], one.made]) for one in pool])
    labels = np.concatenate([one.labels for one in pool]).repeat(1 + T, axis=0)
    rows = _with_one(pictures.reshape(len(labels), -1))
    return np.linalg.lstsq(rows, labels, rcond=None)[0].astype(np.float64)


def character_counts(one: Episode, weights: Array) -> Array:
    """True positives, wrong decisions, exact frames and frames of the slots of an episode, (4,)."""
    stories, k = np.arange(one.n_stories)[:, None], np.arange(T)[None]
    made, truth = one.made[stories + k + 1, k], one.labels[stories + k + 1]
    said = _with_one(made.reshape(-1, made.shape[-1])) @ weights > 0.4
    truth = truth.reshape(said.shape)
    exact = (said == truth).all(axis=1)
    return np.array([(said & truth).sum(), (said != truth).sum(), exact.sum(), exact.size], float)


def _with_one(rows: NDArray[np.float32]) -> Array:
    return np.hstack([rows.astype(np.float64), np.ones((len(rows), 1))])


def f1(sums: Array) -> Array:
    """Micro F1 from sums (…, 4) of counts."""
    return 2 * sums[..., 0] / (2 * sums[..., 0] + sums[..., 1])


def accuracy(sums: Array) -> Array:
    """The share of frames whose characters are all right, from sums (…, 4) of counts."""
    return sums[..., 2] / sums[..., 3]


def bootstrapped(n_episodes: int, n_draws: int, *, seed: int) -> Found:
    """Value and interval of micro F1 and of frame accuracy on every draw."""
    pool, found = episodes(n_episodes, MANNERISM), Found()
    weights, again = reader(pool), bootstrap.weights(K).astype(float)
    counts = np.stack([character_counts(one, weights) for one in pool])
    for row in drawn(n_episodes, n_draws, seed=seed):
        for name, metric in (("f1", f1), ("accuracy", accuracy)):
            value = float(metric(counts[row].sum(axis=0)))
            replicates = metric(again @ counts[row]).tolist()
            interval = bootstrap.interval(value, replicates, n_groups=K, bounds=(0, 1))
            assert interval is not None
            found.setdefault(name, []).append((value, interval))
    return found


def values(pairs: list[tuple[float, Interval]]) -> Array:
    """The value of every draw."""
    return np.array([value for value, _ in pairs])


def share_covered(pairs: list[tuple[float, Interval]]) -> float:
    """How many intervals hold the mean of all values."""
    expectation = values(pairs).mean()
    return float(np.mean([one.low <= expectation <= one.high for _, one in pairs]))


def claimed(pairs: list[tuple[float, Interval]]) -> float:
    """The root mean square of the standard errors over the spread of the values: 1 is right."""
    errors = np.array([interval.standard_error for _, interval in pairs])
    return float(np.sqrt(np.square(errors).mean()) / values(pairs).std(ddof=1))


def by_story_bootstrap(chosen: list[Episode], n: int, *, seed: int) -> float:
    """The standard error of FID that drawing stories, not episodes, would claim."""
    evidence = evaluation(chosen, twin.load())
    sides = [evidence.features(side) for side in ("generated", "reference")]
    n_stories = len(evidence.slots.stories)
    rng, found = np.random.default_rng(seed), []
    for _ in range(n):
        counts = np.bincount(rng.integers(n_stories, size=n_stories), minlength=n_stories)
        weights = counts[evidence.slots.story]
        moments = [
            frechet.moments(side.rows, np.bincount(side.slots, weights, minlength=side.n_unique))
            for side in sides
        ]
        found.append(frechet.distance(*moments).value)
    return float(np.std(found, ddof=1))


@pytest.mark.slow
def test_intervals_cover_on_a_small_show() -> None:
    """Of 60 intervals 85 % or more are right, and not by being wide.

    A standard error that is half of what it should be covers about 70 %; one that is half as large
    again as it should be is seen by its ratio to the spread of the values.
    """
    ratios = bootstrapped(FEW, 60, seed=1)
    assert all(0.1 < values(pairs).mean() < 0.9 for pairs in ratios.values())
    found = jackknifed(draws(FEW, 60, seed=1), distances) | ratios
    for name, pairs in found.items():
        assert share_covered(pairs) >= 0.85, name
        assert 0.7 < claimed(pairs) < 1.5, name


@pytest.mark.slow
def test_a_story_bootstrap_of_fid_would_be_far_too_narrow() -> None:
    """The spread over stories is less than half of that over episodes, as stories overlap."""
    given = draws(FEW, 12, seed=2)
    error = np.mean([by_story_bootstrap(chosen, 30, seed=3) for chosen in given[:3]])
    assert error < 0.5 * values(jackknifed(given, distances)["fid"]).std(ddof=1)


@pytest.mark.slow
def test_intervals_cover_over_three_hundred_draws() -> None:
    """Between 0.92 and 0.98 of 300 intervals hold what they should, whichever the metric."""
    found = jackknifed(draws(MANY, 300, seed=0), all_of_pictures) | bootstrapped(MANY, 300, seed=0)
    shares = {name: share_covered(pairs) for name, pairs in found.items()}
    for name, pairs in found.items():
        sys.stdout.write(f"{name:9} {shares[name]:6.1%} covered, SE / sd {claimed(pairs):.2f}\n")
    assert len(shares) == 8
    assert all(0.92 <= share <= 0.98 for share in shares.values()), shares


@pytest.mark.slow
def test_intervals_of_a_model_without_a_fault_are_wide_rather_than_narrow() -> None:
    """Where most of a distance is bias the standard error is too large, not too small."""
    found = jackknifed(draws(SOME, 100, seed=1, mannerism=NO_MANNERISM), distances)
    assert all(claimed(pairs) > 1 for pairs in found.values())
    assert share_covered(found["fid"]) >= 0.92
    assert share_covered(found["kid"]) >= 0.8
