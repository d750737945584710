"""Labels follow the official rule, and the published file is compared, never believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storybench.errors import RawDataError
from storydata.flintstonessv.annotations import Annotation
from storydata.flintstonessv.labels import (
    caption_agreement,
    label,
    label_difference,
    labels_of,
    read_labels,
)
from storydata.flintstonessv.spec import CHARACTERS
from tests.flintstonessv.releases import write_pickle


def clip(clip_id: str, caption: str, *entities: str) -> Annotation:
    """A clip with these entities."""
    return Annotation(clip_id, caption, entities)


CLIPS = {
    one.id: one
    for one in (
        clip("a", "Fred talks to his wife.", "fred", "wilma"),
        clip("b", "Fred and Barney.", "fred", "barney"),
        clip("c", "A man.", "policeman"),
        Annotation("d", "Dino barks.", None),
    )
}


@pytest.mark.parametrize(
    ("entities", "expected"),
    [
        (["fred"], [0, 1, 0, 0, 0, 0, 0]),
        ([" FRED\n", "Fred"], [0, 1, 0, 0, 0, 0, 0]),
        (["Mr Slate"], [0, 0, 0, 0, 0, 0, 1]),
        (["mr. slate", "mr  slate", "slate"], [0] * 7),
        (["bamm bamm", "policeman", ""], [0] * 7),
        ([], [0] * 7),
        (["wilma", "betty", "barney", "dino", "pebbles"], [1, 0, 1, 1, 1, 1, 0]),
    ],
)
def test_the_rule(entities: list[str], expected: list[int]) -> None:
    """Stripped and in lower case the whole name must stand there; "mr slate" literally."""
    assert list(label(entities, CHARACTERS)) == expected


def test_a_clip_that_lists_nobody_and_one_that_lists_nothing() -> None:
    """An empty list is an answer; without a list the caption is asked."""
    assert labels_of(clip("a", "Fred is here."), CHARACTERS) == ((0,) * 7, "annotations")
    labels, source = labels_of(Annotation("a", "Fred, and MR.  SLATE!", None), CHARACTERS)
    assert (labels, source) == ((0, 1, 0, 0, 0, 0, 1), "captions")


def test_captions_against_labels() -> None:
    """Clips that list characters count: Wilma is labelled once and never named."""
    report = caption_agreement(CLIPS, CHARACTERS)
    assert (report.n_clips, report.n_equal) == (3, 2)
    wilma, fred, *_ = report.characters
    assert (wilma.labelled, wilma.named, wilma.recall) == (1, 0, 0)
    assert (fred.labelled, fred.named, fred.precision) == (2, 2, 1)


@pytest.mark.parametrize(
    "saved",
    [
        [0, 1, 0, 0, 0, 0, 0],
        (0, 1, 0, 0, 0, 0, 0),
        np.array([0, 1, 0, 0, 0, 0, 0]),
        np.array([0, 1, 0, 0, 0, 0, 0], np.float32),
        [np.int64(0), np.float64(1), 0, False, 0, 0, 0.0],
    ],
)
def test_published_labels_in_any_type_of_number(tmp_path: Path, saved: Any) -> None:
    """Lists, tuples, arrays, whole or not: what counts is 0 and 1."""
    write_pickle(tmp_path / "labels.pkl", {"a": saved, b"b": saved})
    found = read_labels(tmp_path / "labels.pkl", n_characters=7)
    assert found == {"a": (0, 1, 0, 0, 0, 0, 0), "b": (0, 1, 0, 0, 0, 0, 0)}
    assert {type(one) for one in found["a"]} == {int}


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        ([], "a dictionary of labels in labels.pkl, found list"),
        ({"a": [0] * 6}, "7 labels of 0 or 1 for a in labels.pkl, found \\[0, 0"),
        ({"a": [0] * 6 + [2]}, "7 labels of 0 or 1"),
        ({"a": [0] * 6 + [float("nan")]}, "7 labels of 0 or 1 .* nan"),
        ({"a": np.full(7, np.nan)}, "7 labels of 0 or 1"),
        ({"a": ["0"] * 7}, "7 labels of 0 or 1"),
        ({"a": None}, "7 labels of 0 or 1 for a in labels.pkl, found None"),
        ({3: [0] * 7}, "the id of a clip in labels.pkl, found 3"),
    ],
)
def test_labels_that_are_none_are_refused(tmp_path: Path, saved: Any, message: str) -> None:
    """NaN, another length, another number: named with the clip."""
    write_pickle(tmp_path / "labels.pkl", saved)
    with pytest.raises(RawDataError, match=message):
        read_labels(tmp_path / "labels.pkl", n_characters=7)


def test_a_difference_says_how_many_and_which() -> None:
    """Clips with other labels and clips without; those without a list are not compared."""
    by_rule = {one: label(CLIPS[one].entities or (), CHARACTERS) for one in "abc"}
    assert not label_difference({**by_rule, "x": (0,) * 7}, CLIPS, CHARACTERS)
    published = {"a": (0,) * 7, "b": by_rule["b"]}
    found = label_difference(published, CLIPS, CHARACTERS)
    assert (found.n_compared, found.other, found.lacking) == (2, ("a",), ("c",))
    assert str(found) == (
        "labels.pkl has other labels than the annotations for 1 of 2 clips and none for 1 (first "
        "a). Labels are taken from the annotations."
    )
