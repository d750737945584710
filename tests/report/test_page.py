"""The page of an evaluation: alone, bounded, escaped, and with what must be known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storybench.errors import InputError
from storybench.report import strips
from storybench.report.page import page
from storybench.report.strips import MAX_PAGE_BYTES, smallest_enough
from storybench.types import Absent, Evaluation, Examination
from tests.page.outline import Outline
from tests.report.evaluations import FRAME_ACC, World, make_evaluation

HOSTILE = "<script>alert(1)</script>"


def draw(world: World, evaluation: Evaluation, **changes) -> str:
    return page(evaluation, predictions=world.predictions("mine"), stories=world.stories, **changes)


def test_the_page_stands_alone(world: World):
    """Every picture is inside; nothing is loaded; every tag is closed."""
    outline = Outline(draw(world, make_evaluation(world.stories)))
    assert outline.open == []
    assert all(image["src"].startswith("data:image/webp") for image in outline.all("img"))
    assert not outline.all("link")
    assert all("src" not in script for script in outline.all("script"))
    policy = next(
        m["content"] for m in outline.all("meta") if "default-src" in m.get("content", "")
    )
    assert "default-src 'none'" in policy
    assert "style" not in {name for _, attributes in outline.tags for name in attributes}


def test_every_story_shows_source_truth_and_prediction(world: World):
    """A strip has 1 + T real and T generated pictures, and the captions of all frames."""
    drawn = draw(world, make_evaluation(world.stories))
    outline = Outline(drawn)
    n_strips = sum(a.get("class") == "story" for a in outline.all("article"))
    assert n_strips == 12
    assert len(outline.all("img")) == n_strips * (1 + 2 + 2)
    for caption in world.stories.captions(0):
        assert caption in drawn


def test_what_must_be_known_is_said_in_words(world: World):
    """Flags, the doctor's notes and what is absent stand on the page, each with its reason."""
    evaluation = make_evaluation(world.stories, absent=(Absent("clip_t", "No weights there."),))
    drawn = draw(world, evaluation, notes=["Three pictures repeat."])
    assert "not for publishing or ranking" in drawn
    assert "Three pictures repeat." in drawn
    assert "No weights there." in drawn
    assert 'aria-label="95 % interval' in drawn


def test_the_doctor_is_quoted(world: World):
    """Whether the pictures belong to their stories stands on the page, if the report says it."""
    found = make_evaluation(world.stories)
    said = Examination("misaligned", gain=0.11, best=2.5, chance=0.02)
    drawn = draw(world, replace(found, report=replace(found.report, doctor=said)))
    words = "Misaligned: 0.11 nats per slot, 2.50 in another order, 0.02 by chance."
    assert words in drawn
    assert "Do the pictures belong" not in draw(world, found)


def test_nothing_from_outside_is_markup(world: World):
    """A model, note or reason that is HTML is shown as text."""
    found = make_evaluation(world.stories, absent=(Absent("clip_t", HOSTILE),))
    named = replace(found, report=replace(found.report, model={"name": HOSTILE}))
    drawn = draw(world, named, notes=[HOSTILE])
    assert HOSTILE not in drawn
    assert drawn.count("&lt;script&gt;alert(1)") >= 3


def test_without_values_per_story_the_stories_are_spread(world: World):
    """Then there is no worst and no best, and the page says so."""
    found = replace(make_evaluation(world.stories), per_story={})
    drawn = draw(world, found)
    assert "spread evenly" in drawn
    assert FRAME_ACC in drawn
    assert ">Worst<" not in drawn


def test_the_page_is_bounded(world: World, monkeypatch):
    """It is below two megabytes, and below a smaller bound with smaller pictures."""
    evaluation = make_evaluation(world.stories)
    whole = draw(world, evaluation)
    assert len(whole.encode()) < MAX_PAGE_BYTES
    smaller = smallest_enough(
        lambda size: "x" * (1000 * size.side), limit=1000 * strips.LADDER[2].side + 1
    )
    assert len(smaller) == 1000 * strips.LADDER[2].side
    with pytest.raises(InputError, match="smallest pictures"):
        smallest_enough(lambda size: "x" * 100, limit=50)
