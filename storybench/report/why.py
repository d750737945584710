"""Why a number differs from a published one: every difference of protocol, in sentences.

Each difference says what is done here, what was done there and, where it was measured, how far that
alone moves a number. Sizes are those of the project's specification of metrics (sections 1.2, 1.4,
2.2 and 7): most were measured with random weights or synthetic features, so they say how large an
effect can be, not what to subtract. What is not known of a paper is listed as not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from storybench.errors import InputError
from storybench.page.chart import SMALLEST
from storybench.protocols import catalogue
from storybench.protocols.protocol import TWIN_SUFFIX, Protocol
from storybench.report import effects, facts, sizes
from storybench.report.advice import advice
from storybench.report.explanation import Difference, Explanation
from storybench.report.facts import source_of
from storybench.report.networks import of_network
from storybench.report.pairing import CONTINUATION, task_of
from storybench.report.published import (
    CHARACTERS,
    DISTANCES,
    Practice,
    PublishedRow,
    practice,
    score_for,
)
from storybench.report.text import name_of, sentence
from storybench.types import Report, Score


def why(report: Report, row: PublishedRow) -> Explanation:
    """Explain a report's number beside a published one.

    Raises:
        InputError: the report has no number of that kind.
        UnknownNameError: the report's protocol is not one of ours.
    """
    score = score_for(report, row.metric)
    if score is None:
        raise InputError(
            f"Expected a score to set beside the published {row.metric}, found none in this "
            "report. Score with that metric, or name another row with --row."
        )
    mine, theirs = catalogue.get(report.protocol), practice(row)
    found = tuple(_differences(report, score, row, mine, theirs))
    return Explanation(
        row=row,
        system=name_of(report.model),
        score=score,
        protocol=None if theirs.rules is None else theirs.rules.name,
        differences=found,
        unknown=(_unknown(row, theirs, is_first=not found),),
        remarks=(*_of_report(score, row, mine, theirs), *_of_row(row, theirs)),
        advice=advice(report, score, row, theirs),
    )


def _differences(
    report: Report, score: Score, row: PublishedRow, mine: Protocol, theirs: Practice
) -> Iterator[Difference]:
    yield from _data(report)
    task = CONTINUATION if "source_given" in _flags(score) else task_of(report)
    if task != row.task:
        yield Difference(
            "Task",
            f"{task}{_source_in(task)}",
            f"{row.task}{_source_in(row.task)}",
            "The two are not ranked together.",
        )
    if theirs.rules is not None:
        yield from _of_rules(report, score, row, mine, theirs.rules)
    yield from of_network(report, score, row, theirs)


def _of_rules(
    report: Report, score: Score, row: PublishedRow, mine: Protocol, theirs: Protocol
) -> Iterator[Difference]:
    """What differs between two protocols that are both known from code."""
    yield from _stories(report, score, mine, theirs)
    yield from _frames(row, mine, theirs)
    if row.metric == "FID":
        yield from _number(report, score, theirs)
    if row.metric in DISTANCES:
        yield from _reference(score, mine, theirs)
    if row.metric == "FID":
        yield from _pixels(score, mine, theirs)
    yield from _loader(row, mine, theirs)


def _stories(
    report: Report, score: Score, mine: Protocol, theirs: Protocol
) -> Iterator[Difference]:
    """Which stories are chosen; equal rules choose the same ones of the same split."""
    dataset, split = report.dataset.removesuffix(TWIN_SUFFIX), report.split
    chosen = [(rules.cut(dataset, split), rules.blocks) for rules in (mine, theirs)]
    is_alike = chosen[0] == chosen[1]
    if is_alike and sizes.is_official(report, score, mine):
        return
    n_there = sizes.stories_chosen(theirs, dataset, split)
    if n_there == report.n_stories:
        return
    here, there = f"{report.n_stories:,}", "not known" if n_there is None else f"{n_there:,}"
    if theirs.blocks:
        there = "blocks that share no target, so about a quarter of the clips begin one"
    if theirs.blocks and is_alike:
        here += f", chosen of {sizes.split_of(report, score):,} in the same way"
        there += f", of {sizes.official(report):,} stories"
    yield Difference(
        "Stories", here, there, source=source_of(theirs, "cuts", "blocks", dataset=dataset)
    )


def _frames(row: PublishedRow, mine: Protocol, theirs: Protocol) -> Iterator[Difference]:
    if (mine.frames, mine.n_frames) != (theirs.frames, theirs.n_frames):
        yield Difference(
            "Frames",
            effects.frames_words(mine),
            effects.frames_words(theirs),
            effects.source_scored(mine, theirs) if row.metric in DISTANCES else "",
            source_of(theirs, "frames"),
        )


def _number(report: Report, score: Score, theirs: Protocol) -> Iterator[Difference]:
    dataset = report.dataset.removesuffix(TWIN_SUFFIX)
    n = sizes.frames_scored(theirs, dataset, report.split)
    if n is not None and n != score.n:
        yield Difference(
            "Number of frames",
            f"{score.n:,}",
            f"{n:,}",
            effects.n_bias(score.n, n, effects.dim_of(score)),
        )


def _reference(score: Score, mine: Protocol, theirs: Protocol) -> Iterator[Difference]:
    """Labels, not real frames, judge characters: a choice of distances alone."""
    if mine.reference != theirs.reference:
        yield Difference(
            "Real frame of a clip",
            effects.REFERENCE_WORDS[mine.reference],
            effects.REFERENCE_WORDS[theirs.reference],
            effects.random_reference(score),
            source_of(theirs, "reference"),
        )


def _pixels(score: Score, mine: Protocol, theirs: Protocol) -> Iterator[Difference]:
    sides = (mine.pixels, mine.reference_pixels), (theirs.pixels, theirs.reference_pixels)
    if sides[0] != sides[1]:
        yield Difference(
            "Pixels",
            effects.own_pixels(score, mine),
            effects.pixel_words(theirs),
            effects.pixels(score, mine, theirs),
            source_of(theirs, "pixels"),
        )


def _loader(row: PublishedRow, mine: Protocol, theirs: Protocol) -> Iterator[Difference]:
    """What is dropped at the end. The loaders that were read are those of distances."""
    if mine.batch == theirs.batch or (row.metric not in DISTANCES and mine.batch is None):
        return
    there = effects.dropped(theirs.batch)
    if row.metric != "FID" and theirs.batch is not None:
        there = "the last incomplete batch is dropped" if row.metric == "FSD" else "not known"
    yield Difference("Loader", effects.dropped(mine.batch), there, source=_loader_of(theirs))


def _loader_of(rules: Protocol) -> str:
    return source_of(rules, "batch") or source_of(rules, "loader")


def _data(report: Report) -> Iterator[Difference]:
    if report.dataset.endswith(TWIN_SUFFIX):
        yield Difference(
            "Pictures",
            "cartoons of the toy world",
            "the real dataset",
            "This alone makes the two numbers incomparable; the rest is told for the exercise.",
        )


def _unknown(row: PublishedRow, theirs: Practice, *, is_first: bool) -> str:
    if theirs.rules is None:
        *parts, last = _not_known(row)
        return (
            f"Not known of the published number: {', '.join(parts)} and {last}. {theirs.reason}, "
            f"so no {'' if is_first else 'other '}difference can be named."
        )
    code = facts.repository(theirs.rules)
    if row.metric in (*CHARACTERS, "FID"):
        return (
            f"{theirs.rules.name} is what the published code does ({code}); that the printed "
            "number came out of it, with which seed and which decoding, is not known."
        )
    return (
        f"{theirs.rules.name} is what the published code does ({code}) for its FID; how far that "
        f"holds for its {row.metric} is not known."
    )


def _not_known(row: PublishedRow) -> Iterator[str]:
    """What no source says of a row that no code is known of."""
    if "remaining 4 scored" not in row.notes:
        yield "frames"
    yield "stories"
    if row.metric in DISTANCES:
        yield "real frames"
    if row.metric == "FID":
        yield "pixel path"
    yield "loader" if row.metric in DISTANCES else "the pixels of the classifier"


def _of_report(score: Score, row: PublishedRow, mine: Protocol, theirs: Practice) -> Iterator[str]:
    """What else is known of the report's number."""
    for flag in _flags(score):
        yield f"Here: {sentence(flag)}"
    error = (score.standard_error or 0.0) * row.scale
    if error >= SMALLEST:  # a smaller one is the rounding of equal numbers
        gap = abs(score.value * row.scale - row.value)
        yield (
            f"The gap is {gap / error:.1f} standard errors of this "
            "number alone; the published one's own error is not known, and where the protocols "
            "differ the gap is no measure of the systems."
        )
    drawn = {mine.reference, theirs.rules.reference if theirs.rules is not None else None}
    if row.metric in DISTANCES and drawn == {"random"}:
        yield effects.random_reference(score)


def _of_row(row: PublishedRow, theirs: Practice) -> Iterator[str]:
    """What else is known of the published number."""
    if row.metric == "FID":
        yield effects.INTERVALS
    if row.metric == "Frame-Acc" and (known := effects.PRECISION.get(row.dataset)):
        yield known
    yield from theirs.remarks
    if theirs.rules is not None and row.metric not in CHARACTERS:
        yield from facts.notes(theirs.rules)


def _flags(score: Score) -> tuple[str, ...]:
    return tuple(map(str, score.settings.get("flags", ())))


def _source_in(task: str) -> str:
    return ": the source frame is given" if task == "continuation" else ": no frame is given"
