"""`storybench submit` as a user meets it."""

from __future__ import annotations

import re
import shlex
import shutil

import pytest

from storybench.files import read_json
from tests.board.conftest import WHO, make_world
from tests.cli.running import storybench


@pytest.fixture
def world(tmp_path):
    """Shards, predictions, and a report in the folder of its protocol."""
    made = make_world(tmp_path)
    folder = tmp_path / "preds.report" / "sb-v1"
    folder.mkdir(parents=True)
    shutil.move(made.report, folder / "report.json")
    return type(made)(made.data, made.predictions, folder / "report.json")


@pytest.fixture
def submit(world, tmp_path):
    """Runs the command with one report, onto a board whose name has a space in it."""

    def run(report, *more):
        who = ("--name", WHO["name"], "--authors", WHO["authors"])
        of = ("--preds", world.predictions, "--data", world.data, "--board", tmp_path / "my board")
        return storybench("submit", "--report", report, *of, *who, *more)

    return run


def test_the_next_step_works_as_typed(submit, world):
    """The board that was named is named again, quoted where a shell needs it."""
    done = submit(world.report)
    assert done.returncode == 0, done.stderr
    (typed,) = re.findall(r"Next: storybench (leaderboard build .*), or commit", done.stderr)
    built = storybench(*shlex.split(typed))
    assert built.returncode == 0, built.stderr
    assert built.stdout.strip().endswith("my board/site/index.html")


@pytest.mark.parametrize("up", [0, 1, 2])
def test_a_folder_stands_for_its_report(submit, world, up):
    """The file, its folder, and the one of all protocols: as `why` and `compare` take them."""
    given = (world.report, *world.report.parents)[up]
    done = submit(given, "--json")
    assert done.returncode == 0, done.stderr


def test_a_folder_without_a_report_is_told(submit, world, tmp_path):
    """In a sentence that names the file which is not there."""
    done = submit(world.predictions)
    assert done.returncode == 4
    assert f"Expected the file {world.predictions / 'report.json'}, found none." in done.stderr
    assert not (tmp_path / "my board").exists()


def test_a_folder_of_several_reports_asks_which(submit, world):
    """Both are named."""
    shutil.copytree(world.report.parent, world.report.parent.with_name("arldm-2022"))
    done = submit(world.report.parent.parent)
    assert done.returncode == 2
    assert "found 2: arldm-2022/report.json, sb-v1/report.json" in done.stderr


def test_a_set_that_was_scored_by_force_is_refused(submit, world, tmp_path):
    """One sentence, no folder."""
    scores = read_json(world.report)["scores"]
    scores[0]["settings"]["flags"] = ["refused_by_doctor"]
    world.write_report(scores=scores)
    done = submit(world.report)
    assert done.returncode == 2
    assert "on predictions that it refused, scored by force" in " ".join(done.stderr.split())
    assert not (tmp_path / "my board").exists()
