"""Why a number differs from a published one: every difference of protocol, in sentences.

Each difference says what is done here, what was done there and, where it was measured, how far that
alone moves a number. Sizes are those of the project's specification of metrics (sections 1.2, 1.4,
2.2 and 7): most were measured with random weights or synthetic features, so they say how large an
effect can be, not what to subtract. What is not known of a paper is listed as not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from storybench.errors import InputError
from storybench.page.chart import decimals_for, number, signed
from storybench.page.families import family
from storybench.protocols import catalogue
from storybench.protocols.protocol import TWIN_SUFFIX, Protocol
from storybench.report import effects
from storybench.report.beside import on_real_frames
from storybench.report.pairing import task_of
from storybench.report.published import (
    IN_PERCENT,
    Practice,
    PublishedRow,
    practice,
    score_for,
)
from storybench.report.text import name_of, sentence
from storybench.types import Report, Score

CHARACTERS = ("Char-F1", "Frame-Acc")
FRECHET = ("FID",)


@dataclass(frozen=True)
class Difference:
    """One choice that differs: what is done here, there, how much it moves, and who says so.

    `effect` is empty where nothing was measured, `source` where the choice is the report's own.
    """

    about: str
    here: str
    there: str
    effect: str = ""
    source: str = ""


@dataclass(frozen=True)
class Explanation:
    """A number beside a published one.

    `differences` are certain as far as code tells; `unknown` is what could not be found out of the
    published number; `remarks` are what else is known of either; `advice` is a command or empty.
    """

    row: PublishedRow
    system: str
    score: Score
    protocol: str | None
    differences: tuple[Difference, ...]
    unknown: tuple[str, ...]
    remarks: tuple[str, ...]
    advice: str

    @property
    def here(self) -> float:
        """The report's number on the published one's scale."""
        return self.score.value * _scale(self.row)

    @property
    def gap(self) -> float:
        """The report's number minus the published one."""
        return self.here - self.row.value


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
    return Explanation(
        row=row,
        system=name_of(report.model),
        score=score,
        protocol=None if theirs.rules is None else theirs.rules.name,
        differences=tuple(_differences(report, score, row, mine, theirs)),
        unknown=tuple(_unknown(row, theirs)),
        remarks=(*_own_remarks(report, score, row), *theirs.remarks),
        advice=_advice(report, theirs),
    )


def sentences(found: Explanation) -> Iterator[str]:
    """The explanation, one sentence or two a line."""
    yield headline(found)
    yield from found.remarks
    yield from map(difference_line, found.differences)
    yield from found.unknown
    if found.advice:
        yield found.advice


def difference_line(one: Difference) -> str:
    """A difference as a sentence, its size, and where it was read.

    >>> difference_line(Difference("Stories", "2,309", "1,900", source="code.py:3"))
    'Stories: here 2,309; there 1,900. (code.py:3)'
    """
    effect = f" {one.effect}" if one.effect else ""
    source = f" ({one.source})" if one.source else ""
    return f"{one.about}: here {one.here}; there {one.there}.{effect}{source}"


def headline(found: Explanation) -> str:
    """Both numbers and how far apart they are."""
    row, error = found.row, found.score.standard_error
    error = None if error is None else error * _scale(row)
    digits = decimals_for(found.here, error)
    here = number(found.here, digits) + (f" ± {number(error, digits)}" if error else "")
    return (
        f"{found.system} has {here} {family(found.score.metric).label} ({found.score.metric}); "
        f"{row.model} is printed with {row.value:g} {row.metric}, without an interval: "
        f"{signed(found.gap, digits)}."
    )


def _differences(
    report: Report, score: Score, row: PublishedRow, mine: Protocol, theirs: Practice
) -> Iterator[Difference]:
    yield from _data(report)
    if task_of(report) != row.task:
        yield Difference(
            "Task",
            f"{task_of(report)}{_source_in(task_of(report))}",
            f"{row.task}{_source_in(row.task)}",
            "The two are not ranked together.",
        )
    if theirs.rules is not None:
        yield from _of_rules(report, score, row, mine, theirs.rules)
    yield from _network(score, row)
    if row.metric in CHARACTERS:
        yield from _classifier(score, row, theirs)
        yield from _classifier_pixels(report, score, theirs)


