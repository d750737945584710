"""Where the charts put things."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from storybench.analysis import chart
from storybench.analysis.rows import CharacterRow, CrowdRow
from storybench.analysis.seen import Seen
from storybench.analysis.shares import NOTHING, Share, Shares


def shares(value: float | None, interval: tuple[float, float] | None = None) -> Shares:
    one = Share(value, interval)
    return Shares(one, one, one, one)


def row(
    name: str, train_frames: int, value: float | None = 0.5, real: float = 0.75
) -> CharacterRow:
    predicted = shares(value, None if value is None else (value / 2, value))
    return CharacterRow(
        name, train_frames, train_frames / 1000, "usual", 9, 3, 5, predicted, shares(real), None
    )


TRAIN = Seen("train", (), 1000)


def test_heights_are_shares() -> None:
    """0 at the bottom, 100 at the top, linear between."""
    (mark,) = chart.against_training([row("Ada", 100)], TRAIN).marks
    tall = chart.BOTTOM - chart.TOP
    assert mark.value == chart.BOTTOM - 0.5 * tall
    assert mark.real == chart.BOTTOM - 0.75 * tall
    assert (mark.low, mark.high) == (chart.BOTTOM - 0.25 * tall, mark.value)
    assert mark.top == mark.real
    assert [(tick.text, tick.at) for tick in chart.against_training([row("Ada", 100)], TRAIN).up][
        ::4
    ] == [("0", chart.BOTTOM), ("100", chart.TOP)]


def test_frames_stand_on_a_log_axis() -> None:
    """Ten times as many are as far from each other anywhere; marks stand at their ticks."""
    drawn = chart.against_training([row("Ada", 10), row("Bo", 1000), row("Cleo", 100)], TRAIN)
    ada, cleo, bo = drawn.marks
    assert [mark.name for mark in drawn.marks] == ["Ada", "Cleo", "Bo"]
    assert bo.x - cleo.x == pytest.approx(cleo.x - ada.x)
    ticks = {tick.text: tick.at for tick in drawn.across}
    assert (ticks["10"], ticks["1,000"]) == (pytest.approx(ada.x), pytest.approx(bo.x))
    assert drawn.never is None
    assert drawn.cuts[0] == pytest.approx(cleo.x), "a tenth of 1,000 frames"
    assert [band.text for band in drawn.bands] == ["rare", "usual", "frequent"]


def test_never_seen_have_a_room_of_their_own() -> None:
    """Left of the axis, however many; without them there is no such room."""
    rows = [row("Ada", 0), row("Bo", 0), row("Cleo", 7)]
    drawn = chart.against_training(rows, TRAIN)
    ada, bo, cleo = drawn.marks
    assert chart.LEFT < ada.x < bo.x < chart.LEFT + chart.NEVER - chart.GAP < drawn.first < cleo.x
    assert bo.x - ada.x >= chart.MARK
    assert drawn.never == pytest.approx((ada.x + bo.x) / 2)
    assert chart.against_training([row("Ada", 0)], TRAIN).marks[0].x == pytest.approx(drawn.never)


def test_names_never_cover_each_other() -> None:
    """Thirty characters with the same frames: marks and names apart, and all in the box."""
    rows = [row(f"Character {n}", 100 + n % 3) for n in range(30)]
    marks = chart.against_training(rows, TRAIN).marks
    lines: dict[float, list[float]] = {}
    for mark in marks:
        lines.setdefault(mark.name_y, []).append(mark.name_x)
    for places in lines.values():
        assert all(b - a > chart.LETTER * len("Character 9") for a, b in pairwise(sorted(places)))
        assert min(places) > chart.LEFT
        assert max(places) < chart.RIGHT
    assert len(lines) > 1
    assert all(b.x - a.x >= chart.MARK - 1e-9 for a, b in pairwise(marks))


def test_apart_moves_as_little_as_it_must() -> None:
    """What is apart stays; order and bounds are kept; the least squares that can be."""
    assert chart.apart([10, 50, 90], 20, 0, 100) == [10, 50, 90]
    assert chart.apart([], 20, 0, 100) == []
    assert chart.apart([99, 99, 99], 10, 0, 100) == [80, 90, 100]
    assert chart.apart([0, 0, 0], 80, 0, 100) == [0, 50, 100]
    rng = np.random.default_rng(0)
    for _ in range(50):
        wanted = sorted(rng.uniform(0, 1000, 12).tolist())
        found = chart.apart(wanted, 60, 0, 1000)
        assert all(b - a >= 60 - 1e-6 for a, b in pairwise(found))
        assert found[0] >= 0
        assert found[-1] <= 1000 + 1e-6
        assert np.square(np.subtract(found, wanted)).mean() <= np.square(
            np.subtract([1000 / 11 * k for k in range(12)], wanted)
        ).mean() + 1e-6  # fmt: skip


def test_what_has_no_number_has_no_height() -> None:
    """A character without a score is named, and nothing is drawn of it."""
    one = row("Ada", 5, value=None)
    mark = chart.against_training([one], TRAIN).marks[0]
    assert (mark.value, mark.low, mark.high) == (None, None, None)
    rows = [CrowdRow(str(n), n, 1, NOTHING, NOTHING, "not in the split") for n in range(5)]
    drawn = chart.by_crowd(rows)
    assert all(mark.value is None and mark.is_doubtful for mark in drawn.marks)
    assert [tick.text for tick in drawn.across] == ["0", "1", "2", "3", "4"]
    assert drawn.marks[0].top == chart.TOP
