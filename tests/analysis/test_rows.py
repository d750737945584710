"""The tables: by character, by rarity and by crowd."""

from __future__ import annotations

import numpy as np
import pytest

from storybench.analysis.rows import Sides, by_crowd, by_rarity, of_characters
from storybench.analysis.seen import RARITIES, Seen
from storybench.analysis.shares import Counter, Share
from storybench.metrics import confusion
from tests.metrics.logits import CAST, logits, slots

SEEN = Seen("train", (60, 20, 5, 0, 3), 100)
LEARNT = (9, 9, 9, 9, 9)


def sides(decided=None, real=None) -> Sides:
    of = slots(24, episodes=6)
    drawn = confusion.decide(logits(of)) if decided is None else decided(of.labels.copy())
    ceiling = confusion.decide(logits(of, noise=0.2, seed=5)) if real is None else real
    return Sides(Counter.of(of, drawn), Counter.of(of, ceiling))


def test_who_draws_what_is_real_reaches_the_ceiling() -> None:
    """The same decisions on both sides give the same numbers in every row of every table."""
    of = slots(24, episodes=6)
    ceiling = confusion.decide(logits(of, noise=0.7, seed=5))
    both = sides(lambda labels: ceiling, ceiling)
    rows = of_characters(both, SEEN, LEARNT)
    tables = (*rows, *by_rarity(both, rows), *by_crowd(both))
    assert len(tables) == 5 + 4 + 5
    assert all(row.predicted == row.real for row in tables)
    assert rows[0].real.f1.value is not None
    assert 0.5 < rows[0].real.f1.value < 1, "the ceiling is not all there is"


def test_who_never_draws_a_character_has_recall_zero_there_alone() -> None:
    """And the truth elsewhere; its ceiling is untouched."""

    def without_bo(labels: np.ndarray) -> np.ndarray:
        labels[:, 1] = False
        return labels

    both = sides(without_bo)
    ada, bo, *_ = of_characters(both, SEEN, LEARNT)
    assert bo.predicted.recall == Share(0.0)
    assert ada.predicted.recall == Share(1.0)
    assert bo.real.recall.value is not None
    assert bo.real.recall.value > 0.9


def test_counts_of_a_character_are_those_of_the_labels() -> None:
    """Training frames as they were given, scored slots and their episodes as they are labelled."""
    both = sides()
    for at, row in enumerate(of_characters(both, SEEN, LEARNT)):
        labelled = both.labels[:, at]
        assert (row.name, row.train_frames) == (CAST[at], SEEN.frames[at])
        assert row.train_share == SEEN.frames[at] / 100
        assert row.frames == labelled.sum()
        assert row.episodes == len(set(both.slots.groups[labelled].tolist()))


def test_rows_that_say_nothing_are_marked() -> None:
    """Who is not there, who was never learnt, who is not recognised; others are not."""
    of = slots(24, episodes=6)
    ceiling = of.labels.copy()
    ceiling[:, 2] = ~ceiling[:, 2]
    rows = of_characters(sides(None, ceiling), SEEN, (9, 0, 9, 9, 9))
    assert [row.doubt for row in rows] == [
        None, "never learnt", "not recognised", None, "not in the split",
    ]  # fmt: skip
    rows = of_characters(sides(None, ceiling), SEEN, None)
    assert rows[1].doubt is None, "an official checkpoint does not say"
    assert rows[1].learnt is None


def test_rarities_hold_whom_can_be_believed() -> None:
    """Never seen, rare, usual and frequent are always there; numbers are those of the columns."""
    both = sides()
    rows = of_characters(both, SEEN, LEARNT)
    never, rare, usual, frequent = by_rarity(both, rows)
    assert tuple(row.rarity for row in (never, rare, usual, frequent)) == RARITIES
    assert never.characters == ("Dan",)
    assert (rare.characters, rare.left_out) == (("Cleo", "Eve"), ("Eve",)), "Eve is never there"
    assert usual.characters == ("Bo",)
    assert frequent.predicted == both.predicted.shares(np.arange(both.slots.n), [0])
    assert rare.predicted == both.predicted.shares(np.arange(both.slots.n), [2])
    assert rare.frames == rows[2].frames


def test_a_rarity_of_nobody_has_no_numbers() -> None:
    """A row of its own all the same, so that never seen is always answered."""
    both = sides()
    never, *_ = by_rarity(both, of_characters(both, Seen("train", (60, 20, 5, 1, 3), 100), LEARNT))
    assert (never.characters, never.predicted, never.frames) == ((), None, 0)


def test_crowds_divide_the_slots() -> None:
    """By the number of labels, four or more in one row; exact sets are counted by hand."""
    both = sides()
    n_labels = both.labels.sum(axis=1)
    rows = by_crowd(both)
    assert [row.characters for row in rows] == ["0", "1", "2", "3", "4+"]
    assert sum(row.frames for row in rows) == both.slots.n
    exact = (both.predicted.decided == both.labels).all(axis=1)
    for n, row in enumerate(rows):
        there = n_labels == n if n < 4 else n_labels >= 4
        assert row.frames == there.sum()
        if there.any():
            assert row.predicted.exact.value == pytest.approx(exact[there].mean())
        else:
            assert (row.doubt, row.predicted.exact) == ("not in the split", Share(None))


def test_frames_of_no_one_have_no_recall() -> None:
    """Nobody is there to be found: exact where nobody is claimed."""
    nobody = by_crowd(sides())[0]
    assert nobody.predicted.recall == Share(None)
    assert nobody.predicted.exact.value is not None
