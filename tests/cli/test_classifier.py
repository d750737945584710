"""`storybench classifier fit` and `card` as a user meets them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from storybench.cli import quickstart
from storybench.evaluate import evaluate
from storybench.generate import generate
from storybench.metrics.evidence import Options
from tests.cli.running import storybench
from tests.factories import make_shards
from tests.metrics.classifier.casts import write_cast

FAST = ("--arch", "small64", "--epochs", "4")


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shards of shapes."""
    return write_cast(tmp_path_factory.mktemp("cli-cast") / "shards")


@pytest.fixture(scope="module")
def fitted(cast: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier that the command wrote."""
    path = tmp_path_factory.mktemp("cli-fitted") / "c.safetensors"
    done = storybench("classifier", "fit", cast, "--out", path, *FAST)
    assert done.returncode == 0, done.stderr
    assert "learnt from" in done.stdout
    assert "6 episodes" in done.stdout
    assert "Next: storybench classifier card" in done.stderr
    return path


@pytest.mark.parametrize("command", ["fit", "card"])
def test_help_shows_an_example(command: str) -> None:
    """Every command's help says how it is used."""
    text = " ".join(storybench("classifier", command, "--help").stdout.split())
    assert f"Example: storybench classifier {command}" in text


def test_a_finished_fit_is_told_as_json(cast: Path, fitted: Path) -> None:
    """The same command again computes nothing and prints exactly one document."""
    before = fitted.read_bytes()
    done = storybench("classifier", "fit", cast, "--out", fitted, *FAST, "--json")
    document = json.loads(done.stdout)
    assert document["schema_version"] == 1
    assert document["data"]["dataset"] == "cast"
    assert fitted.read_bytes() == before


def test_the_card_is_a_table_a_page_and_a_sheet(cast: Path, fitted: Path, tmp_path: Path) -> None:
    """Splits, characters and a warning on stdout and stderr; the page has no network address."""
    page = tmp_path / "card.html"
    done = storybench("classifier", "card", fitted, "--data", cast, "--page", page)
    assert done.returncode == 0, done.stderr
    for word in ("train", "val", "test", "charf1", "frame_acc", "Wedge", "95 % interval"):
        assert word in done.stdout
    assert "6 of 6 episodes of train were learnt from" in done.stderr
    assert done.stdout.strip().splitlines()[-1] == str(page)
    assert 'src="http' not in page.read_text("utf-8")


def test_the_card_is_json(cast: Path, fitted: Path) -> None:
    """One document with every split, and the hash of the classifier."""
    done = storybench("classifier", "card", fitted, "--data", cast, "--json")
    document = json.loads(done.stdout)
    assert document["schema_version"] == 1
    assert [split["split"] for split in document["splits"]] == ["train", "val", "test"]
    assert 0 <= document["splits"][2]["scores"]["charf1"]["value"] <= 1
    assert len(document["classifier"]["sha256"]) == 64


def test_exit_codes_say_what_is_wrong(cast: Path, tmp_path: Path) -> None:
    """2 for wrong input, 4 for a missing file; each is one sentence."""
    out = tmp_path / "c.safetensors"
    bare = make_shards(tmp_path / "bare")
    cases = (
        (("fit", bare, "--out", out), 2, "labelled with characters"),
        (("fit", cast, "--out", out, "--arch", "vgg"), 2, "small64 or inception299"),
        (("fit", tmp_path / "none", "--out", out), 4, "found no such folder"),
        (("card", tmp_path / "none.safetensors", "--data", cast), 4, "found no file"),
    )
    for args, code, message in cases:
        done = storybench("classifier", *args)
        assert done.returncode == code, done.stderr
        assert message in done.stderr


def test_quickstart_scores_characters_beside_fid(cast: Path, tmp_path: Path) -> None:
    """Its classifier step fits one, whose hash is in the id and whose ceiling stands beside F1."""
    judge = quickstart._fit("cast", cast, tmp_path / "c.safetensors")
    assert judge is not None
    generate("copy-source", cast, tmp_path / "preds")
    options = Options(classifier=judge)
    report = evaluate(tmp_path / "preds", cast, extractor="twin", options=options).report
    scores = {score.metric.split(".")[0]: score for score in report.scores}
    assert {"fd", "charf1", "frame_acc"} <= set(scores)
    sha8 = hashlib.sha256(judge.read_bytes()).hexdigest()[:8]
    assert scores["charf1"].metric == f"charf1.small64.{sha8}.targets.v1"
    assert scores["charf1"].interval is not None
    assert scores["charf1"].settings["ceiling"]["value"] > scores["charf1"].value + 0.2


def test_quickstart_goes_on_without_labels_or_episodes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """DiDeMoSV has no characters; a tiny build has too few episodes, which is said."""
    bare = make_shards(tmp_path / "bare")
    assert quickstart._fit("bare", bare, tmp_path / "c.safetensors") is None
    alone = write_cast(tmp_path / "alone", episodes={"train": 1, "test": 1})
    assert quickstart._fit("alone", alone, tmp_path / "c.safetensors") is None
    assert "character scores are left out" in capsys.readouterr().err