def _of_rules(
    report: Report, score: Score, row: PublishedRow, mine: Protocol, theirs: Protocol
) -> Iterator[Difference]:
    """What differs between two protocols that are both known from code."""
    dataset = report.dataset.removesuffix(TWIN_SUFFIX)
    n_there = effects.stories_scored(theirs, dataset, report.split)
    if n_there != report.n_stories:
        yield Difference(
            "Stories",
            f"{report.n_stories:,}",
            _stories_there(theirs, n_there),
            source=_fact(theirs, "cuts", "blocks", dataset=dataset),
        )
    frames = (mine.frames, mine.n_frames), (theirs.frames, theirs.n_frames)
    if frames[0] != frames[1]:
        yield Difference(
            "Frames",
            effects.frames_words(mine),
            effects.frames_words(theirs),
            effects.source_scored(mine, theirs) if row.metric in FRECHET else "",
            _fact(theirs, "frames"),
        )
    if row.metric in FRECHET:
        yield from _of_distances(report, score, mine, theirs, n_there)


def _of_distances(
    report: Report, score: Score, mine: Protocol, theirs: Protocol, n_there: int | None
) -> Iterator[Difference]:
    """What differs for a distance alone: labels, not real frames, judge characters."""
    yield from _sizes(report, score, theirs, n_there)
    if mine.reference != theirs.reference:
        yield Difference(
            "Real frame of a clip",
            effects.REFERENCE_WORDS[mine.reference],
            effects.REFERENCE_WORDS[theirs.reference],
            effects.random_reference(score),
            _fact(theirs, "reference"),
        )
    yield from _pixels(score, mine, theirs)
    if theirs.batch is not None and mine.batch != theirs.batch:
        yield Difference(
            "Loader",
            "nothing is dropped",
            f"the last incomplete batch of {theirs.batch.size} {theirs.batch.of} is dropped",
            source=_fact(theirs, "batch"),
        )


def _pixels(score: Score, mine: Protocol, theirs: Protocol) -> Iterator[Difference]:
    sides = (mine.pixels, mine.reference_pixels), (theirs.pixels, theirs.reference_pixels)
    if sides[0] == sides[1]:
        return
    there = effects.PIXEL_WORDS.get(theirs.pixels, theirs.pixels)
    if theirs.reference_pixels is not None:
        there += ", and real frames another way"
    yield Difference(
        "Pixels",
        effects.own_pixels(score, mine),
        there,
        effects.pixels(score, mine, theirs),
        _fact(theirs, "pixels"),
    )


def _sizes(
    report: Report, score: Score, theirs: Protocol, n_there: int | None
) -> Iterator[Difference]:
    if n_there is None:
        return
    n = n_there * effects.frames_a_story(theirs, report.dataset)
    if n != score.n:
        yield Difference(
            "Number of frames",
            f"{score.n:,}",
            f"{n:,}",
            effects.n_bias(score.n, n, effects.dim_of(score)),
        )


def _data(report: Report) -> Iterator[Difference]:
    if report.dataset.endswith(TWIN_SUFFIX):
        yield Difference(
            "Pictures",
            "cartoons of the toy world",
            "the real dataset",
            "This alone makes the two numbers incomparable; the rest is told for the exercise.",
        )


def _network(score: Score, row: PublishedRow) -> Iterator[Difference]:
    if row.metric in FRECHET and not score.metric.startswith("fid."):
        arch = score.settings.get("extractor", {}).get("arch", "another network")
        yield Difference(
            "Features",
            f"the network {arch!r} or other weights",
            "the Inception of 2015-12-05, as ported",
            "A distance on other features is on another scale: it is no FID.",
        )


