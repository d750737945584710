"""`storybench metrics card` as a user meets it."""

from __future__ import annotations

import json
import re

import pytest
import typer
from typer.testing import CliRunner

from storybench.cli import guard, metrics
from tests.factories import make_shards


@pytest.fixture
def run():
    """Runs the command."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(guard.guarded(metrics.card))

    def call(*args):
        return CliRunner().invoke(app, [str(arg) for arg in args])

    return call


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Eight test stories of four episodes."""
    folder = tmp_path_factory.mktemp("metrics") / "shards"
    return make_shards(folder, stories={"train": 2, "test": 8}, characters=("A", "B"))


def test_it_prints_and_writes_the_card(run, shards, tmp_path):
    """What the metric sees and is fooled by; the same as Markdown and JSON in the folder."""
    done = run("--data", shards, "--out", tmp_path / "card", "--metric", "fid")
    assert done.exit_code == 0, done.output
    assert re.search(r"^metric +sees +fooled by +unsure of", done.stdout, re.MULTILINE)
    assert re.search(r"^fd .*blur [+−]", done.stdout, re.MULTILINE | re.DOTALL)
    assert "shuffle-order" not in done.stdout
    assert "toy test: 8 stories, 16 frames, 4 episodes" in done.stdout
    text = (tmp_path / "card" / "card.md").read_text("utf-8")
    assert "| fd |" in text
    document = json.loads((tmp_path / "card" / "card.json").read_bytes())
    assert document["schema_version"] == 1
    assert {one["metric"].split(".")[0] for one in document["answers"]} == {"fd"}


def test_json_is_one_document_equal_to_the_file(run, shards, tmp_path):
    """`--json` prints what card.json holds."""
    done = run("--data", shards, "--out", tmp_path / "card", "--metric", "fid", "--json")
    assert json.loads(done.stdout) == json.loads((tmp_path / "card" / "card.json").read_bytes())


def test_a_file_is_no_folder_for_the_card(run, tmp_path):
    """Which is said before anything is read: the data are not there either."""
    (tmp_path / "card").write_text("mine")
    done = run("--data", tmp_path / "none", "--out", tmp_path / "card")
    assert done.exit_code == 2
    assert "Expected a folder for the card at" in " ".join(done.stderr.split())


def test_an_unknown_metric_ends_with_2(run, shards, tmp_path):
    """The message names close matches."""
    done = run("--data", shards, "--out", tmp_path, "--metric", "fidd")
    assert done.exit_code == 2
    assert "Did you mean fid" in " ".join(done.stderr.split())


@pytest.mark.slow
def test_without_data_it_draws_its_own(run, tmp_path):
    """One command: a toy world is drawn, built and scored; a second run builds nothing again."""
    args = ("--out", tmp_path, "--toy-stories", 60, "--metric", "fid", "--metric", "characters")
    done = run(*args, "--workers", 1)
    assert done.exit_code == 0, done.output
    assert "charf1" in done.stdout
    first = (tmp_path / "card.json").read_bytes()
    assert run(*args, "--workers", 1).exit_code == 0
    assert (tmp_path / "card.json").read_bytes() == first
