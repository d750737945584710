"""Two systems on the same stories: what may not be compared, who is better, and what is a tie."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from storybench.errors import InputError
from storybench.report.comparison import compare
from storybench.stats import bootstrap, jackknife, paired
from storybench.types import Evaluation
from tests.report.evaluations import FID, FID_INF, FRAME_ACC, World, make_evaluation, make_world


def changed(evaluation: Evaluation, **report) -> Evaluation:
    return replace(evaluation, report=replace(evaluation.report, **report))


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("dataset", {"dataset": "other"}),
        ("build of the data", {"data_digest": "f" * 64}),
        ("split", {"split": "val"}),
        ("protocol", {"protocol": "storydalle-2022"}),
        ("task", {"model": {"name": "mine", "task": "visualization"}}),
    ],
)
def test_other_benchmarks_are_refused(world: World, what, change):
    """Dataset, build, split, protocol and task have to agree; the message names what does not."""
    mine = make_evaluation(world.stories)
    with pytest.raises(InputError, match=f"same {what}, found"):
        compare(mine, changed(mine, **change))


def test_other_stories_are_refused(world: World):
    """The same number of other stories, or an order of their own, is no pair."""
    mine = make_evaluation(world.stories)
    with pytest.raises(InputError, match="stories in the same order"):
        compare(mine, replace(mine, stories=mine.stories[::-1]))


def test_two_classifiers_are_two_metrics(world: World):
    """One family under two ids is refused, unless the metrics to compare are named."""
    mine = make_evaluation(world.stories)
    other_id = FRAME_ACC.replace("0a1b2c3d", "ffffffff")
    scores = tuple(
        replace(s, metric=other_id) if s.metric == FRAME_ACC else s for s in mine.report.scores
    )
    theirs = changed(mine, scores=scores)
    with pytest.raises(InputError, match=f"{FRAME_ACC} and {other_id}"):
        compare(mine, theirs)
    assert [row.metric for row in compare(mine, theirs, metrics=[FID]).rows] == [FID]
    with pytest.raises(InputError, match="They share"):
        compare(mine, theirs, metrics=[FRAME_ACC])


def test_what_one_has_alone_is_told(world: World):
    """A metric that the other lacks is not compared, and is named."""
    mine = make_evaluation(world.stories)
    less = changed(mine, scores=mine.report.scores[:1])
    found = compare(mine, less)
    assert [row.metric for row in found.rows] == [FID]
    assert found.only_first == (FID_INF, FRAME_ACC)
    assert found.only_second == ()


def test_a_system_ties_with_itself(world: World):
    """Equal pictures: differences are zero, every verdict is a tie, every story is alike."""
    mine = make_evaluation(world.stories)
    found = compare(mine, mine)
    assert found.same_pictures
    assert {row.verdict for row in found.rows} == {"tie", "diagnostic"}
    assert all(row.difference == 0 and row.p in (1.0, None) for row in found.rows)
    wins = next(row.wins for row in found.rows if row.wins)
    assert wins == paired.Wins(first=0, second=0, ties=len(world.stories))


def test_a_shared_deletion_tells_what_two_intervals_cannot(world: World):
    """FIDs that wander together differ clearly by one, though their own intervals overlap."""
    first = make_evaluation(world.stories, name="mine", fid=20.0, seed=1)
    second = make_evaluation(world.stories, name="theirs", fid=21.0, seed=1)
    row = compare(first, second).rows[0]
    assert row.metric == FID
    assert row.interval is not None
    assert row.interval.standard_error == pytest.approx(0, abs=1e-9)
    assert row.verdict == "first"
    intervals = [side.report.scores[0].interval for side in (first, second)]
    assert intervals[0] is not None
    assert intervals[1] is not None
    assert intervals[0][1] > intervals[1][0]


def test_the_numbers_are_those_of_the_paired_statistics(world: World):
    """FID: jackknife of differences; accuracy: bootstrap of differences and flips by episode."""
    generator = np.random.default_rng(5)
    accuracy = [generator.integers(0, 3, 12) / 2 for _ in range(2)]
    first, second = (
        make_evaluation(world.stories, name=name, seed=seed, accuracy=values)
        for name, seed, values in (("mine", 2, accuracy[0]), ("theirs", 3, accuracy[1]))
    )
    rows = {row.metric: row for row in compare(first, second).rows}
    k = int(jackknife.deal(first.clusters).max()) + 1
    drops = first.replicates[FID] - second.replicates[FID]
    assert rows[FID].interval == jackknife.interval(0.0, drops.tolist())
    draws = first.replicates[FRAME_ACC] - second.replicates[FRAME_ACC]
    difference = float(accuracy[0].mean() - accuracy[1].mean())
    expected = bootstrap.interval(difference, draws.tolist(), n_groups=k)
    assert rows[FRAME_ACC].interval == expected
    flips = paired.sign_flip(accuracy[0] - accuracy[1], first.clusters)
    assert rows[FRAME_ACC].flips == flips
    assert flips is not None
    assert rows[FRAME_ACC].p == max(flips.p, rows[FRAME_ACC].p_spread or 0)


def test_holm_counts_what_is_tested_and_no_diagnostic(world: World):
    """FID_inf borrows FID's error: it is shown and neither tested nor counted."""
    first = make_evaluation(world.stories, seed=2)
    found = compare(first, make_evaluation(world.stories, name="theirs", seed=3))
    rows = {row.metric: row for row in found.rows}
    assert rows[FID_INF].verdict == "diagnostic"
    assert rows[FID_INF].p_holm is None
    assert found.n_tested == 2
    given = [rows[metric].p for metric in (FID, FRAME_ACC)]
    adjusted = paired.holm([p for p in given if p is not None])
    assert [rows[metric].p_holm for metric in (FID, FRAME_ACC)] == list(adjusted)


