"""Whether two evaluations may be compared at all, and in which metrics.

Only numbers of one kind over the same stories can be subtracted. Whatever differs short of the
pictures (dataset, build, split, task, protocol, stories, reference frames) is refused in a
sentence, and so is a metric that both have under different ids: two classifiers are two metrics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from storybench.errors import InputError
from storybench.page.families import family_key
from storybench.types import Evaluation, Report, Score

CONTINUATION = "continuation"


@dataclass(frozen=True)
class Pairing:
    """The metric ids that both have, in the first's order, and those that one has alone."""

    metrics: tuple[str, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]


def pair(first: Evaluation, second: Evaluation, *, metrics: Sequence[str] = ()) -> Pairing:
    """What of two evaluations can be compared.

    Args:
        first: one evaluation.
        second: the other.
        metrics: ids to compare; every one that both have if empty.

    Raises:
        InputError: they differ in more than the pictures, a metric has two ids, a named one is not
            in both, or none is.
    """
    for what, mine, other in _facts(first, second):
        if mine != other:
            raise InputError(
                f"Expected two evaluations of the same {what}, found {_short(mine)} and "
                f"{_short(other)}: such numbers cannot be subtracted. Score both in the same way."
            )
    ids = [tuple(score.metric for score in side.report.scores) for side in (first, second)]
    if metrics:
        _check_named(metrics, *ids)
        return Pairing(tuple(metrics), (), ())
    only_first = tuple(metric for metric in ids[0] if metric not in ids[1])
    only_second = tuple(metric for metric in ids[1] if metric not in ids[0])
    _check_families(only_first, only_second)
    shared = tuple(metric for metric in ids[0] if metric in ids[1])
    if not shared:
        raise InputError(
            f"Expected a metric that both evaluations have, found {', '.join(ids[0]) or 'none'} "
            f"and {', '.join(ids[1]) or 'none'}. Score both with the same metrics and weights."
        )
    return Pairing(shared, only_first, only_second)


def task_of(report: Report) -> str:
    """Whether the source frame was given: what the scores or the model say, else that it was.

    >>> from dataclasses import replace
    >>> report = Report("toy", "test", "", "", {"task": "visualization"}, "sb-v1", 0, (), {})
    >>> task_of(report), task_of(replace(report, model={}))
    ('visualization', 'continuation')
    """
    said = [score.settings.get("task") for score in report.scores] + [report.model.get("task")]
    return next((str(task) for task in said[::-1] if task), CONTINUATION)


def score_of(evaluation: Evaluation, metric: str) -> Score:
    """The score of a metric that is there."""
    return next(score for score in evaluation.report.scores if score.metric == metric)


def _facts(first: Evaluation, second: Evaluation) -> list[tuple[str, Any, Any]]:
    mine, other = first.report, second.report
    return [
        ("dataset", mine.dataset, other.dataset),
        ("build of the data", mine.data_digest, other.data_digest),
        ("split", mine.split, other.split),
        ("task", task_of(mine), task_of(other)),
        ("protocol", mine.protocol, other.protocol),
        ("number of stories", len(first.stories), len(second.stories)),
        ("stories in the same order", first.stories, second.stories),
        ("episodes or videos", first.clusters, second.clusters),
        ("reference frames", _reference(mine), _reference(other)),
    ]


def _reference(report: Report) -> Any:
    """How real frames are chosen; the spread over seeds, which depends on pictures, is no part."""
    said = [score.settings.get("reference") for score in report.scores[:1]]
    return [
        {name: of.get(name) for name in ("frame_rule", "seed", "counting")}
        for of in said
        if isinstance(of, dict)
    ]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:20]}…"


def _check_named(metrics: Sequence[str], first: Sequence[str], second: Sequence[str]) -> None:
    shared = [metric for metric in first if metric in second]
    for metric in metrics:
        if metric not in shared:
            close = get_close_matches(metric, shared, n=3, cutoff=0.4) or shared
            raise InputError(
                f"Expected a metric that both evaluations have, found {metric!r}. "
                f"They share: {', '.join(close) or 'none'}."
            )


def _check_families(only_first: Sequence[str], only_second: Sequence[str]) -> None:
    for mine in only_first:
        for other in only_second:
            if family_key(mine) == family_key(other):
                raise InputError(
                    f"Expected equal metric ids, found {mine} and {other}: another network, other "
                    "weights or another pixel path is another metric. Score both with the same, "
                    "or name with --metric the ones to compare."
                )
