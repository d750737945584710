"""Two charts as positions: F1 against training frames, and exact frames by how many are in them.

Positions are pixels of the chart's own box; templates draw them and hold no arithmetic. Scores run
from 0 at the bottom to 100 % at the top. Training frames stand on a log axis, who was never seen
in a room of their own left of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from storybench.analysis.rows import CharacterRow, CrowdRow
from storybench.analysis.seen import FREQUENT, RARE, Seen
from storybench.analysis.shares import Share

WIDTH, HEIGHT = 1040, 430
LEFT, RIGHT, TOP, BOTTOM = 46, 1022, 64, 368
"""The box, and in it the room of the scores; names stand above, counts below."""

NEVER = 150
"""Width of the room of those who were never seen, with the gap behind it."""

GAP = 30
INSET = 26
"""From the ends of an axis to its marks."""

MARK, LETTER, SPACE = 13.0, 7.6, 14.0
"""The least distance of two marks; the width of a letter, and of the room around a name."""

LINE = 18
NARROW = 64
"""Height of a line of names; width below which a band has no name in it."""

CROWD_WIDTH, CROWD_HEIGHT = 560, 320
CROWD_RIGHT, CROWD_TOP, CROWD_BOTTOM = 548, 18, 262
BAR = 46

STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Tick:
    """A place on an axis and its text."""

    at: float
    text: str


@dataclass(frozen=True)
class Mark:
    """A score with its interval and its ceiling at x; its name stands at (name_x, name_y).

    `value`, `low`, `high` and `real` are heights, None where there is none.
    """

    name: str
    x: float
    name_x: float
    name_y: float
    value: float | None
    low: float | None
    high: float | None
    real: float | None
    is_doubtful: bool
    title: str

    @property
    def top(self) -> float:
        """Where the line from its name ends; at once where there is nothing below."""
        return min((y for y in (self.value, self.high, self.real) if y is not None), default=TOP)


@dataclass(frozen=True)
class Chart:
    """Marks on their axes; `never` is the middle of the room of the never seen, if there is one."""

    marks: tuple[Mark, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    first: float
    cuts: tuple[float, ...] = ()
    bands: tuple[Tick, ...] = ()
    never: float | None = None


def against_training(rows: Sequence[CharacterRow], train: Seen) -> Chart:
    """F1 of each character against the frames that training had of it."""
    rows = sorted(rows, key=lambda row: row.train_frames)
    unseen = [row for row in rows if not row.train_frames]
    known = [row for row in rows if row.train_frames]
    first = LEFT + (NEVER if unseen else 0)
    low, high = _decades([row.train_frames for row in known] or [train.n_frames])
    axis = _Log(low, high, first + INSET, RIGHT - INSET)
    room = (LEFT + INSET / 2, LEFT + NEVER - GAP - INSET / 2)
    middle = (room[0] + room[1]) / 2
    places = [
        *apart([middle] * len(unseen), MARK, *room),
        *apart([axis.at(row.train_frames) for row in known], MARK, first, RIGHT),
    ]
    cuts = [axis.at(share * train.n_frames) for share in (RARE, FREQUENT)]
    edges = [first, *(min(max(cut, first), RIGHT) for cut in cuts), RIGHT]
    bands = zip(pairwise(edges), ("rare", "usual", "frequent"), strict=True)
    return Chart(
        marks=tuple(_marks(rows, places)),
        across=tuple(Tick(axis.at(n), f"{n:,}") for n in _ticks(low, high)),
        up=_shares(TOP, BOTTOM),
        first=first,
        cuts=tuple(cut for cut in cuts if first < cut < RIGHT),
        bands=tuple(Tick((a + b) / 2, name) for (a, b), name in bands if b - a > NARROW),
        never=middle if unseen else None,
    )


def by_crowd(rows: Sequence[CrowdRow]) -> Chart:
    """The share of exact frames by how many characters are in them."""
    step = (CROWD_RIGHT - LEFT) / len(rows)
    marks = []
    for n, row in enumerate(rows):
        x = LEFT + step * (n + 0.5)
        marks.append(
            Mark(
                name=row.characters,
                x=x,
                name_x=x,
                name_y=CROWD_BOTTOM + LINE,
                is_doubtful=row.doubt is not None,
                title=f"{row.characters}: {said(row.predicted.exact)} exact, "
                f"{said(row.real.exact)} of real frames",
                **_heights(row.predicted.exact, row.real.exact, CROWD_TOP, CROWD_BOTTOM),
            )
        )
    across = tuple(Tick(mark.x, f"{row.frames:,}") for mark, row in zip(marks, rows, strict=True))
    return Chart(tuple(marks), across, _shares(CROWD_TOP, CROWD_BOTTOM), LEFT)


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places in the order of those wanted and near them, at least `gap` apart, within bounds.

    Where all do not fit they stand evenly between the bounds.

    >>> apart([10, 10, 40], 10, 0, 100)
    [5.0, 15.0, 40.0]
    """
    n = len(wanted)
    gap = min(gap, (high - low) / (n - 1)) if n > 1 else gap
    blocks: list[list[float]] = []
    for k, place in enumerate(wanted):
        blocks.append([place - k * gap])
        while len(blocks) > 1 and _mean(blocks[-2]) > _mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    last = high - (n - 1) * gap
    level = [min(max(_mean(block), low), last) for block in blocks for _ in block]
    return [place + k * gap for k, place in enumerate(level)]


