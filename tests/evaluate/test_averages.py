"""The averages of F1 that papers print, from pictures to the report of their protocol."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import numpy as np
import pytest

from storybench.evaluate import Subject, evaluate_prepared, load_behind, prepare
from storybench.evaluate.plan import plan
from storybench.images import centre_square
from storybench.metrics.classifier import loading
from storybench.metrics.classifier.classifier import Classifier
from storybench.metrics.confusion import AVERAGES
from storybench.metrics.evidence import Options
from storybench.metrics.extractor import Extractor
from storybench.metrics.pixels import CLEAN64
from storybench.protocols import catalogue
from storybench.protocols.protocol import Protocol
from storybench.report.markdown import markdown
from storybench.types import Report
from tests.evaluate.toons import write_predictions
from tests.factories import make_shards
from tests.metrics.logits import FILE

CAST = ("Wilma", "Fred", "Betty", "Barney")

sklearn_metrics: Any = pytest.importorskip("sklearn.metrics")


def logits(batch: np.ndarray) -> np.ndarray:
    """Pixels (n, 3, s, s) to logits (n, 4): how bright its quarters are beside the whole."""
    half = batch.shape[-1] // 2
    quarters = [batch[:, :, y : y + half, x : x + half] for y in (0, half) for x in (0, half)]
    means = np.stack([quarter.mean(axis=(1, 2, 3)) for quarter in quarters], axis=1)
    return (means - batch.mean(axis=(1, 2, 3))[:, None]).astype(np.float32)


JUDGE = Extractor(
    arch="quarters",
    layer="logits",
    weights_sha256="ef" * 32,
    dim=len(CAST),
    pixels=CLEAN64,
    network=logits,
)


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """Sixteen stories of eight episodes with a character in every frame, and painted pictures."""
    folder = tmp_path_factory.mktemp("cast")
    shards = make_shards(
        folder / "shards", stories={"test": 16}, n_targets=4, size=(64, 64), characters=CAST
    )
    return prepare(write_predictions(folder / "preds", shards), shards, force=True)


@pytest.fixture
def report(cast: Subject, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Scores the pictures under a paper's protocol, whatever its datasets."""
    monkeypatch.setattr(loading, "load", lambda path: Classifier(JUDGE, CAST, "storybench"))

    def scored(rules: Protocol) -> Report:
        options = Options(classifier=FILE)
        return evaluate_prepared(cast, rules, load_behind(rules, "twin"), options=options).report

    return scored


def by_hand(cast: Subject, rules: Protocol) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions (n, c) of the scored slots, picture by picture."""
    slots = plan(cast.stories, rules)
    pictures = [
        centre_square(cast.stories.image(index, 0))
        if k == 0
        else cast.predictions.image(cast.stories.ids[index], k)
        for index, k in slots.slots
    ]
    labels = [cast.stories[index].frames[k].characters for index, k in slots.slots]
    return np.array(labels, int), JUDGE(pictures) > 0


PRINTING = [rules.name for rules in catalogue.PROTOCOLS if rules.averaging]


@pytest.mark.parametrize("name", PRINTING)
def test_a_report_has_every_average_that_the_papers_code_prints(report, cast, name):
    """Each as scikit-learn gives it on the same pictures, with an interval, in the table too."""
    rules = dataclasses.replace(catalogue.get(name), datasets=(), cuts=())
    found = report(rules)
    labels, said = by_hand(cast, rules)
    by_family = {score.metric.split(".")[0]: score for score in found.scores}
    for average in {"micro", *rules.averaging}:
        score = by_family[AVERAGES[average]]
        own, how = (average, {}) if average != "weighted-pair" else ("weighted", {"labels": [0, 1]})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = sklearn_metrics.f1_score(labels, said, average=own, zero_division=0, **how)
        assert score.value == pytest.approx(expected)
        assert score.interval is not None
        assert score.interval[0] <= score.value <= score.interval[1]
        assert score.settings["averaging"] == list(rules.averaging)
        assert f"`{score.metric}`" in markdown(found)
    rows = by_family["charf1"].settings["averages"]
    expected = sklearn_metrics.classification_report(
        labels, said, output_dict=True, zero_division=0
    )
    for average, row in rows.items():
        of = expected[f"{average} avg"]
        assert row["precision"]["value"] == pytest.approx(of["precision"])
        assert row["recall"]["value"] == pytest.approx(of["recall"])
        assert row["f1"]["value"] == pytest.approx(of["f1-score"])


def test_two_characters_are_counted_by_make_a_story_alone(report):
    """No other protocol has that number."""
    for name in PRINTING:
        rules = dataclasses.replace(catalogue.get(name), datasets=(), cuts=())
        families = {score.metric.split(".")[0] for score in report(rules).scores}
        assert ("charf1_weighted_pair" in families) == (name == "make-a-story-2023")
