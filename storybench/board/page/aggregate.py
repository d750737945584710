"""From the folder to tables: which numbers stand under each other, in what order, with what rank.

A pure function of the folder. Rows share a table only when dataset, data digest, split, task,
protocol and metric id all agree; nothing is ranked across tables. Controls are pinned below, and a
number that is flagged, diagnostic or without an interval is shown without a rank.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from storybench.board.page.metric import unranking
from storybench.board.page.ranking import Direction, RankRange, rank_ranges
from storybench.board.reported import Published, read_reported
from storybench.board.submissions.folder import Submission, load, submissions
from storybench.board.submissions.record import (
    LeftOutRecord,
    ReportRecord,
    ScoreRecord,
    StripRecord,
    SubmissionRecord,
)
from storybench.page.families import family, order

CONTROLS = ("copy-source", "nearest-train", "shuffled-truth", "ground-truth", "blank")
SELF_REPORTED = "self-reported"
CONTINUATION, VISUALIZATION = "continuation", "visualization"
NO_INTERVAL = "no_interval"


@dataclass(frozen=True, order=True)
class Benchmark:
    """What rows must agree on to be compared at all, short of the metric."""

    dataset: str
    split: str
    task: str
    protocol: str
    data_digest: str


@dataclass(frozen=True)
class Row:
    """One system's number in one table.

    `reasons` are flags for which it is not ranked; `rank` is None then, and for every control.
    """

    system: SubmissionRecord
    result: ReportRecord
    score: ScoreRecord
    is_control: bool
    reasons: tuple[str, ...]
    rank: RankRange | None = None
    tier: str = SELF_REPORTED


@dataclass(frozen=True)
class Table:
    """All rows of one metric id under one benchmark: ranked ones first, best first."""

    benchmark: Benchmark
    metric: str
    direction: Direction
    rows: tuple[Row, ...]
    controls: tuple[Row, ...]


@dataclass(frozen=True)
class Showing:
    """One system's strip of a story."""

    system: SubmissionRecord
    record: StripRecord
    path: Path
    is_control: bool


@dataclass(frozen=True)
class GalleryStory:
    """One story with the strips of every system that shows it, controls last."""

    story_id: str
    showings: tuple[Showing, ...]

    @property
    def reference(self) -> Showing:
        """The strip to take the source and the true frames from."""
        return max(self.showings, key=lambda showing: showing.record.has_truth)


@dataclass(frozen=True)
class Gallery:
    """The stories of one split of one build, and those that may not be shown."""

    dataset: str
    split: str
    data_digest: str
    stories: tuple[GalleryStory, ...]
    left_out: tuple[LeftOutRecord, ...]


@dataclass(frozen=True)
class Standings:
    """Everything the page shows."""

    systems: tuple[Submission, ...]
    tables: tuple[Table, ...]
    galleries: tuple[Gallery, ...]
    published: tuple[Published, ...]


def aggregate(board: Path) -> Standings:
    """The standings of a board.

    Raises:
        MissingError: the board has no folder of submissions, or a file is missing.
        InputError: a file is not what it should be.
    """
    systems = tuple(load(folder) for folder in submissions(board))
    return Standings(
        systems=systems,
        tables=tuple(_tables(systems)),
        galleries=tuple(_galleries(systems)),
        published=read_reported(board),
    )


def is_control(model: Mapping[str, Any]) -> bool:
    """Whether a model is, or says it is, a control: every board needs them and none ranks them.

    >>> is_control({"name": "copy-source"}), is_control({"name": "mine"})
    (True, False)
    """
    return model.get("is_control") is True or model.get("name") in CONTROLS


def _tables(systems: Iterable[Submission]) -> Iterator[Table]:
    groups: dict[tuple[Benchmark, str, Direction], list[Row]] = defaultdict(list)
    for system in systems:
        for result in system.results:
            for score in result.scores:
                row = _row(system.record, result, score)
                groups[_benchmark(result, score), score.metric, score.direction].append(row)
    for key, rows in sorted(groups.items(), key=lambda item: (item[0][0], order(item[0][1]))):
        benchmark, metric, direction = key
        yield Table(
            benchmark=benchmark,
            metric=metric,
            direction=direction,
            rows=_ranked([row for row in rows if not row.is_control], direction),
            controls=tuple(sorted((row for row in rows if row.is_control), key=_merit)),
        )


def _benchmark(result: ReportRecord, score: ScoreRecord) -> Benchmark:
    said = (result.model.get("task"), score.settings.get("task"))
    return Benchmark(
        dataset=result.dataset,
        split=result.split,
        task=VISUALIZATION if VISUALIZATION in said else CONTINUATION,
        protocol=result.protocol,
        data_digest=result.data_digest,
    )


def _row(system: SubmissionRecord, result: ReportRecord, score: ScoreRecord) -> Row:
    reasons = unranking(score.flags)
    if score.interval is None:
        reasons = (*reasons, NO_INTERVAL)
    return Row(
        system=system,
        result=result,
        score=score,
        is_control=is_control(result.model),
        reasons=reasons,
    )


def _ranked(rows: Sequence[Row], direction: Direction) -> tuple[Row, ...]:
    """Rows in order, best first, those without a rank last."""
    able = [row for row in rows if _can_rank(row)]
    unable = [row for row in rows if not _can_rank(row)]
    intervals = [row.score.interval for row in able if row.score.interval]
    ranks = rank_ranges(intervals, direction)
    ranked = [replace(row, rank=rank) for row, rank in zip(able, ranks, strict=True)]
    return (*sorted(ranked, key=_merit), *sorted(unable, key=_merit))


def _can_rank(row: Row) -> bool:
    return family(row.score.metric).is_ranked and not row.reasons


def _merit(row: Row) -> tuple[float, str]:
    sign = 1 if row.score.direction == "lower" else -1
    return (sign * row.score.value, row.system.slug)


def _galleries(systems: Iterable[Submission]) -> Iterator[Gallery]:
    shown: dict[tuple[str, str, str], dict[str, list[Showing]]] = defaultdict(dict)
    left_out: dict[tuple[str, str, str], dict[str, LeftOutRecord]] = defaultdict(dict)
    for system in systems:
        for strip in system.gallery.strips:
            stories = shown[strip.dataset, strip.split, strip.data_digest]
            stories.setdefault(strip.story_id, []).append(_showing(system, strip))
        for item in system.gallery.left_out:
            left_out[item.dataset, item.split, item.data_digest][item.story_id] = item
    for key in sorted({*shown, *left_out}):
        yield Gallery(
            *key,
            stories=tuple(
                GalleryStory(story_id, tuple(sorted(showings, key=_place)))
                for story_id, showings in sorted(shown[key].items())
            ),
            left_out=tuple(item for _, item in sorted(left_out[key].items())),
        )


def _place(showing: Showing) -> tuple[bool, str]:
    return (showing.is_control, showing.system.slug)


def _showing(system: Submission, strip: StripRecord) -> Showing:
    models = [
        result.model
        for result in system.results
        if result.predictions_digest == strip.predictions_digest
    ]
    return Showing(
        system=system.record,
        record=strip,
        path=system.picture_path(strip),
        is_control=any(map(is_control, models)),
    )
