"""Which stories a page shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from storybench.report.picking import BEST, MIDDLE, WORST, best_known, pick
from tests.report.evaluations import FRAME_ACC, World, make_evaluation


def test_worst_middle_and_best_are_what_they_say():
    """Of 9 stories by a lower-is-better value, the largest are worst, and no story comes twice."""
    values = [float(v) for v in range(9)]
    groups = pick(values, [f"s{at}" for at in range(9)], higher_is_better=False, n=2)
    assert [group.heading for group in groups] == [WORST, MIDDLE, BEST]
    assert groups[0].stories == (8, 7)
    assert set(groups[1].stories) == {4, 5} or set(groups[1].stories) == {3, 4}
    assert groups[2].stories == (0, 1)


def test_stories_without_a_value_are_not_shown():
    """NaN is neither bad nor good."""
    groups = pick([np.nan, 1.0, 2.0], ["a", "b", "c"], higher_is_better=True, n=4)
    assert sorted(at for group in groups for at in group.stories) == [1, 2]


def test_few_stories_are_shown_once():
    """One and two stories make pages too."""
    assert [g.stories for g in pick([1.0], ["a"], higher_is_better=True, n=4)] == [(0,)]
    two = pick([1.0, 2.0], ["a", "b"], higher_is_better=True, n=4)
    assert sorted(at for group in two for at in group.stories) == [0, 1]


def test_equal_stories_favour_no_episode():
    """With one value for all, the choice is by hash, not the first of the split."""
    ids = [f"s{at:03d}" for at in range(100)]
    groups = pick([1.0] * 100, ids, higher_is_better=True, n=4)
    assert set(groups[0].stories) != set(range(4))


def test_the_metric_is_the_one_that_tells_stories_apart(world: World):
    """Of two metrics with values per story, the one with more levels chooses; or the named one."""
    found = make_evaluation(world.stories)
    fine = "clip_t.vitb32.deadbeef.targets.v1"
    per_story = {**found.per_story, fine: np.linspace(0, 1, len(world.stories))}
    score = replace(found.report.scores[2], metric=fine)
    both = replace(
        found,
        per_story=per_story,
        report=replace(found.report, scores=(*found.report.scores, score)),
    )
    known = best_known([both])
    assert known is not None
    assert known[0].metric == fine
    named = best_known([both, found], FRAME_ACC)
    assert named is not None
    assert named[0].metric == FRAME_ACC
    assert best_known([both, found], fine) is None


def test_a_metric_that_tells_no_story_apart_chooses_none(world: World):
    """Where every story has the same value there is no worst and no best."""
    alike = make_evaluation(world.stories, accuracy=np.ones(12))
    assert best_known([alike]) is None
    assert best_known([alike], FRAME_ACC) is not None
