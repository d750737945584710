"""`storybench compare` as a user meets it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from storybench.cli import guard
from storybench.cli.compare import compare
from tests.report.evaluations import FID, FRAME_ACC, World, make_evaluation, make_world


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    """Twelve stories, each an episode of its own, and the evaluations of two systems."""
    made = make_world(tmp_path_factory.mktemp("world"), stories_per_cluster=1)
    for name, accuracy in (("mine", np.ones(12)), ("theirs", np.zeros(12))):
        digest = made.predictions(name).digest
        found = make_evaluation(made.stories, name=name, accuracy=accuracy)
        made.write(name, with_digest(found, digest))
    return made


def with_digest(evaluation, digest):
    return replace(evaluation, report=replace(evaluation.report, predictions_digest=digest))


@pytest.fixture
def run():
    """Runs the command."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(guard.guarded(compare))

    def call(*args):
        return CliRunner().invoke(app, [str(arg) for arg in args])

    return call


def test_it_prints_verdicts_and_ties(run, world):
    """One metric is won, one is a tie, the diagnostic is not tested."""
    done = run(world.folder / "mine.report", world.folder / "theirs.report" / "report.json")
    assert done.exit_code == 0, done.output
    assert "mine is better" in done.stdout
    assert "tie" in done.stdout
    assert "stories: 12 better for mine, 0 for theirs, 0 alike" in done.stdout
    assert "no proof of equality" in done.stderr


def test_json_is_one_document(run, world):
    """Rows with differences, p-values and verdicts."""
    done = run(world.folder / "mine.report", world.folder / "theirs.report", "--json")
    document = json.loads(done.stdout)
    rows = {row["metric"]: row for row in document["rows"]}
    assert rows[FRAME_ACC]["verdict"] == "first"
    assert rows[FID]["verdict"] == "tie"
    assert rows[FRAME_ACC]["flips"]["is_exact"] is True
    assert document["schema_version"] == 1


def test_the_page_finds_pictures_and_data_by_itself(run, world, tmp_path):
    """Predictions and shards are where the evaluation found them."""
    page = tmp_path / "out" / "versus.html"
    done = run(world.folder / "mine.report", world.folder / "theirs.report", "--page", page)
    assert done.exit_code == 0, done.output
    assert page.read_text().count('class="story"') > 0


def test_pictures_that_moved_are_named_and_checked(run, world, tmp_path):
    """A folder that is gone is asked for; another system's pictures are not accepted."""
    folder, moved = tmp_path / "copy", tmp_path / "moved"
    shutil.copytree(world.folder, folder)
    shutil.move(folder / "mine", moved)
    sides = (folder / "mine.report", folder / "theirs.report")
    page = tmp_path / "versus.html"
    assert run(*sides, "--page", page).exit_code == 2
    assert run(*sides, "--page", page, "--preds-a", moved).exit_code == 0
    wrong = run(*sides, "--page", page, "--preds-a", folder / "theirs")
    assert wrong.exit_code == 5
    assert "found others" in " ".join(wrong.stderr.split())


def test_what_cannot_be_compared_is_one_sentence(run, world, tmp_path):
    """Another build ends with exit code 2 and says which two."""
    other = make_world(tmp_path / "other", stories_per_cluster=2)
    path = other.write("mine", make_evaluation(other.stories))
    done = run(world.folder / "mine.report", path)
    assert done.exit_code == 2
    assert "cannot be subtracted" in " ".join(done.stderr.split())


def test_named_metrics_are_the_ones_compared(run, world):
    """Fewer tests, a milder adjustment."""
    done = run(
        world.folder / "mine.report",
        world.folder / "theirs.report",
        "--metric",
        FRAME_ACC,
        "--json",
    )
    assert [row["metric"] for row in json.loads(done.stdout)["rows"]] == [FRAME_ACC]
