"""What a second run did differently: data, pictures, versions, settings, and values in units of SE.

Two runs of the same inputs give the same report, so an empty answer is the usual one. Values are
compared whole; long ones are cut where they are shown, about the place where they part.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from storybench.page.chart import SMALLEST
from storybench.page.details import MAX_DETAIL
from storybench.page.families import family
from storybench.report.drawing import unflagged
from storybench.types import Report, Score

Kind = Literal["data", "predictions", "protocol", "versions", "settings", "metrics", "values"]
ABSENT = "–"
LEAD = 40
"""Characters shown before the place where two long texts part."""

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
            values = (f"{was.value:.10g}", f"{now.value:.10g}")
            yield Change("values", was.metric, *_apart(*values, was, now), in_se=_in_se(was, now))
        for about, before, after in _fields(was, now):
            if before != after:
                name = f"{about} of {was.metric}"
                yield Change("values", name, _field(before), _field(after))


def _field(value: object) -> str:
    return ABSENT if value is None else str(value)


def _fields(was: Score, now: Score) -> Iterator[tuple[str, Any, Any]]:
    """What stands beside a value; its errors only where it is the same, for they move with it."""
    yield "frames", was.n, now.n
    yield "clusters", was.n_clusters, now.n_clusters
    yield "direction", was.direction, now.direction
    if was.value == now.value:
        yield "standard error", was.standard_error, now.standard_error
        yield "interval", was.interval, now.interval


def _apart(was: str, now: str, old: Score, new: Score) -> tuple[str, str]:
    """Two values as text, with every digit where fewer show none of what is between them."""
    return (was, now) if was != now else (repr(old.value), repr(new.value))


def _in_se(was: Score, now: Score) -> float | None:
    """A change over the first's standard error; None where that is none, or mere rounding."""
    error = was.standard_error
    if error is None or error * family(was.metric).scale < SMALLEST:
        return None
    return abs(now.value - was.value) / error


def _pairs(old: Report, new: Report) -> list[tuple[Score, Score]]:
    """Both scores of every metric that both have."""
    after = {score.metric: score for score in new.scores}
    return [(score, after[score.metric]) for score in old.scores if score.metric in after]


def _mapped(
    kind: Kind, prefix: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    was, now = dict(_flat(unflagged(old))), dict(_flat(unflagged(new)))
    for name in dict.fromkeys((*was, *now)):
        if was.get(name) != now.get(name):
            yield Change(kind, f"{prefix}{name}", *_shown(was.get(name), now.get(name)))


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Dotted names and whole values as JSON, in which a text is not the number that it spells."""
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:  # a report that was read has its keys sorted, one that was computed has not
            text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
            yield f"{prefix}{name}", text


def _shown(was: str | None, now: str | None) -> tuple[str, str]:
    """Two values in JSON that differ, None where there is none, so that the difference is seen."""
    plain = _plain(was), _plain(now)
    return excerpts(*(plain if plain[0] != plain[1] else (was or ABSENT, now or ABSENT)))


def _plain(text: str | None) -> str:
    """A value in JSON as a reader sees it: a text without its quotation marks."""
    value = ABSENT if text is None else json.loads(text)
    return value if isinstance(value, str) else text or ABSENT


def excerpts(was: str, now: str) -> tuple[str, str]:
    """Two texts that differ, the long ones cut about the place where they part.

    >>> [len(text) for text in excerpts("a" * 1000, "a" * 1001)]
    [41, 42]
    """
    pairs = enumerate(zip(was, now, strict=False))
    parted = next((at for at, (a, b) in pairs if a != b), min(len(was), len(now)))
    start = max(0, parted - LEAD) if max(len(was), len(now)) > MAX_DETAIL else 0
    return _cut(was, start), _cut(now, start)


def _cut(text: str, start: int) -> str:
    shown = text[start:]
    if len(shown) > MAX_DETAIL:
        shown = f"{shown[: MAX_DETAIL - 1]}…"
    return f"…{shown}" if start else shown
