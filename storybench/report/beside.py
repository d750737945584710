"""What stands beside a number so that it can be believed: real frames, the classifier, the seeds.

An F1 says nothing without the classifier that gave it and what that classifier says of real frames;
a share of copies or a consistency says nothing without that of real frames; a distance to frames
that were drawn at random says nothing without how far it moves with the draw. All of this is in the
settings of the scores; here it is found and put into words, for every table alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storybench.page.chart import decimals_for, number
from storybench.page.families import family
from storybench.predictions.doctor.saying import by_chance
from storybench.types import Examination, Report, Score

HEADLINE = "charf1"


def on_real_frames(score: Score) -> float | None:
    """The same number on the real frames of the same slots, None where the metric has none.

    For the character family that is the ceiling of its classifier.

    >>> on_real_frames(Score("a.b", 0.4, None, None, 8, 3, "higher", {"ceiling": {"value": 0.9}}))
    0.9
    """
    if "_gap." in score.metric:  # its own number on real frames is 0 by definition
        return None
    ceiling = score.settings.get("ceiling")
    found = ceiling.get("value") if isinstance(ceiling, Mapping) else None
    found = score.settings.get("real_frames") if found is None else found
    return None if found is None else float(found)


def classifier_of(score: Score) -> str | None:
    """Architecture and short hash of the classifier behind a score, as its metric id has them."""
    found = score.settings.get("classifier")
    return _named(found) if isinstance(found, Mapping) else None


def remarks(report: Report) -> tuple[str, ...]:
    """What has to be said beside the table of a report, a sentence each."""
    scores = report.scores
    return (*dict.fromkeys(_of_classifiers(scores)), *_of_seeds(report), *_of_copies(scores))


def doctor_says(found: Examination) -> str:
    """Whether the pictures belong to their stories, and how well they fit.

    >>> doctor_says(Examination("aligned", gain=7.804, best=7.804, chance=0.02, score=40.0))
    'Do the pictures belong to their stories? Aligned: 7.80 nats per slot, 0.02 by chance.'
    """
    says = f"Do the pictures belong to their stories? {found.verdict.capitalize()}"
    if found.gain is None:
        return f"{says}."
    best = found.gain if found.best is None else found.best
    other = f", {_nats(best)} in another order" if best > found.gain else ""
    return f"{says}: {_nats(found.gain)} nats per slot{other}, {by_chance(found.chance)}."


@dataclass(frozen=True)
class Seeds:
    """A distance over the seeds that draw its real frames, as text; `drawn` is the one that counts.

    `numbers` says which seeds there are ("0 to 4"), `sd` is the standard deviation over them.
    """

    label: str
    drawn: str
    numbers: str
    low: str
    high: str
    sd: str


def seeds_of(report: Report) -> Seeds | None:
    """How far the distance moves with the draw of the real frames; None where none is drawn."""
    references = (score.settings.get("reference") for score in report.scores)
    found = next((one for one in references if isinstance(one, Mapping) and one.get("seeds")), None)
    if found is None:
        return None
    seeds = found["seeds"]
    of, numbers = family(seeds["metric"]), [int(seed) for seed in seeds["values"]]
    values = [value * of.scale for value in seeds["values"].values()]
    error = seeds["sd"] * of.scale
    digits = decimals_for(max(values), error)
    low, high, sd = (number(value, digits) for value in (min(values), max(values), error))
    span = f"{min(numbers)} to {max(numbers)}"
    return Seeds(of.label, str(found.get("seed")), span, low, high, sd)


def absences(reports: Sequence[Report]) -> tuple[tuple[str, str], ...]:
    """What could not be computed: names and the reason, those with one reason together."""
    reasons: dict[str, dict[str, None]] = {}
    for report in reports:
        for one in report.absent:
            reasons.setdefault(one.reason, {})[one.metric] = None
    return tuple((", ".join(names), reason) for reason, names in reasons.items())


def _of_classifiers(scores: tuple[Score, ...]) -> Iterator[str]:
    for score in scores:
        name = classifier_of(score)
        if name is None or score.metric.partition(".")[0] != HEADLINE:
            continue
        sha256 = score.settings["classifier"].get("sha256", "unknown")
        yield f"Characters are told by the classifier {name} (SHA-256 {sha256})."
        if ceiling := score.settings.get("ceiling"):
            between = ceiling.get("interval")
            spread = "" if between is None else f" ({' … '.join(map(_percent, between))})"
            yield (
                f"The ceiling of its micro F1, on the real frames of the same slots, is "
                f"{_percent(ceiling['value'])} %{spread}."
            )
        if floor := score.settings.get("floor"):
            yield (
                f"The floor, when stories get each other's labels, is {_percent(floor['mean'])} %."
            )


def _of_seeds(report: Report) -> Iterator[str]:
    found = seeds_of(report)
    if found is not None:
        yield (
            f"Real frames are drawn with seed {found.drawn}. Over the seeds {found.numbers} the "
            f"{found.label} goes from {found.low} to {found.high}, standard deviation {found.sd}."
        )


def _of_copies(scores: tuple[Score, ...]) -> Iterator[str]:
    for score in scores:
        if "n_copies" in score.settings:
            of = family(score.metric)
            digits = decimals_for(score.value * of.scale, (score.standard_error or 0) * of.scale)
            values = (score.settings["all_frames"], score.value)
            every, without = (number(value * of.scale, digits) for value in values)
            yield (
                f"{score.settings['n_copies']:,} frames are near copies: over all frames the "
                f"distance is {every}, without them {without} (× {of.scale:g})."
            )


def _nats(gain: float) -> str:
    return number(gain, 2)


def _named(classifier: Mapping[str, Any]) -> str:
    return f"{classifier.get('arch', 'unknown')}.{str(classifier.get('sha256', ''))[:8]}"


def _percent(share: float) -> str:
    return number(100 * share, 1)
