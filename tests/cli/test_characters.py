"""`storybench analyse characters` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.analysis.builds import predict, without_discs
from tests.analysis.conftest import judge, shapes
from tests.cli.running import storybench

__all__ = ["judge", "shapes"]


@pytest.fixture(scope="module")
def preds(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Predictions without discs."""
    return predict(tmp_path_factory.mktemp("discless") / "preds", shapes, without_discs)


def test_tables_page_and_numbers(shapes: Path, judge: Path, preds: Path) -> None:
    """Three tables on stdout, hints on stderr, files beside the predictions."""
    args = ("--preds", preds, "--data", shapes, "--classifier", judge, "--force")
    done = storybench("analyse", "characters", *args)
    assert done.returncode == 0, done.stderr
    for word in ("Each character", "never seen, in no training frame", "Disc", "4+", "real F1"):
        assert word in done.stdout
    folder = preds.with_name("preds.characters")
    assert f"Open {folder / 'characters.html'}" in done.stderr.replace("\n", "")
    assert {path.name for path in folder.iterdir()} == {"characters.html", "characters.json"}


def test_json_is_one_document(shapes: Path, judge: Path, preds: Path, tmp_path: Path) -> None:
    """The same as the file, where it was asked for."""
    args = ("--preds", preds, "--data", shapes, "--classifier", judge, "--out", tmp_path / "o")
    done = storybench("analyse", "characters", *args, "--force", "--json")
    document = json.loads(done.stdout)
    written = json.loads((tmp_path / "o" / "characters.json").read_text("utf-8"))
    assert document.pop("page") == str(tmp_path / "o" / "characters.html")
    assert document == written
    assert document["characters"][0]["rarity"] == "never seen"


def test_a_file_is_no_folder_for_the_page(shapes: Path, judge: Path, tmp_path: Path) -> None:
    """Which is said before anything is read: the predictions are not there either."""
    (tmp_path / "o").write_text("mine")
    args = ("--preds", tmp_path / "no", "--data", shapes, "--classifier", judge)
    done = storybench("analyse", "characters", *args, "--out", tmp_path / "o")
    assert done.returncode == 2
    assert "Expected a folder for page and numbers at" in done.stderr


def test_help_and_a_missing_classifier(shapes: Path, preds: Path, tmp_path: Path) -> None:
    """An example; exit code 4 where the file is not there."""
    done = storybench("analyse", "characters", "--help")
    assert "Example: storybench analyse characters" in " ".join(done.stdout.split())
    args = ("--preds", preds, "--data", shapes, "--classifier", tmp_path / "no.safetensors")
    done = storybench("analyse", "characters", *args, "--force")
    assert done.returncode == 4
    assert "storybench classifier fit SHARDS" in done.stderr