def said(share: Share) -> str:
    """A share in per cent.

    >>> said(Share(0.4567)), said(Share(None))
    ('45.7 %', '–')
    """
    return "–" if share.value is None else f"{100 * share.value:.1f} %"


@dataclass(frozen=True)
class _Log:
    low: float
    high: float
    left: float
    right: float

    def at(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.left + share * (self.right - self.left)


def _marks(rows: Sequence[CharacterRow], places: Sequence[float]) -> Iterator[Mark]:
    widths = [LETTER * len(_name(row)) + SPACE for row in rows]
    n_lines = max(1, math.ceil(sum(widths) / (RIGHT - LEFT)))
    names: dict[int, tuple[float, int]] = {}
    for line in range(n_lines):
        of_line = range(line, len(rows), n_lines)
        widest = max((widths[k] for k in of_line), default=0.0)
        spread = apart([places[k] for k in of_line], widest, LEFT + widest / 2, RIGHT - widest / 2)
        names |= {k: (x, line) for k, x in zip(of_line, spread, strict=True)}
    for k, row in enumerate(rows):
        yield Mark(
            name=_name(row),
            x=places[k],
            name_x=names[k][0],
            name_y=TOP - 26 - LINE * names[k][1],
            is_doubtful=row.doubt is not None,
            title=f"{row.name}: F1 {said(row.predicted.f1)}, {said(row.real.f1)} on real frames; "
            f"in {row.train_frames:,} training frames",
            **_heights(row.predicted.f1, row.real.f1, TOP, BOTTOM),
        )


def _name(row: CharacterRow) -> str:
    return row.name if row.doubt is None else f"{row.name} †"


def _heights(share: Share, real: Share, top: float, bottom: float) -> dict[str, float | None]:
    low, high = share.interval or (None, None)
    parts = {"value": share.value, "low": low, "high": high, "real": real.value}
    return {
        name: None if part is None else bottom - part * (bottom - top)
        for name, part in parts.items()
    }


def _shares(top: float, bottom: float) -> tuple[Tick, ...]:
    return tuple(Tick(bottom - n * (bottom - top) / 4, f"{25 * n}") for n in range(5))


def _decades(counts: Sequence[int]) -> tuple[int, int]:
    """The steps of 1, 2, 5, 10, 20… around all counts."""
    low = max(n for n in _steps() if n <= min(counts)) if min(counts) else 1
    high = next(n for n in _steps() if n >= max(counts) and n > low)
    return low, high


def _ticks(low: int, high: int) -> list[int]:
    return [n for n in _steps() if low <= n <= high]


def _steps() -> list[int]:
    return [step * 10**power for power in range(10) for step in STEPS]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
