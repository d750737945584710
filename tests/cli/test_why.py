"""`storybench why` as a user meets it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from storybench.cli import guard
from storybench.cli.why import why
from storybench.report.record import write_report
from storybench.types import Report, Score

BOARD = Path(__file__).parents[2] / "leaderboard"
SETTINGS = {
    "extractor": {"arch": "inception", "dim": 2048},
    "generated": {"native_px": [256]},
    "flags": [],
}


@pytest.fixture
def report(tmp_path) -> Path:
    """A report of sb-v1 on FlintstonesSV."""
    score = Score("fid.clean299.targets.v1", 30.0, 0.5, (29.0, 31.0), 9_236, 17, "lower", SETTINGS)
    found = Report(
        "flintstonessv", "test", "a" * 64, "b" * 64, {"name": "mine"}, "sb-v1", 2_309, (score,), {}
    )
    write_report(found, tmp_path / "report.json")
    return tmp_path / "report.json"


@pytest.fixture
def run():
    """Runs the command."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(guard.guarded(why))

    def call(*args):
        return CliRunner().invoke(app, [str(arg) for arg in args])

    return call


def test_it_says_in_sentences_what_is_different(run, report):
    """Without a row it chooses one, says what it can, and how to choose another."""
    done = run(report, "--board", BOARD)
    assert done.exit_code == 0, done.output
    assert "mine has 30.00 ± 0.50 FID" in done.stdout
    assert "• Pixels: here straight to 299 pixels" in done.stdout
    assert "--rows lists them" in " ".join(done.stderr.split())


def test_rows_can_be_listed_and_named(run, report):
    """A number from the list is explained; one that is not there is refused with those that are."""
    listed = json.loads(run(report, "--rows", "--json", "--board", BOARD).stdout)["rows"]
    fids = [one for one in listed if one["metric"] == "FID"]
    assert len(fids) == 18
    number = next(one["number"] for one in fids if one["value"] == 19.28)
    document = json.loads(run(report, "--row", number, "--json", "--board", BOARD).stdout)
    assert document["schema_version"] == 1
    assert document["gap"] == pytest.approx(10.72)
    assert document["protocol"] == "arldm-2022"
    other = run(report, "--row", 124, "--board", BOARD)
    assert other.exit_code == 2
    assert "found 124, which is a FID on PororoSV test" in " ".join(other.stderr.split())
    wrong = run(report, "--row", 9999, "--board", BOARD)
    assert wrong.exit_code == 2
    assert "found 9999" in " ".join(wrong.stderr.split())


def test_the_row_of_the_example_is_explained_for_the_commonest_report(run, report):
    """A FID of PororoSV's test stories can be set beside the row that `--help` names."""
    number = re.search(r"Example: .* --row (\d+)", why.__doc__ or "")
    assert number is not None
    report.write_text(report.read_text().replace("flintstonessv", "pororosv"))
    done = run(report, "--row", number[1], "--board", BOARD)
    assert done.exit_code == 0, done.output
    assert "StoryDALL-E" in done.stdout


def test_a_board_without_published_numbers_is_missing(run, report, tmp_path):
    """A folder that has none ends with exit code 4 and the option that names another."""
    done = run(report, "--board", tmp_path)
    assert done.exit_code == 4
    assert "--board" in done.stderr


def test_a_kind_that_nobody_published_and_one_that_was_not_scored(run, report):
    """Which kinds there are; which scores the report has."""
    done = run(report, "--kind", "SSIM", "--board", BOARD)
    assert done.exit_code == 2
    known = "CLIP-I, CLIP-T, Char-F1, FID, FSD, Frame-Acc"
    assert f"({known}), found 'SSIM'" in " ".join(done.stderr.split())
    done = run(report, "--kind", "Char-F1", "--board", BOARD)
    assert done.exit_code == 2
    said = " ".join(done.stderr.split())
    assert "published Char-F1, found fid.clean299.targets.v1" in said


def test_a_dataset_without_published_numbers_has_nothing_to_explain(run, report, tmp_path):
    """DiDeMoSV has no published number that could be read."""
    text = report.read_text().replace("flintstonessv", "didemosv")
    other = tmp_path / "other.json"
    other.write_text(text)
    done = run(other, "--board", BOARD)
    assert done.exit_code == 2
    assert "found none" in " ".join(done.stderr.split())
