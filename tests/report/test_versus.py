"""The page of a comparison: both systems' pictures side by side, verdicts in words."""

from __future__ import annotations

import numpy as np

from storybench.report.comparison import compare
from storybench.report.strips import MAX_PAGE_BYTES
from storybench.report.versus import choose, row_view, versus
from tests.page.outline import Outline
from tests.report.evaluations import FID, FRAME_ACC, World, make_evaluation


def test_every_story_shows_source_truth_and_both(world: World):
    """A strip has 1 + T real pictures and T of each system, inside the page, below the bound."""
    accuracy = np.arange(12) / 11
    first = make_evaluation(world.stories, name="mine", accuracy=accuracy)
    second = make_evaluation(world.stories, name="theirs", accuracy=accuracy[::-1].copy())
    drawn = versus(
        first,
        second,
        pictures=(world.predictions("mine"), world.predictions("theirs")),
        stories=world.stories,
    )
    outline = Outline(drawn)
    assert outline.open == []
    n_strips = sum(a.get("class") == "story" for a in outline.all("article"))
    images = outline.all("img")
    assert n_strips > 0
    assert len(images) == n_strips * (1 + 2 + 2 + 2)
    assert all(image["src"].startswith("data:image/webp") for image in images)
    assert len({image["src"] for image in images if image["alt"].startswith("mine")}) > 1
    assert len(drawn.encode()) < MAX_PAGE_BYTES
    assert ">tie<" in drawn
    for heading in ("mine is furthest ahead", "theirs is furthest ahead"):
        assert heading in drawn


def test_stories_are_those_that_tell_the_systems_apart(world: World):
    """The first group is where the first is ahead most, the second the other way, none twice."""
    gap = np.array([0.5, -0.5, 0.25, -0.25, 0, 0, 0, 0, 0, 0, 0, 0])
    first = make_evaluation(world.stories, accuracy=0.5 + gap)
    second = make_evaluation(world.stories, accuracy=0.5 - gap)
    groups = choose(first, second, ("mine", "theirs"), n=2, by=FRAME_ACC)
    assert groups[0].stories == (0, 2)
    assert groups[1].stories == (1, 3)
    shown = [at for group in groups for at in group.stories]
    assert len(shown) == len(set(shown))


def test_a_difference_of_nothing_has_a_readable_axis(world: World):
    """Two systems that are alike to the last digit stand in the middle of an axis, at zero."""
    alike = make_evaluation(world.stories, accuracy=np.zeros(12))
    (row,) = [one for one in compare(alike, alike).rows if one.metric == FRAME_ACC]
    view = row_view(row, ("mine", "theirs"))
    assert view.chart.at == view.zero == "50.00%"
    assert [text for _, text in view.chart.ticks] == ["−1.0", "−0.5", "0.0", "0.5", "1.0"]


def test_equal_numbers_are_shown_with_their_own_digits(world: World):
    """A difference of nothing, without an error, does not cut the numbers that it is of."""
    alike = make_evaluation(world.stories, fid=0.01234)
    (row,) = [one for one in compare(alike, alike).rows if one.metric == FID]
    view = row_view(row, ("mine", "theirs"))
    assert (view.first, view.second, view.difference) == ("0.01234", "0.01234", "0.00000")
