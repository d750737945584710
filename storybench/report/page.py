"""index.html: one evaluation as one page that opens from disk, with pictures and without a network.

What a reader needs to believe a number: the number with its interval, what is odd about it, what
could not be computed and why, and the worst, middle and best stories. Everything that came from
outside is escaped; the page is a pure function of its inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from storybench.page.chart import decimals_for, number
from storybench.page.document import PICTURES_INSIDE, render
from storybench.page.families import family
from storybench.report.beside import absences, doctor_says, remarks
from storybench.report.drawing import Histogram, histogram, view
from storybench.report.picking import Group, best_known, pick, spread
from storybench.report.strips import Pictures, Size, Strip, System, draw, smallest_enough
from storybench.report.text import name_of, sentence
from storybench.shards.reader import Stories
from storybench.types import Evaluation

ROOM = "storybench.report"


@dataclass(frozen=True)
class Chosen:
    """The stories of a page, and by what they were chosen; `metric` is None where nothing told."""

    metric: str | None
    label: str
    groups: tuple[Group, ...]
    histogram: Histogram | None


def page(
    evaluation: Evaluation,
    *,
    predictions: Pictures,
    stories: Stories,
    notes: Sequence[str] = (),
) -> str:
    """The page; its pictures are as large as two megabytes allow.

    Args:
        evaluation: what was computed.
        predictions: the generated pictures.
        stories: the split that was scored.
        notes: what the doctor said of the predictions, a sentence each.

    Raises:
        InputError: a story is not in these shards, or the page would be too large.
    """
    name = name_of(evaluation.report.model)
    systems = (System(name, predictions),)

    def drawn(size: Size) -> str:
        chosen = choose(evaluation, n=size.stories)
        return render_page(
            evaluation,
            chosen=chosen,
            strips=[_strips(group, evaluation, stories, systems, size) for group in chosen.groups],
            notes=notes,
            licence=stories.spec.licence,
        )

    return smallest_enough(drawn)


def render_page(
    evaluation: Evaluation,
    *,
    chosen: Chosen,
    strips: Sequence[Sequence[Strip]],
    notes: Sequence[str],
    licence: str,
) -> str:
    """The page with its pictures at one size; `strips` has those of each group."""
    report = evaluation.report
    flags = dict.fromkeys(f for score in report.scores for f in score.settings.get("flags", ()))
    return render(
        ROOM,
        "report.html",
        style="report.css",
        pictures=PICTURES_INSIDE,
        report=report,
        name=name_of(report.model),
        n_clusters=len(set(evaluation.clusters)),
        scores=[view(score) for score in report.scores],
        flags={flag: sentence(flag) for flag in flags},
        doctor=None if report.doctor is None else doctor_says(report.doctor),
        notes=notes,
        remarks=remarks(report),
        absences=absences([report]),
        chosen=chosen,
        groups=list(zip(chosen.groups, strips, strict=True)),
        licence=licence,
    )


def choose(evaluation: Evaluation, *, n: int) -> Chosen:
    """The worst, middle and best stories by the metric that tells most of them apart."""
    known = best_known([evaluation])
    if known is None:
        even = spread(len(evaluation.stories), n=3 * n)
        return Chosen(None, "", (even,), None)
    score, (values,) = known
    groups = pick(
        values.tolist(), evaluation.stories, higher_is_better=score.direction == "higher", n=n
    )
    return Chosen(
        metric=score.metric,
        label=family(score.metric).label,
        groups=tuple(groups),
        histogram=histogram(values, score.metric),
    )


def values_of(evaluation: Evaluation, at: int) -> list[tuple[str, str]]:
    """What each metric says of one story, where it says anything."""
    found = []
    for metric, values in evaluation.per_story.items():
        if not np.isnan(values[at]):
            of = family(metric)
            value = float(values[at]) * of.scale + 0.0  # no negative zero
            found.append((of.label, number(value, decimals_for(value, None))))
    return found


def _strips(
    group: Group,
    evaluation: Evaluation,
    stories: Stories,
    systems: Sequence[System],
    size: Size,
) -> list[Strip]:
    return [
        draw(
            evaluation.stories[at],
            stories=stories,
            systems=systems,
            values=values_of(evaluation, at),
            size=size,
        )
        for at in group.stories
    ]
