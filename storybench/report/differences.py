"""What a second run did differently: data, pictures, versions, settings, and values in units of SE.

Two runs of the same inputs give the same report, so an empty answer is the usual one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from storybench.page.details import details
from storybench.report.drawing import unflagged
from storybench.types import Report, Score

Kind = Literal["data", "predictions", "protocol", "versions", "settings", "metrics", "values"]
ABSENT = "–"
NOT_SETTINGS = ("versions.",)
"""Settings that stand in the report as well and are told there."""


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was; `in_se` is a value's change over the first's error."""

    kind: Kind
    about: str
    old: str
    new: str
    in_se: float | None = None


def differences(old: Report, new: Report) -> tuple[Change, ...]:
    """Everything in which two reports differ, what numbers rest on first; empty if nothing."""
    return (
        *_rests_on(old, new),
        *_doctor(old, new),
        *_versions(old, new),
        *_settings(old, new),
        *_metrics(old, new),
        *_values(old, new),
    )


def say(change: Change) -> str:
    """A change as a sentence.

    >>> say(Change("values", "fid.a", "20.0", "21.0", in_se=2.0))
    'fid.a: was 20.0, is 21.0 (2.00 standard errors).'
    """
    size = "" if change.in_se is None else f" ({change.in_se:.2f} standard errors)"
    return f"{change.about}: was {change.old.rstrip('.')}, is {change.new.rstrip('.')}{size}."


def _rests_on(old: Report, new: Report) -> Iterator[Change]:
    facts: tuple[tuple[Kind, str, Any, Any], ...] = (
        ("data", "dataset", old.dataset, new.dataset),
        ("data", "build of the data", old.data_digest, new.data_digest),
        ("data", "split", old.split, new.split),
        ("data", "stories", old.n_stories, new.n_stories),
        ("protocol", "protocol", old.protocol, new.protocol),
        ("predictions", "predictions", old.predictions_digest, new.predictions_digest),
    )
    for kind, about, was, now in facts:
        if was != now:
            yield Change(kind, about, str(was), str(now))
    yield from _mapped("predictions", "model.", old.model, new.model)


def _doctor(old: Report, new: Report) -> Iterator[Change]:
    """What the doctor said otherwise; nothing where a report is older than its record."""
    if old.doctor is not None and new.doctor is not None:
        yield from _mapped("predictions", "doctor.", asdict(old.doctor), asdict(new.doctor))


def _versions(old: Report, new: Report) -> Iterator[Change]:
    yield from _mapped("versions", "", old.versions, new.versions)


def _settings(old: Report, new: Report) -> Iterator[Change]:
    """Settings that differ; one that differs alike for several metrics is told once."""
    metrics = defaultdict(list)
    shared = _pairs(old, new)
    for was, now in shared:
        for change in _mapped("settings", "", was.settings, now.settings):
            if not change.about.startswith(NOT_SETTINGS):
                metrics[change].append(was.metric)
    for change, found in metrics.items():
        where = "" if len(found) == len(shared) else f" of {', '.join(found)}"
        yield Change("settings", f"{change.about}{where}", change.old, change.new)
    for was, now in shared:
        flags = [" ".join(map(str, of.settings.get("flags", ()))) or "none" for of in (was, now)]
        if flags[0] != flags[1]:
            yield Change("settings", f"flags of {was.metric}", flags[0], flags[1])


def _metrics(old: Report, new: Report) -> Iterator[Change]:
    before, after = ({score.metric for score in of.scores} for of in (old, new))
    reasons = {one.metric: one.reason for one in new.absent}
    for metric in sorted(before - after):
        reason = reasons.get(metric.partition(".")[0])
        yield Change("metrics", metric, "computed", reason or "not computed")
    for metric in sorted(after - before):
        yield Change("metrics", metric, "not computed", "computed")


def _values(old: Report, new: Report) -> Iterator[Change]:
    for was, now in _pairs(old, new):
        if was.value != now.value:
            error = was.standard_error
            yield Change(
                "values",
                was.metric,
                f"{was.value:.10g}",
                f"{now.value:.10g}",
                in_se=abs(now.value - was.value) / error if error else None,
            )
        elif was.interval != now.interval:
            yield Change(
                "values", f"interval of {was.metric}", str(was.interval), str(now.interval)
            )


def _pairs(old: Report, new: Report) -> list[tuple[Score, Score]]:
    """Both scores of every metric that both have."""
    after = {score.metric: score for score in new.scores}
    return [(score, after[score.metric]) for score in old.scores if score.metric in after]


def _mapped(
    kind: Kind, prefix: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    was, now = dict(details(unflagged(old))), dict(details(unflagged(new)))
    for name in dict.fromkeys((*was, *now)):
        if was.get(name) != now.get(name):
            yield Change(kind, f"{prefix}{name}", was.get(name, ABSENT), now.get(name, ABSENT))
