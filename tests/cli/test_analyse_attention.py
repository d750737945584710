"""`storybench analyse attention` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import storybench
from tests.factories import make_shards
from tests.storydalle import small


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six stories in three episodes."""
    return make_shards(tmp_path_factory.mktemp("data") / "shards", stories={"val": 6})


def test_it_is_answered_in_words_pictures_and_json(shards: Path, tmp_path: Path) -> None:
    """Losses, a layer and a verdict on stdout; the folder is named on stderr."""
    path, out = small.save(tmp_path / "model"), tmp_path / "looks"
    command = ("analyse", "attention", "--model", path, "--data", shards, "--device", "cpu")
    done = storybench(*command, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "6 stories of val" in done.stdout
    assert "own source" in done.stdout
    assert "of likeliest codes are others" in done.stdout
    assert "block 3" in done.stdout
    document = json.loads((out / "attention.json").read_text())
    assert document["verdict"] in done.stdout
    assert str(out) in done.stderr
    as_json = storybench(*command, "--out", tmp_path / "again", "--json")
    assert json.loads(as_json.stdout) == {"schema_version": 1, **document}


def test_a_model_without_retro_is_refused(shards: Path, tmp_path: Path) -> None:
    """One sentence and exit code 2."""
    path = small.save_public(tmp_path / "4.pth")
    command = ("analyse", "attention", "--model", path, "--data", shards, "--device", "cpu")
    done = storybench(*command, "--out", tmp_path, "--sentences", f"hash:{small.SENTENCE_WIDTH}")
    assert done.returncode == 2
    assert "there is nothing to look into" in done.stderr
    assert "Traceback" not in done.stderr