def test_higher_is_better_where_it_is(tmp_path):
    """With enough episodes a system that is right more often wins in accuracy."""
    world = make_world(tmp_path, stories_per_cluster=1)
    worse, better = np.zeros(12), np.ones(12)
    first = make_evaluation(world.stories, name="mine", accuracy=worse)
    second = make_evaluation(world.stories, name="theirs", accuracy=better)
    row = compare(first, second, metrics=[FRAME_ACC]).rows[0]
    assert row.verdict == "second"
    assert row.wins == paired.Wins(first=0, second=12, ties=0)


def test_few_episodes_cannot_be_significant_by_flips(world: World):
    """With six episodes and two tests no flip test can convince, and the comparison says so."""
    first = make_evaluation(world.stories, name="mine", accuracy=np.zeros(12))
    second = make_evaluation(world.stories, name="theirs", accuracy=np.ones(12))
    found = compare(first, second)
    row = next(row for row in found.rows if row.metric == FRAME_ACC)
    assert row.p == pytest.approx(2 / 2**6)
    assert row.verdict == "tie"
    assert found.least_p == pytest.approx(2 / 2**6)


def test_two_clusters_are_too_few(tmp_path):
    """Without an interval there is no verdict."""
    world = make_world(tmp_path, stories_per_cluster=6)
    found = compare(make_evaluation(world.stories), make_evaluation(world.stories, name="b"))
    assert {row.verdict for row in found.rows} == {"too few clusters", "diagnostic"}


def test_equal_names_are_told_apart(world: World):
    """Two runs of one model are A and B."""
    mine = make_evaluation(world.stories)
    assert compare(mine, mine).names == ("mine (A)", "mine (B)")


def test_the_spread_over_seeds_is_no_part_of_the_reference(world: World):
    """Another seed of the real frames is refused; what the seeds gave differs by system."""
    record = {"frame_rule": "random", "seed": 0, "counting": "per-slot"}
    sides = [
        make_evaluation(world.stories, settings={"reference": {**record, **more}})
        for more in ({"seeds": {"sd": 0.1}}, {"seeds": {"sd": 0.2}}, {"seed": 1})
    ]
    assert compare(sides[0], sides[1]).rows
    with pytest.raises(InputError, match="same reference frames"):
        compare(sides[0], sides[2])
