"""Is a claim said to hold only where its interval says so?"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from storybench.errors import InputError
from storybench.reproduce.judging import better, swapped
from storybench.studies import Better, Swapped
from storybench.types import Evaluation, Report, Score

CLUSTERS = tuple(f"episode {k}" for k in range(6))


def evaluation(fd: float, f1: float, *, spread: float) -> Evaluation:
    """Scores of six stories of six episodes, with replicates that differ by `spread`."""
    wave = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0]) * spread
    settings = {"se_method": "bootstrap over clusters"}
    scores = (
        Score("fd.twin.x.targets.v1", fd, None, None, 24, 6, "lower", {}),
        Score("charf1.small.x.targets.v1", f1, None, None, 24, 6, "higher", settings),
    )
    report = Report("toy", "test", "d", "p", {"name": "m"}, "sb-v1", 6, scores, {})
    replicates = {
        scores[0].metric: fd + wave,
        scores[1].metric: f1 + np.tile(wave, 50) / 100,
    }
    return Evaluation(report, CLUSTERS, CLUSTERS, {}, replicates)


def tries(first: Sequence[Evaluation], second: Sequence[Evaluation]) -> dict[str, Any]:
    """As trainings leave them."""
    return {
        name: [SimpleNamespace(evaluation=one) for one in side]
        for name, side in (("a", first), ("b", second))
    }


CLAIM = Better("a beats b", "a", "b", ("fd", "charf1"))


def test_differences_agree_with_the_claim_above_zero() -> None:
    """A lower distance and a higher F1 are both ahead; shares are in per cent."""
    found = better(
        CLAIM,
        tries(
            [evaluation(1.0, 0.75, spread=0.0), evaluation(1.5, 0.5, spread=0.0)],
            [evaluation(3.0, 0.25, spread=0.0), evaluation(2.5, 0.25, spread=0.0)],
        ),
    )
    assert [one.differences for one in found] == [(2.0, 1.0), (50.0, 25.0)]
    assert [one.mean for one in found] == [1.5, 37.5]
    assert [one.measure for one in found] == ["Fréchet distance ↓", "Character F1, % ↑"]


@pytest.mark.parametrize(
    ("ahead", "spread", "verdict"),
    [(1.0, 0.01, "holds"), (-1.0, 0.01, "contradicted"), (1.0, 2.0, "undecided")],
)
def test_a_verdict_needs_an_interval_on_one_side(ahead: float, spread: float, verdict: str) -> None:
    """What both sides' replicates share cancels, so only one side has a spread here."""
    first = [evaluation(5.0 - ahead + 0.01 * k, 0.5, spread=spread) for k in range(3)]
    second = [evaluation(5.0, 0.5, spread=0.0) for _ in range(3)]
    answer = better(Better("a beats b", "a", "b", ("fd",)), tries(first, second))[0]
    assert answer.verdict == verdict


def test_seeds_that_disagree_decide_nothing() -> None:
    """However sure each is of its own episodes."""
    first = [evaluation(value, 0.5, spread=0.0) for value in (1.0, 5.0, 6.0)]
    second = [evaluation(4.5, 0.5, spread=0.0)] * 3
    answer = better(Better("a beats b", "a", "b", ("fd",)), tries(first, second))[0]
    assert answer.verdict == "undecided"
    assert answer.interval is not None


def test_a_metric_that_is_not_there_is_said() -> None:
    """By name, with what there is."""
    one = [evaluation(1.0, 0.5, spread=0.0)]
    with pytest.raises(InputError, match="to compare by, found none of clip"):
        better(Better("a beats b", "a", "b", ("clip",)), tries(one, one))


def look(costs: Sequence[float], *, changed: float) -> dict[str, Any]:
    """What the analysis says of six stories that cost so much more with another's source."""
    stories = [
        {"cluster": name, "own": 1.0, "other": 1.0 + cost}
        for name, cost in zip(CLUSTERS, costs, strict=True)
    ]
    losses = {"own": 1.0, "other": 1.0 + float(np.mean(costs))}
    return {"stories": stories, "losses": losses, "drawn": {"after_text": changed}}


def test_a_source_that_is_used_costs_something() -> None:
    """In every episode a little, so the interval lies above zero."""
    looks = [look([0.1, 0.12, 0.11, 0.1, 0.12, 0.11], changed=0.4)] * 3
    of_loss, of_codes = swapped(Swapped("used", "a", hurts=True), looks)
    assert of_loss.verdict == "holds"
    assert of_loss.mean == pytest.approx(0.11)
    assert (of_codes.verdict, of_codes.mean) == ("shown", pytest.approx(40))


def test_nothing_is_nothing() -> None:
    """No change holds, one that is only uncertain is told as that, a sure one denies."""
    claim = Swapped("unused", "a", hurts=False)
    of_loss, of_codes = swapped(claim, [look([0.0] * 6, changed=0.0)] * 2)
    assert (of_loss.verdict, of_codes.verdict) == ("holds", "holds")
    around_zero = [look([0.1, -0.1, 0.2, -0.2, 0.1, -0.1], changed=0.0)] * 2
    assert swapped(claim, around_zero)[0].verdict == "no effect seen"
    sure = [look([0.1, 0.12, 0.11, 0.1, 0.12, 0.11], changed=0.01)] * 2
    assert [one.verdict for one in swapped(claim, sure)] == ["contradicted", "contradicted"]
