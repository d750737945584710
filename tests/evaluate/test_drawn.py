"""Whether frame 0 of a set was given or drawn is told by its pictures, not by its files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from storybench.evaluate import Subject, evaluate_prepared, load_behind, prepare
from storybench.evaluate.drawn import shows_given
from storybench.flags import SENTENCES
from storybench.images import centre_square, encode_jpeg, encode_png, resize
from storybench.metrics.evidence import Options
from storybench.protocols import catalogue
from storybench.shards.reader import Stories
from storybench.types import Image
from tests.evaluate.toons import write_build, write_predictions
from tests.factories import picture

Save = Callable[[Image], tuple[str, bytes]]
"""A name and the bytes of frame 0, made from the source of its story."""

SAVED: dict[str, Save] = {
    "as it is": lambda source: ("0.png", encode_png(source)),
    "as JPEG": lambda source: ("0.jpg", encode_jpeg(source, quality=50)),
    "enlarged": lambda source: ("0.png", encode_png(resize(source, height=128, width=128))),
}


def with_first(folder: Path, save: Save, *, drawn: int = 0) -> Subject:
    """A set that has a frame 0: the source, saved again, but for `drawn` stories."""
    shards = write_build(folder / "shards")
    stories = Stories(shards, "test")
    preds = write_predictions(folder / "preds", shards)
    (preds / "predictions.json").unlink()
    for index, story_id in enumerate(stories.ids):
        source = centre_square(stories.image(index, 0))
        image = picture((64, 64), seed=10_000 + index) if index < drawn else source
        name, data = save(image)
        (preds / story_id / name).write_bytes(data)
    return prepare(preds, shards, force=True)


@pytest.mark.parametrize("save", SAVED.values(), ids=SAVED)
def test_the_source_saved_again_is_given(tmp_path: Path, save: Save) -> None:
    """It is no picture of the model, and the score says so."""
    subject = with_first(tmp_path, save)
    rules = dataclasses.replace(catalogue.get("duco-2021"), datasets=())
    (score, *_) = evaluate_prepared(
        subject, rules, load_behind(rules, "twin"), options=Options()
    ).report.scores
    assert score.settings["source_frame_from"] == "given"
    assert "source_given" in score.settings["flags"]


@pytest.mark.parametrize(("drawn", "is_given"), [(0, True), (2, False), (19, False)])
def test_nearly_all_stories_have_to_show_it(tmp_path: Path, drawn: int, is_given: bool) -> None:
    """Two of nineteen that are drawn are too many."""
    subject = with_first(tmp_path, SAVED["as it is"], drawn=drawn)
    assert shows_given(subject) is is_given


def test_the_sentence_holds_where_the_real_side_is_another_frame() -> None:
    """Of a protocol that draws real frames at random the source need not be on both sides."""
    assert "both sides" not in SENTENCES["source_given"]
