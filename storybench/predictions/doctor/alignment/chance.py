"""What fits by chance, and whether one hypothesis fits better than another.

Chance is what remains when the real stories are put in another order: whole episodes are dealt
anew and the sequence is turned, so that neighbours stay neighbours, since windows overlap and
pictures of one episode resemble each other. Two hypotheses are compared story by story; the error
of the mean difference takes in the likeness of neighbours (Newey and West 1987, Bartlett weights).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.doctor.alignment.hypotheses import Hypothesis
from storybench.predictions.doctor.alignment.likeness import Array, Codes, mean_gain
from storybench.predictions.doctor.material import Numbers

DRAWS = 99
FEWEST_EPISODES = 4
LEAST_SPREAD = 0.02
"""Nats a slot: the spread of chance is never taken for less."""


@dataclass(frozen=True)
class Chance:
    """Gains of a hypothesis over random orders of the stories, in nats per slot."""

    mean: float
    spread: float
    largest: float

    def score(self, gain: float) -> float:
        """How many spreads a gain lies above chance; 0 where nothing is known of chance."""
        return (gain - self.mean) / self.spread if np.isfinite(self.spread) else 0.0


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Which stories are near each other.

    Attributes:
        sequence: stories in the order of their films.
        episode: of each story, counted.
        reach: how far, in that order, two windows can overlap.
    """

    sequence: Numbers
    episode: Numbers
    reach: int


def chance(
    codes: Codes, hypothesis: Hypothesis, neighbours: Neighbours, rows: Numbers, *, seed: int
) -> Chance:
    """Gains of `hypothesis` when the stories it speaks of are dealt anew, `DRAWS` times."""
    generator = np.random.default_rng(seed)
    n = len(neighbours.sequence)
    found: list[float] = []
    for _ in range(DRAWS):
        other = _dealt(neighbours, generator)
        known = (hypothesis.story >= 0) & (hypothesis.story < n)
        story = np.where(known, other[np.clip(hypothesis.story, 0, n - 1)], -1)
        story = np.where(_overlaps(neighbours, hypothesis.story, story, known), -1, story)
        gain, _ = mean_gain(codes, story, hypothesis.k, rows)
        if np.isfinite(gain):
            found.append(gain)
    if len(found) < DRAWS // 2:
        return Chance(np.nan, np.nan, np.nan)
    spread = max(float(np.std(found, ddof=1)), LEAST_SPREAD)
    return Chance(float(np.mean(found)), spread, float(np.max(found)))


def paired(first: Array, second: Array, neighbours: Neighbours, rows: Numbers) -> float:
    """How surely the first of two gains (len(rows), t) is larger: its mean difference over its SE.

    0 where they are never known together.
    """
    known = np.isfinite(first) & np.isfinite(second)
    counts = known.sum(axis=1)
    if counts.sum() < 2:
        return 0.0
    apart = np.where(known, np.nan_to_num(first) - np.nan_to_num(second), 0).sum(axis=1)
    mean = apart.sum() / counts.sum()
    place = np.argsort(neighbours.sequence)[rows]
    inner = (apart - mean * counts)[np.argsort(place)]
    variance = _long_run(inner, reach=neighbours.reach)
    error = np.sqrt(variance * len(inner)) / counts.sum()
    return float(mean / max(error, 1e-9))


def _long_run(values: Array, *, reach: int) -> float:
    """Variance of one value's share in a sum of neighbours that are alike up to `reach` apart."""
    total = float((values**2).mean())
    for lag in range(1, min(reach, len(values) - 1) + 1):
        weight = 1 - lag / (reach + 1)
        total += 2 * weight * float((values[lag:] * values[:-lag]).sum()) / len(values)
    return max(total, float((values**2).mean()) / 4, 1e-12)


def _dealt(neighbours: Neighbours, generator: np.random.Generator) -> Numbers:
    """For each story another one: episodes dealt anew, the sequence turned.

    Of few episodes there are few orders, so single runs of neighbours are dealt instead.
    """
    sequence = neighbours.sequence
    n = len(sequence)
    episode = neighbours.episode[sequence]
    if len(np.unique(episode)) < FEWEST_EPISODES:
        starts = np.unique(np.r_[0, generator.choice(n, min(n, 4), replace=False)])
    else:
        starts = np.r_[0, np.flatnonzero(np.diff(episode)) + 1]
    runs = np.split(sequence, starts[1:])
    generator.shuffle(runs)  # pyright: ignore[reportArgumentType]
    other = np.empty(n, np.intp)
    other[sequence] = np.roll(np.concatenate(runs), generator.integers(n))
    return other


def _overlaps(
    neighbours: Neighbours, story: Numbers, other: Numbers, known: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Where a story was dealt itself or one whose window may overlap with it."""
    place = np.argsort(neighbours.sequence)
    first, second = np.where(known, story, 0), np.where(known, other, 0)
    same = neighbours.episode[first] == neighbours.episode[second]
    return known & same & (abs(place[first] - place[second]) <= neighbours.reach)