def _classifier(score: Score, row: PublishedRow, theirs: Practice) -> Iterator[Difference]:
    _, arch, sha8, *_ = (*score.metric.split("."), "", "")
    there = "their own, retrained" if "retrained classifiers" in row.notes else "another"
    yield Difference(
        "Classifier",
        f"{arch} {sha8}{_ceiling(score, row)}",
        f"{there}, whose score on real frames no source gives",
        "Two classifiers make two metrics; only the distance to each one's ceiling can be read.",
    )
    if row.metric == "Char-F1" and not (theirs.rules and theirs.rules.averaging == ("micro",)):
        there = "not said"
        if theirs.rules is not None and theirs.rules.averaging:
            there = f"one of {', '.join(theirs.rules.averaging)}; the paper does not say which"
        yield Difference(
            "Averaging", "micro", there, effects.AVERAGES, _fact(theirs.rules, "averaging")
        )


def _classifier_pixels(report: Report, score: Score, theirs: Practice) -> Iterator[Difference]:
    if theirs.rules is None:
        return
    dataset = report.dataset.removesuffix(TWIN_SUFFIX)
    here, there = effects.classifier_path(score), theirs.rules.classifier_path(dataset)
    if here != there:
        yield Difference(
            "Pixels of the classifier",
            effects.CLASSIFIER_WORDS[here],
            effects.CLASSIFIER_WORDS[there],
            "A network that is fed other pixels than it learnt from says other characters; by how "
            "much that moves an F1 on the real data was not measured.",
            _fact(theirs.rules, "classifier_pixels", dataset=dataset),
        )


def _ceiling(score: Score, row: PublishedRow) -> str:
    found = on_real_frames(score)
    return "" if found is None else f", whose ceiling on real frames is {found * _scale(row):.2f}"


def _unknown(row: PublishedRow, theirs: Practice) -> Iterator[str]:
    if theirs.rules is None:
        yield (
            f"Not known of {row.model}: frames, stories, real frames, pixel path and loader. No "
            "code of it could be read, so no difference can be named beyond those above."
        )
        return
    yield (
        f"{theirs.rules.name} is what the published code does "
        f"({theirs.rules.facts[0].source.partition(':')[0]}); that the printed number came out of "
        "it, with which seed and which decoding, is not known."
    )


def _own_remarks(report: Report, score: Score, row: PublishedRow) -> Iterator[str]:
    for flag in score.settings.get("flags", ()):
        yield f"Here: {sentence(str(flag))}"
    if score.standard_error:
        gap = abs(score.value * _scale(row) - row.value)
        yield (
            f"The gap is {gap / (score.standard_error * _scale(row)):.1f} standard errors of this "
            "number alone; the published one's own error is not known, and where the protocols "
            "differ the gap is no measure of the systems."
        )
    if row.metric in FRECHET:
        yield effects.INTERVALS
        if report.protocol == (rules.name if (rules := practice(row).rules) else None):
            yield effects.random_reference(score)
    if row.metric == "Frame-Acc" and (known := effects.PRECISION.get(row.dataset)):
        yield known


def _advice(report: Report, theirs: Practice) -> str:
    if theirs.rules is None or theirs.rules.name == report.protocol:
        return ""
    return (
        f"To land on that scale, score the same pictures with `storybench eval --protocol "
        f"{theirs.rules.name}`; `--protocol all` draws what each difference moves."
    )


def _stories_there(theirs: Protocol, n_there: int | None) -> str:
    if theirs.blocks:
        return "blocks that share no target, so about a quarter of the clips begin one"
    return "not known" if n_there is None else f"{n_there:,}"


def _source_in(task: str) -> str:
    return ": the source frame is given" if task == "continuation" else ": no frame is given"


def _fact(rules: Protocol | None, *about: str, dataset: str = "") -> str:
    """Where a protocol's choice about something was read; empty where nowhere.

    The first such fact counts, one that names the dataset before those that name none.
    """
    facts = () if rules is None else [fact for fact in rules.facts if fact.about in about]
    named = [fact for fact in facts if dataset and dataset in fact.says.lower()]
    return next((fact.source for fact in (*named, *facts)), "")


def _scale(row: PublishedRow) -> float:
    return 100.0 if row.metric in IN_PERCENT else 1.0
