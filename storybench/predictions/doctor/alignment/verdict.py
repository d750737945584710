"""Aligned, misaligned, or cannot tell: what the pictures themselves say of their names.

All hypotheses are scored on a part of the stories, the best of them on all. *Misaligned* needs a
hypothesis that fits far better than chance and, story by story, surely better than the claim;
*aligned* a claim that fits better than chance and that nothing beats. A model too weak to be told
from chance is *cannot tell*, never misaligned. Hypotheses that fit as well as the best one are
named with it: inside a run of overlapping windows the next story is the next frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from storybench.predictions.doctor.alignment.chance import Neighbours, chance, paired
from storybench.predictions.doctor.alignment.hypotheses import Hypothesis, hypotheses
from storybench.predictions.doctor.alignment.likeness import Array, Codes, codes, gains, mean_gain
from storybench.predictions.doctor.alignment.search import breaks
from storybench.predictions.doctor.alignment.shuffle import Shuffle, shuffled
from storybench.predictions.doctor.material import Material, Numbers

Outcome = Literal["aligned", "misaligned", "cannot tell"]

SCREENED_ON = 300
SCORED_ON = 2_000
FINALISTS = 12
FEWEST = 8
SURE_OF_FIT = 6.0
SURELY_BETTER = 4.0
SURELY_WORSE = 3.0
LEAST_GAIN = 0.05
"""Share of the best hypothesis' gain over chance that the claim must fall short by."""

SPOKEN_OF = 0.4
"""Share of the slots that a hypothesis must say something of."""

TIE = 0.02
"""Share of it within which two hypotheses fit equally well."""

SEED = 0


@dataclass(frozen=True)
class Fitted:
    """A hypothesis with its gain in nats per slot and how surely the claim fits worse (in SE)."""

    name: str
    rule: str
    answer: str
    gain: float
    over_claim: float


@dataclass(frozen=True)
class Alignment:
    """What the pictures say.

    Attributes:
        outcome: the verdict.
        claimed: how the claim fits, over_claim 0.
        best: the hypothesis that fits best; the claim itself unless misaligned.
        ties: those that fit as well as the best one, the claim among them where it does.
        chance: mean gain of random orders of the stories, nats per slot.
        score: how many spreads of chance the best one lies above it.
        shuffle: what shows that the stories are in no order that is known, if anything does.
        n_tried: how many hypotheses were scored.
        truly: what the pictures show under the best hypothesis, None unless misaligned by one.
    """

    outcome: Outcome
    claimed: Fitted
    best: Fitted
    ties: tuple[Fitted, ...]
    chance: float
    score: float
    shuffle: Shuffle | None
    n_tried: int
    truly: Hypothesis | None = field(default=None, repr=False, compare=False)

    @property
    def frames_are_told_apart(self) -> bool:
        """Whether no other order of the frames fits as well: not so where a story stands still."""
        return not any(one.rule in ("A31", "A06", "A07") for one in self.ties)


def alignment(material: Material) -> Alignment | None:
    """The verdict over a set; None where there are too few stories to say anything."""
    if material.n < FEWEST or material.drawn.there.sum() < FEWEST * material.t:
        return None
    numbers = codes(material.drawn, material.real)
    neighbours = neighbours_of(material)
    tried = hypotheses(material.n, material.t, material.orders, material.places)
    tried += breaks(numbers, material.n, material.t)
    finalists = _screened(numbers, tried, _spread(material.n, SCREENED_ON))
    rows = _spread(material.n, SCORED_ON)
    scores = {one.key: gains(numbers, one.story, one.k, rows) for one in finalists}
    return _decide(numbers, finalists, scores, neighbours, rows, material, n_tried=len(tried))


def neighbours_of(material: Material) -> Neighbours:
    """Which stories of a set may share frames."""
    _, episode = np.unique(material.clusters, return_inverse=True)
    return Neighbours(material.sequence, episode, reach=material.t)


