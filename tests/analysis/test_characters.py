"""The whole analysis on small builds: ceilings reached, characters never drawn, doubts said."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest

from storybench.analysis.characters import CharacterAnalysis, analyse
from storybench.analysis.page import NUMBERS, page, write
from storybench.errors import InputError, PredictionError
from storybench.evaluate import evaluate, prepare_for
from storybench.metrics.classifier.fitting import fit
from storybench.metrics.classifier.settings import SMALL
from storybench.metrics.evidence import Options
from storybench.protocols import catalogue
from storybench.shards.reader import Stories
from tests.analysis.builds import nearly, predict, without_discs, write_windows
from tests.factories import make_shards


def analysed(preds: Path, data: Path, judge: Path, train_split: str = "train") -> CharacterAnalysis:
    subject = prepare_for(catalogue.get("sb-v1"), preds, data, force=True)
    return analyse(subject, judge, train_split=train_split)


@pytest.fixture(scope="module")
def discless(shapes: Path, judge: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Predictions that never show a disc."""
    return predict(tmp_path_factory.mktemp("discless") / "preds", shapes, without_discs)


def test_who_draws_the_truth_reaches_the_ceiling(shapes: Path, judge: Path, tmp_path: Path) -> None:
    """Every number of every table is the number of the real frames, and that is a good one."""
    found = analysed(predict(tmp_path / "p", shapes, nearly), shapes, judge)
    for row in (*found.characters, *found.rarities, *found.crowds):
        assert row.predicted == row.real
    assert found.real.f1.value is not None
    assert found.real.f1.value > 0.8
    assert not any(row.doubt for row in found.characters)


def test_who_never_draws_one_misses_that_one(shapes: Path, judge: Path, discless: Path) -> None:
    """Recall of the disc, which training never showed, is next to nothing; others are found."""
    found = analysed(discless, shapes, judge)
    disc, box, wedge = found.characters
    assert (disc.name, disc.train_frames, disc.rarity) == ("Disc", 0, "never seen")
    assert disc.predicted.recall.value is not None
    assert disc.predicted.recall.value < 0.2 < 0.8 < (disc.real.recall.value or 0)
    for row in (box, wedge):
        assert row.predicted.recall.value is not None
        assert row.predicted.recall.value > 0.6
    never = found.rarities[0]
    assert (never.characters, never.predicted) == (("Disc",), disc.predicted)


def test_the_whole_is_what_eval_reports(shapes: Path, judge: Path, discless: Path) -> None:
    """Same slots, same real frames, same draws of episodes."""
    found = analysed(discless, shapes, judge)
    scores = evaluate(
        discless, shapes, extractor="twin", options=Options(classifier=judge), force=True
    ).report.scores
    by_name = {score.metric.partition(".")[0]: score for score in scores}
    for share, name in ((found.predicted.f1, "charf1"), (found.predicted.exact, "frame_acc")):
        assert share.value == pytest.approx(by_name[name].value)
        assert share.interval == pytest.approx(by_name[name].interval)
        ceiling = by_name[name].settings["ceiling"]["value"]
        assert getattr(found.real, "f1" if name == "charf1" else "exact").value == ceiling


def test_counts_are_those_of_the_build(shapes: Path, judge: Path, discless: Path) -> None:
    """28 training frames in windows of three; scored are the targets, each time they are one."""
    found = analysed(discless, shapes, judge)
    assert (found.train.n_frames, found.train.frames[0]) == (28, 0)
    assert (found.n_stories, found.n_frames, found.n_episodes) == (25, 50, 5)
    labels = [row[1:] for row in Stories(shapes, "test").table()["characters"]]
    sums = np.array([[list(one) for one in row] for row in labels]).sum(axis=(0, 1))
    assert [row.frames for row in found.characters] == sums.tolist()


def test_another_split_can_be_the_training(shapes: Path, judge: Path, discless: Path) -> None:
    """What a model saw is what it is told to have seen."""
    found = analysed(discless, shapes, judge, train_split="test")
    assert found.train.split == "test"
    assert found.characters[0].rarity == "frequent"
    with pytest.raises(InputError, match="Expected one of the splits train, test"):
        analysed(discless, shapes, judge, train_split="dev")


def test_a_classifier_that_never_saw_one_is_not_believed_about_it(
    shapes: Path, discless: Path, tmp_path: Path
) -> None:
    """Fitted on the build's own training episodes, it cannot know discs: marked, and said."""
    fit(shapes, tmp_path / "own.safetensors", settings=dataclasses.replace(SMALL, epochs=12))
    found = analysed(discless, shapes, tmp_path / "own.safetensors")
    assert (found.characters[0].learnt, found.characters[0].doubt) == (0, "never learnt")
    assert found.rarities[0].left_out == ("Disc",)
    assert found.rarities[0].predicted is None
    notes = " ".join(found.notes())
    assert "No word about the model from the scores of Disc: the classifier was fitted on" in notes
    assert "Fit the classifier on data that shows everyone" in notes


def test_the_truth_itself_is_refused(shapes: Path, judge: Path, tmp_path: Path) -> None:
    """As by `storybench eval`: what was copied was not drawn."""
    preds = predict(tmp_path / "p", shapes, lambda image, labels, seed: image)
    with pytest.raises(PredictionError, match="equal to the real frame"):
        analysed(preds, shapes, judge)


def test_data_without_labels_is_refused(judge: Path, tmp_path: Path) -> None:
    """No characters at all, or a frame without labels."""
    data = make_shards(tmp_path / "s", size=(64, 64))
    preds = predict(tmp_path / "p", data, lambda image, labels, seed: image // 2)
    with pytest.raises(InputError, match="Expected frames that are all labelled"):
        analysed(preds, data, judge)
    data = write_windows(tmp_path / "t", {"train": [[(1, 0, 0)] * 3], "test": [[None] * 4] * 3})
    preds = predict(tmp_path / "q", data, lambda image, labels, seed: image // 2)
    with pytest.raises(InputError, match="Expected frames that are all labelled"):
        analysed(preds, data, judge)


def test_page_and_numbers_say_the_same(
    shapes: Path, judge: Path, discless: Path, tmp_path: Path
) -> None:
    """One file that needs no other, with every name and mark in it; JSON with the same numbers."""
    found = analysed(discless, shapes, judge)
    path = write(found, tmp_path / "new" / "out")
    text = path.read_text("utf-8")
    assert text == page(found)
    for name in ("Disc", "Box", "Wedge", "never seen", "shapes", "log scale", "real frames"):
        assert name in text
    assert "http" not in text.replace("http-equiv", "")
    assert text.count('class="dot"') == 1 + 3, "one in the legend"
    assert len(re.findall(r'class="bar-of"', text)) == sum(row.frames > 0 for row in found.crowds)
    numbers = json.loads((tmp_path / "new" / "out" / NUMBERS).read_text("utf-8"))
    assert numbers["schema_version"] == 1
    assert numbers["characters"][0]["predicted"]["f1"]["value"] == (
        found.characters[0].predicted.f1.value
    )
    assert numbers["cuts"] == {"rare": 0.1, "frequent": 0.25}
    assert numbers["notes"] == list(found.notes())


def test_names_of_others_are_escaped(shapes: Path, judge: Path, discless: Path) -> None:
    """A model may call itself anything; the page shows it and runs nothing."""
    found = analysed(discless, shapes, judge)
    text = page(dataclasses.replace(found, model={"name": "<script>alert(1)</script>"}))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
