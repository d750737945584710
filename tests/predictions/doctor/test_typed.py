"""Advice is what a user can type: folders, the split, and what the layout was told."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from storybench.predictions.doctor.typed import Typed

PREDS = Path("my preds")
MAPPED = "convert PREDS FIXED --data SHARDS ANSWERS --mapping order.csv"


def test_every_answer_is_repeated_as_it_was_given() -> None:
    """In the words of the command line; what was not asked is left out."""
    told = {"batch_size": 8, "run": "guided 3", "first_index": 0, "range": "-1..1", "order": None}
    done = Typed(Path("shards"), answers=told).filled_in(
        "doctor PREDS --data SHARDS ANSWERS", PREDS
    )
    assert shlex.split(done) == [
        *("doctor", "my preds", "--data", "shards", "--batch-size", "8", "--run", "guided 3"),
        *("--first-index", "0", "--range=-1..1"),
    ]


def test_an_answer_gives_way_to_the_one_that_is_advised() -> None:
    """The mapping that was given is not the one that repairs."""
    told = Typed(Path("s"), answers={"mapping": Path("mine.csv"), "layout": "L5"})
    assert told.filled_in(MAPPED, Path("p")) == (
        "convert p p.fixed --data s --layout L5 --mapping order.csv"
    )


@pytest.mark.parametrize(("split", "said"), [("test", ""), ("val", " --split val")])
def test_the_split_is_said_where_it_is_not_the_default(split: str, said: str) -> None:
    """Or the command would read another."""
    done = Typed(Path("s"), split).filled_in(MAPPED, Path("p"))
    assert done == f"convert p p.fixed --data s{said} --mapping order.csv"


@pytest.mark.parametrize(("given", "advised"), [(None, "bgr"), ("rgb", "bgr"), ("bgr", "rgb")])
def test_the_other_order_of_colours_is_advised(given: str | None, advised: str) -> None:
    """Never the one that was just tried."""
    typed = Typed(answers={"channel_order": given})
    assert typed.filled_in("--channel-order CHANNELS", PREDS) == f"--channel-order {advised}"


def test_words_in_a_path_are_no_placeholders() -> None:
    """Each is filled in once."""
    done = Typed(Path("SHARDS of ANSWERS")).filled_in("PREDS --data SHARDS", Path("FIXED"))
    assert done == "FIXED --data 'SHARDS of ANSWERS'"


def test_the_folder_one_stands_in_has_a_neighbour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`.` has no name of its own."""
    here = tmp_path / "mine"
    here.mkdir()
    monkeypatch.chdir(here)
    assert Typed().filled_in("FIXED", Path()) == f"{here}.fixed"