def _decide(
    numbers: Codes,
    finalists: Sequence[Hypothesis],
    scores: dict[bytes, Array],
    neighbours: Neighbours,
    rows: Numbers,
    material: Material,
    *,
    n_tried: int,
) -> Alignment:
    own = scores[finalists[0].key]

    def fitted(one: Hypothesis) -> Fitted:
        score = scores[one.key]
        over = 0.0 if one is finalists[0] else paired(score, own, neighbours, rows)
        return Fitted(one.name, one.rule, one.answer, _mean(score), over)

    best = max(finalists, key=lambda one: _mean(scores[one.key]))
    by_chance = chance(numbers, best, neighbours, rows, seed=SEED)
    top, claimed = fitted(best), fitted(finalists[0])
    height = top.gain - by_chance.mean if np.isfinite(by_chance.mean) else 0.0  # too few to deal
    if best is not finalists[0]:
        best = _plainest(finalists[1:], scores, top.gain - TIE / 4 * max(height, 0.0))
        top = fitted(best)
    is_known = by_chance.score(top.gain) >= SURE_OF_FIT
    is_wrong = (
        is_known
        and top.over_claim >= SURELY_BETTER
        and top.gain - claimed.gain >= LEAST_GAIN * height
    )
    fits = is_known and by_chance.score(claimed.gain) >= SURE_OF_FIT
    shuffle = None if is_wrong else shuffled(material, numbers, neighbours, claim_fits=fits)
    leader = best if is_wrong else finalists[0]
    ties = (
        fitted(one)
        for one in finalists
        if one is not leader and _ties(scores, leader, one, neighbours, rows, height)
    )
    is_clear = shuffle is None and (is_wrong or fits)
    return Alignment(
        outcome="misaligned" if is_wrong or shuffle else "aligned" if fits else "cannot tell",
        claimed=claimed,
        best=top if is_wrong else claimed,
        ties=tuple(ties) if is_clear else (),
        chance=by_chance.mean,
        score=by_chance.score(top.gain if is_wrong else claimed.gain),
        shuffle=shuffle,
        n_tried=n_tried,
        truly=best if is_wrong else None,
    )


def _plainest(others: Sequence[Hypothesis], scores: dict[bytes, Array], least: float) -> Hypothesis:
    """Of hypotheses that gain at least so much the one that says least."""
    equal = [one for one in others if _mean(scores[one.key]) >= least]
    return min(equal, key=lambda one: (_n_parts(one), -_mean(scores[one.key])))


def _n_parts(one: Hypothesis) -> int:
    """How much a hypothesis says, beyond one thing."""
    return one.name.count(" and ") + one.name.count(", ")


def _ties(
    scores: dict[bytes, Array],
    leader: Hypothesis,
    other: Hypothesis,
    neighbours: Neighbours,
    rows: Numbers,
    height: float,
) -> bool:
    """Whether another hypothesis fits as well as the leader, as far as can be told."""
    short = _mean(scores[leader.key]) - _mean(scores[other.key])
    if abs(short) <= TIE * height:
        return True
    surely = paired(scores[leader.key], scores[other.key], neighbours, rows)
    return surely < SURELY_WORSE and short <= LEAST_GAIN * height


def _screened(numbers: Codes, tried: Sequence[Hypothesis], rows: Numbers) -> list[Hypothesis]:
    """The claim, then the best of the others on a part of the stories, the plainest among them.

    In copies of the source dozens fit equally well that differ in the order of frames alone.
    """
    worth = [_worth(*mean_gain(numbers, one.story, one.k, rows)) for one in tried]
    others = sorted(range(1, len(tried)), key=lambda at: -worth[at])
    least = (1 - TIE / 4) * worth[others[0]]
    plainest = min((at for at in others if worth[at] >= least), key=lambda at: _n_parts(tried[at]))
    chosen = dict.fromkeys([*others[:FINALISTS], plainest])
    return [tried[0], *(tried[at] for at in chosen)]


def _mean(gain: Array) -> float:
    """Nats a slot; a hypothesis that says nothing of most pictures gains nothing."""
    known = np.isfinite(gain)
    return _worth(float(gain[known].mean()) if known.any() else 0.0, float(known.mean()))


def _worth(gain: float, share: float) -> float:
    """A mean gain over the share of slots that a hypothesis speaks of."""
    return gain if share > SPOKEN_OF and np.isfinite(gain) else 0.0


def _spread(n: int, most: int) -> Numbers:
    """At most so many of n stories, in runs of neighbours spread over all."""
    if n <= most:
        return np.arange(n)
    return np.unique(np.linspace(0, n - 1, most).astype(np.intp))
