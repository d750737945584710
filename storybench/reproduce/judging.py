"""What came out of a claim: the difference with each seed, its mean with an interval, a verdict.

Differences are such that above zero agrees with the claim. `holds` and `contradicted` are said
where the 95 % interval over seeds and episodes (`stats.seeds`) lies on one side of zero. That
something does nothing holds where it changed nothing at all; an interval around zero is `no effect
seen`, which is less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.evaluate.scoring import gather
from storybench.metrics import confusion
from storybench.metrics.characters import decisions
from storybench.metrics.classifier.classifier import Classifier
from storybench.metrics.evidence import Options
from storybench.metrics.tally import Tally
from storybench.page.families import family, family_key
from storybench.protocols import catalogue
from storybench.report.comparison import spread_of
from storybench.report.pairing import pair, score_of
from storybench.report.text import ARROWS
from storybench.reproduce.trying import PROTOCOL, Try
from storybench.stats import jackknife, paired, seeds
from storybench.stats.jackknife import Interval
from storybench.stats.paired import Spread
from storybench.studies import Better, BetterCharacter, Swapped
from storybench.types import Evaluation

Verdict = Literal["holds", "contradicted", "undecided", "no effect seen", "shown"]
"""The last is of a number that is told beside one that is judged."""

OTHER_SOURCE = "another's source"


@dataclass(frozen=True)
class Answer:
    """One claim by one measure.

    `first` and `second` are the values with each seed, empty where one number alone is measured;
    `differences` what is judged, above zero where it agrees. All are in the units of `measure`.
    """

    says: str
    measure: str
    names: tuple[str, str]
    first: tuple[float, ...]
    second: tuple[float, ...]
    differences: tuple[float, ...]
    interval: tuple[float, float] | None
    verdict: Verdict

    @property
    def mean(self) -> float:
        """Of the differences."""
        return float(np.mean(self.differences))


Tries = Mapping[str, Sequence[Try]]
"""By training, one a seed."""


def better(claim: Better, tries: Tries) -> tuple[Answer, ...]:
    """A comparison by each family of metrics.

    Raises:
        InputError: the two were not scored alike, or not with such a metric.
    """
    sides = [[one.evaluation for one in tries[name]] for name in (claim.first, claim.second)]
    shared = {family_key(one): one for one in pair(sides[0][0], sides[1][0]).metrics}
    if missing := [name for name in claim.by if name not in shared]:
        raise InputError(
            f"Expected scores {', '.join(claim.by)} to compare by, found none of "
            f"{', '.join(missing)}. There are {', '.join(shared)}."
        )
    return tuple(_by_metric(claim, shared[name], *sides) for name in claim.by)


def _by_metric(
    claim: Better, metric: str, first: Sequence[Evaluation], second: Sequence[Evaluation]
) -> Answer:
    score, shown = score_of(first[0], metric), family(metric)
    sides = (first, second)
    return _compared(
        claim,
        f"{shown.label} {ARROWS[score.direction]}",
        [[score_of(one, metric).value * shown.scale for one in side] for side in sides],
        [np.mean([one.replicates[metric] for one in side], axis=0) * shown.scale for side in sides],
        lower_is_better=score.direction == "lower",
        spread=spread_of(score),
        clusters=first[0].clusters,
    )


def better_character(claim: BetterCharacter, tries: Tries, judge: Classifier) -> Answer:
    """A comparison by the F1 of one character.

    Raises:
        InputError: the classifier knows other characters.
    """
    sides = [
        [_f_score(one, judge, claim.character) for one in tries[name]]
        for name in (claim.first, claim.second)
    ]
    return _compared(
        claim,
        f"F1 of {claim.character}, % ↑",
        [[value for value, _ in side] for side in sides],
        [np.mean([drawn for _, drawn in side], axis=0) for side in sides],
        lower_is_better=False,
        spread="bootstrap",
        clusters=tries[claim.first][0].evaluation.clusters,
    )


def swapped(claim: Swapped, looks: Sequence[Mapping[str, Any]]) -> tuple[Answer, Answer]:
    """What another source costs on real frames, and how many codes it changes while they are drawn.

    Args:
        claim: whether it is said to hurt.
        looks: what the analysis found with each seed, of the same stories.
    """
    costs = np.array(
        [[story["other"] - story["own"] for story in look["stories"]] for look in looks]
    )
    groups = jackknife.deal([story["cluster"] for story in looks[0]["stories"]])
    of_stories = costs.mean(axis=0)
    draws = [of_stories[groups != group].mean() for group in range(int(groups.max()) + 1)]
    differences = tuple(costs.mean(axis=1).tolist())
    sampled = jackknife.interval(float(np.mean(differences)), draws)
    of_loss = Answer(
        says=claim.says,
        measure="nats per code, real frames",
        names=(claim.training, OTHER_SOURCE),
        first=tuple(look["losses"]["own"] for look in looks),
        second=tuple(look["losses"]["other"] for look in looks),
        differences=differences,
        interval=(found := _interval(differences, sampled, n_groups=len(draws))),
        verdict=_verdict(found) if claim.hurts else _nothing(differences, found),
    )
    changed = tuple(100 * look["drawn"]["after_text"] for look in looks)
    of_codes = Answer(
        says=claim.says,
        measure="drawn codes that change, %",
        names=(claim.training, OTHER_SOURCE),
        first=(),
        second=(),
        differences=changed,
        interval=None,
        verdict="shown" if claim.hurts else _nothing(changed, None),
    )
    return of_loss, of_codes


def _compared(
    claim: Better | BetterCharacter,
    measure: str,
    values: Sequence[Sequence[float]],
    draws: Sequence[NDArray[np.float64]],
    *,
    lower_is_better: bool,
    spread: Spread,
    clusters: Sequence[str],
) -> Answer:
    """First against second, from values (seeds,) and replicates of their means, of each side."""
    sign = -1 if lower_is_better else 1
    first, second = values
    differences = tuple(sign * (a - b) for a, b in zip(first, second, strict=True))
    mean, mine, other = float(np.mean(differences)), sign * draws[0], sign * draws[1]
    n_groups = int(jackknife.deal(clusters).max()) + 1
    sampled = paired.interval(mean, mine, other, spread=spread, n_groups=n_groups)
    interval = _interval(differences, sampled, n_groups=n_groups)
    return Answer(
        says=claim.says,
        measure=measure,
        names=(claim.first, claim.second),
        first=tuple(first),
        second=tuple(second),
        differences=differences,
        interval=interval,
        verdict=_verdict(interval),
    )


def _interval(
    differences: Sequence[float], sampled: Interval | None, *, n_groups: int
) -> tuple[float, float] | None:
    """Over seeds and episodes; with one seed alone over episodes."""
    if len(differences) == 1:
        return None if sampled is None else (sampled.low, sampled.high)
    error = None if sampled is None else sampled.standard_error
    found = seeds.interval(differences, error, n_groups=n_groups)
    return None if found is None else (found.low, found.high)


def _verdict(interval: tuple[float, float] | None) -> Verdict:
    """Whether an interval lies above zero.

    >>> _verdict((0.1, 0.9)), _verdict((-0.9, -0.1)), _verdict((-0.1, 0.1)), _verdict(None)
    ('holds', 'contradicted', 'undecided', 'undecided')
    """
    if interval is None or interval[0] <= 0 <= interval[1]:
        return "undecided"
    return "holds" if interval[0] > 0 else "contradicted"


def _nothing(changes: Sequence[float], interval: tuple[float, float] | None) -> Verdict:
    """Whether something changes nothing.

    >>> _nothing([0.0, 0.0], None), _nothing([0.1, -0.1], (-1.0, 1.0)), _nothing([0.1, 0.2], None)
    ('holds', 'no effect seen', 'contradicted')
    """
    if not any(changes):
        return "holds"
    sees_none = interval is not None and interval[0] <= 0 <= interval[1]
    return "no effect seen" if sees_none else "contradicted"


def _f_score(one: Try, judge: Classifier, name: str) -> tuple[float, NDArray[np.float64]]:
    """The F1 of a character in generated frames, and in each draw of episodes, in per cent."""
    rules = catalogue.get(PROTOCOL)
    _, evidence = gather(one.subject, rules, judge.extractor, options=Options())
    slots = evidence.slots
    tally = Tally.of(decisions(evidence, "generated", judge), slots)
    at, drawn = slots.characters.index(name), tally.f_draws()
    value = 100 * float(confusion.f_scores(tally.groups.total)[at])
    return value, np.zeros(0) if drawn is None else 100 * drawn[:, at]
