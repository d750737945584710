"""What an earlier run found is recalled for the very same files, and for nothing else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from storybench import registry
from storybench.evaluate import Known, Subject, evaluate_prepared, examined, load_behind, prepare
from storybench.evaluate.described import facts
from storybench.images import encode_png
from storybench.metrics.evidence import Options
from storybench.metrics.extractor import Extractor
from storybench.predictions.doctor.diagnosis import Diagnosis
from storybench.protocols import catalogue
from storybench.report.record import document
from tests.evaluate.toons import write_build, write_predictions
from tests.factories import picture

RULES = catalogue.get("sb-v1")


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small build."""
    return write_build(tmp_path_factory.mktemp("known") / "shards")


@pytest.fixture
def preds(shards: Path, tmp_path: Path) -> Path:
    """Painted pictures for it."""
    return write_predictions(tmp_path / "preds", shards)


def subject_of(preds: Path, shards: Path, *, remember: bool = True) -> Subject:
    """Prepared as `storybench eval` does."""
    return prepare(preds, shards, force=True, remember=remember)


@pytest.fixture
def network() -> Extractor:
    """The twin's."""
    return load_behind(RULES, "twin")


def known_of(subject: Subject, network: Extractor, **changes: object) -> Known:
    """What is known of a subject under the usual options."""
    options = changes.pop("options", Options())
    return Known(subject, RULES, facts(network), options=options, **changes)  # type: ignore[arg-type]


def test_an_evaluation_comes_back_whole(preds: Path, shards: Path, network: Extractor) -> None:
    """Report, stories, clusters, values of stories and replicates, to the last bit."""
    subject = subject_of(preds, shards)
    assert known_of(subject, network).recall() is None
    found = evaluate_prepared(subject, RULES, network, options=Options())
    known_of(subject, network).keep(found)
    again = known_of(subject_of(preds, shards), network).recall()
    assert again is not None
    assert document(again.report) == document(found.report)
    assert (again.stories, again.clusters) == (found.stories, found.clusters)
    for name in ("per_story", "replicates"):
        kept, made = getattr(again, name), getattr(found, name)
        assert kept.keys() == made.keys()
        for metric, values in made.items():
            np.testing.assert_array_equal(kept[metric], values)


def test_anything_else_is_not_known(
    preds: Path, shards: Path, network: Extractor, tmp_path: Path, home: Path
) -> None:
    """Another picture, metric, network, weights file, or answer."""
    subject = subject_of(preds, shards)
    found = evaluate_prepared(subject, RULES, network, options=Options())
    known_of(subject, network).keep(found)
    assert known_of(subject, network, metrics=["copying"]).recall() is None
    other = dataclasses.replace(network, weights_sha256="0" * 64)
    assert known_of(subject, other).recall() is None
    answered = dataclasses.replace(subject, answers={"order": "test"})
    assert known_of(answered, network).recall() is None
    (tmp_path / "judge.pt").write_bytes(b"weights")
    assert known_of(subject, network, options=Options(tmp_path / "judge.pt")).recall() is None
    (preds / subject.stories.ids[0] / "1.png").write_bytes(encode_png(picture((64, 64), seed=1)))
    (preds / "predictions.json").unlink()
    assert known_of(subject_of(preds, shards), network).recall() is None


def test_weights_that_turn_up_make_it_unknown(
    preds: Path, shards: Path, network: Extractor, home: Path
) -> None:
    """A metric that was absent for want of them may be there now."""
    subject = subject_of(preds, shards)
    found = evaluate_prepared(subject, RULES, network, options=Options())
    known_of(subject, network).keep(found)
    assert known_of(subject, network).recall() is not None
    (home / "weights").mkdir()
    (home / "weights" / "clip.pt").write_bytes(b"weights")
    assert known_of(subject, network).recall() is None


def test_nothing_is_kept_of_others_metrics_or_unasked(
    preds: Path, shards: Path, network: Extractor, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """Their code may change without our knowing; and who did not ask gets what is computed."""
    subject = subject_of(preds, shards, remember=False)
    found = evaluate_prepared(subject, RULES, network, options=Options())
    known_of(subject, network).keep(found)
    assert not (home / "results").exists()
    monkeypatch.setattr(registry, "is_ours", lambda kind, name: False)
    asked = subject_of(preds, shards)
    known_of(asked, network).keep(found)
    assert not (home / "results" / "evaluations").exists()


def test_the_doctor_is_not_asked_twice(
    preds: Path, shards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same files; what it said stands."""
    first = subject_of(preds, shards).diagnosis

    def refuse(*_: object, **__: object) -> Diagnosis:
        raise AssertionError("asked again")

    monkeypatch.setattr(examined, "examine", refuse)
    again = subject_of(preds, shards).diagnosis
    assert again == first
    (preds / "stray.txt").write_text("new")
    with pytest.raises(AssertionError, match="asked again"):
        subject_of(preds, shards)
