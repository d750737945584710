"""A diagnosis as one page that opens from disk: verdict, evidence, and the pictures it is about.

Every story shown has its captions and real frames above, the predictions that are claimed for them
below; where the pictures fit other slots, the real frames of those stand in a third row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storybench.errors import StorybenchError
from storybench.files import write_atomic
from storybench.page.document import PICTURES_INSIDE, render
from storybench.page.thumbnail import Thumbnail, thumbnail
from storybench.predictions.doctor.alignment import Alignment, Fitted
from storybench.predictions.doctor.diagnosis import Diagnosis
from storybench.predictions.doctor.typed import DEFAULT_SPLIT, Typed
from storybench.predictions.problem import Fault, Problem
from storybench.predictions.reader import Predictions
from storybench.shards.reader import Stories

ROOM = "storybench.checkup"
SIDE = 160
QUALITY = 74
STORIES = 8
SAME_KIND = 6
HYPOTHESES = 5


@dataclass(frozen=True)
class Cell:
    """One frame of a shown story: its caption, and pictures that may be missing."""

    k: int
    caption: str
    real: Thumbnail
    drawn: Thumbnail | None
    fits: Thumbnail | None
    fits_what: str
    is_marked: bool


@dataclass(frozen=True)
class Row:
    """A story that is shown, its source first."""

    story_id: str
    cluster: str
    source: Cell
    cells: tuple[Cell, ...]

    @property
    def has_fits(self) -> bool:
        """Whether it is known what its pictures fit, be it nothing of the split."""
        return any(cell.fits_what for cell in self.cells)


@dataclass(frozen=True)
class Bar:
    """How well one hypothesis fits, as a share of the best."""

    name: str
    gain: float
    share: float
    kind: str


@dataclass(frozen=True)
class Told:
    """Problems of one kind: the first of them, and how many more there are."""

    problem: Problem
    is_fault: bool
    others: tuple[str, ...]
    n_more: int
    fix: str


def write_page(
    diagnosis: Diagnosis,
    predictions: Predictions,
    stories: Stories,
    out: Path,
    *,
    typed: Typed | None = None,
) -> Path:
    """Write the page, whole or not at all."""
    write_atomic(out, render_page(diagnosis, predictions, stories, typed=typed).encode())
    return out


def render_page(
    diagnosis: Diagnosis,
    predictions: Predictions,
    stories: Stories,
    *,
    typed: Typed | None = None,
) -> str:
    """The page; its pictures are read again from the set and the shards.

    `typed` is what was typed to look at the set; its shards and split alone if None.
    """
    typed = typed or Typed(stories.directory, stories.split or DEFAULT_SPLIT)
    found = diagnosis.alignment
    return render(
        ROOM,
        "checkup.html",
        style="checkup.css",
        pictures=PICTURES_INSIDE,
        diagnosis=diagnosis,
        verdict=_verdict(diagnosis),
        sentence=_sentence(found),
        bars=list(_bars(found)) if found is not None else [],
        told=list(_told(diagnosis, typed)),
        rows=list(_rows(diagnosis, predictions, stories)),
        stories=stories,
        alignment=found,
    )


def _verdict(diagnosis: Diagnosis) -> str:
    if diagnosis.alignment is not None and diagnosis.alignment.outcome == "misaligned":
        return "Misaligned"
    if diagnosis.faults:
        return "Not to be scored"
    if diagnosis.alignment is None:
        return "Complete"
    return {"aligned": "Aligned"}.get(diagnosis.alignment.outcome, "Cannot tell")


def _sentence(found: Alignment | None) -> str:
    if found is None:
        return "The pictures were not compared with real frames."
    if found.shuffle is not None:
        return "The stories are there, but in no order that is known."
    if found.outcome == "misaligned":
        return f"The pictures belong to other slots: {found.best.name}."
    if found.outcome == "aligned":
        return "The pictures fit their own stories better than any others."
    return "The pictures fit their own stories no better than others. A weak model looks like this."


def _bars(found: Alignment) -> Iterator[Bar]:
    shown: dict[str, tuple[Fitted, str]] = {found.claimed.name: (found.claimed, "claimed")}
    if found.truly is not None:
        shown[found.best.name] = (found.best, "best")
    for one in found.ties[:HYPOTHESES]:
        shown.setdefault(one.name, (one, "tie"))
    top = max(max(one.gain for one, _ in shown.values()), found.chance, 1e-9)
    for one, kind in sorted(shown.values(), key=lambda pair: -pair[0].gain):
        yield Bar(one.name, one.gain, max(0.0, one.gain / top), kind)
    if found.chance == found.chance:
        yield Bar(
            "stories permuted at random", found.chance, max(0.0, found.chance / top), "chance"
        )


def _told(diagnosis: Diagnosis, typed: Typed) -> Iterator[Told]:
    kinds: dict[tuple[str, bool], list[Problem]] = {}
    for one in diagnosis.problems:
        kinds.setdefault((one.kind, isinstance(one, Fault)), []).append(one)
    for (_, is_fault), problems in sorted(kinds.items(), key=lambda entry: not entry[0][1]):
        first, *rest = problems
        yield Told(
            first,
            is_fault,
            others=tuple(one.message for one in rest[:SAME_KIND]),
            n_more=max(0, len(rest) - SAME_KIND),
            fix=diagnosis.filled_in(first.fix, typed),
        )


def _rows(diagnosis: Diagnosis, predictions: Predictions, stories: Stories) -> Iterator[Row]:
    marked = {slot for problem in diagnosis.problems for slot in problem.slots}
    there = set(predictions.story_ids)
    wanted = list(dict.fromkeys(story_id for story_id, _ in sorted(marked)))
    if not wanted:
        known = [story_id for story_id in stories.ids if story_id in there]
        wanted = known[:: max(1, len(known) // STORIES)]
    place = {one: i for i, one in enumerate(i for i in stories.ids if i in there)}
    for story_id in wanted[:STORIES]:
        index = stories.find(story_id)
        captions = stories.captions(index)
        yield Row(
            story_id,
            stories.clusters[index],
            Cell(0, captions[0], _small(stories, index, 0), None, None, "", is_marked=False),
            tuple(
                Cell(
                    k,
                    captions[k],
                    _small(stories, index, k),
                    _drawn(predictions, story_id, k),
                    *_fits(diagnosis, stories, list(place), place[story_id], k),
                    is_marked=(story_id, k) in marked,
                )
                for k in range(1, stories.spec.n_targets + 1)
            ),
        )


def _fits(
    diagnosis: Diagnosis, stories: Stories, there: list[str], row: int, k: int
) -> tuple[Thumbnail | None, str]:
    """The real frame that the picture shows instead, and what it is called."""
    truly = None if diagnosis.alignment is None else diagnosis.alignment.truly
    if truly is None:
        return None, ""
    story, frame = int(truly.story[row, k - 1]), int(truly.k[row, k - 1])
    if not (0 <= story < len(there) and 0 <= frame <= stories.spec.n_targets):
        return None, "nothing of the split"
    name = f"{there[story]}, {'source' if frame == 0 else f'frame {frame}'}"
    return _small(stories, stories.find(there[story]), frame), name


def _small(stories: Stories, index: int, k: int) -> Thumbnail:
    return thumbnail(stories.image(index, k), side=SIDE, quality=QUALITY)


def _drawn(predictions: Predictions, story_id: str, k: int) -> Thumbnail | None:
    """The prediction, None where it is missing or damaged: the problems say which."""
    try:
        return thumbnail(predictions.image(story_id, k), side=SIDE, quality=QUALITY)
    except StorybenchError:
        return None
