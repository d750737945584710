"""Faults of what a set is read as or compared with are seen, and what is said of them helps.

Each is planted in what a learned model drew and in copies of the source, where it changes anything.
"""

from __future__ import annotations

import pytest

from storybench.predictions.problem import Problem
from tests.predictions.doctor.data_faults import (
    DATA,
    STRIP,
    another_split,
    caption_strips,
    labels_of_a_tokenizer,
    other_references,
    raw_ids_as_places,
    sorted_as_file_order,
)
from tests.predictions.doctor.draws import whole
from tests.predictions.doctor.planted import COPY, Planted, Said
from tests.predictions.doctor.world import World

BOTH = pytest.mark.parametrize("model", ["learned", COPY])
NEEDS_MORE_STORIES = {"frames of other captions"}


def the(rule: str, said: Said) -> Problem:
    """What is said under a rule, once."""
    return next(one for one in said.problems if one.rule == rule)


@BOTH
@pytest.mark.parametrize(
    "fault", [one for one in DATA if one.name not in NEEDS_MORE_STORIES], ids=lambda one: one.name
)
def test_a_planted_fault_is_seen(world: World, fault: Planted, model: str) -> None:
    """In a hundred stories."""
    assert fault.is_told(whole(world), model)


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("fault", DATA, ids=lambda one: one.name)
def test_every_planted_fault_is_seen(large_world: World, fault: Planted, model: str) -> None:
    """By its kind, number and weight, in both models; nothing is said where nothing tells of it."""
    seen = fault.is_told(whole(large_world), model)
    assert seen == (model not in fault.changes_nothing_for)


@BOTH
def test_a_set_in_order_is_left_alone(world: World, model: str) -> None:
    """With the other splits at hand, and captions that name who is there."""
    draw = whole(world)
    assert draw.told(draw.drawn(model)).kinds <= {"copies of the source"}


@BOTH
def test_raw_ids_are_named(world: World, model: str) -> None:
    """A04: the id that was taken for a place."""
    best = raw_ids_as_places(whole(world), model).alignment.best
    assert "story-id taken for the place" in best.name


@BOTH
def test_the_other_order_is_named(world: World, model: str) -> None:
    """A05: by its name in the release, unless others say the same."""
    found = sorted_as_file_order(whole(world), model).alignment
    assert "'file'" in found.best.name or found.ties


@BOTH
def test_the_split_that_fits_is_named(world: World, model: str) -> None:
    """A26: with the option that scores it."""
    fault = the("A26", another_split(whole(world), model))
    assert "found ones that fit train" in fault.message
    assert fault.fix.endswith("--split train")


@BOTH
def test_it_is_said_whose_labels_a_character_carries(world: World, model: str) -> None:
    """A23: of those that moved; Loopy stands where it stood."""
    fault = the("A23", labels_of_a_tokenizer(whole(world), model))
    assert "Crong carries Eddy's" in fault.message
    assert "Loopy" not in fault.message


@BOTH
def test_the_height_of_a_strip_is_said(world: World, model: str) -> None:
    """A16: of every picture."""
    draw = whole(world)
    strips = [one for one in caption_strips(draw, model).faults if one.rule == "A16"]
    assert len(strips) == draw.drawn(model)[..., 0, 0, 0].size
    assert f"Cut the lowest {STRIP} rows off" in strips[0].fix


@pytest.mark.slow
def test_with_frames_of_other_captions_nothing_can_be_aligned(large_world: World) -> None:
    """A24: the predictions are not accused."""
    assert other_references(whole(large_world), "learned").alignment.outcome == "cannot tell"
