"""`storybench preds` as a user meets it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from storybench.cli import guard, preds
from storybench.predictions.layouts import LAYOUTS, OPTIONS
from storybench.predictions.store import PredictionSet
from storybench.shards.reader import Stories
from tests.factories import make_shards, noise_frames
from tests.predictions.layouts.world import save

IDS = ("test-000", "test-001", "test-002", "test-003")


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four stories of two targets."""
    return make_shards(tmp_path_factory.mktemp("data") / "shards")


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """AR-LDM's flat pictures of batches of two stories."""
    n = 0
    for start in (0, 2):
        for k in range(2):
            for story in (start, start + 1):
                save(tmp_path / f"flat/{n:04d}.png", noise_frames(IDS[story])[k])
                n += 1
    return tmp_path / "flat"


@pytest.fixture
def run():
    """Runs one of the commands."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(guard.guarded(preds.init))
    app.command()(guard.guarded(preds.convert))
    app.command()(guard.guarded(preds.recognise))
    app.command()(guard.guarded(preds.layouts))

    def call(*args):
        return CliRunner().invoke(app, [str(arg) for arg in args])

    return call


def test_what_is_asked_is_answered_by_its_option(run, shards, flat, tmp_path):
    """The question names the option; with it the pictures are converted, pixel for pixel."""
    asked = run("recognise", flat, "--data", shards)
    assert asked.exit_code == 0
    assert "--batch-size" in asked.stderr
    refused = run("convert", flat, tmp_path / "out", "--data", shards)
    assert refused.exit_code == 2
    assert "--batch-size" in refused.stderr
    assert not (tmp_path / "out").exists()
    done = run(
        *("convert", flat, tmp_path / "out", "--data", shards, "--batch-size", 2, "--model", "mine")
    )
    assert done.exit_code == 0, done.stderr
    assert "because: 8 pictures of 4 stories: 2 each." in done.stdout
    written = PredictionSet(tmp_path / "out")
    assert written.model == {"name": "mine", "converted_from": "arldm-flat"}
    assert written.manifest is not None
    assert written.manifest.data_digest == Stories(shards, "test").digest
    for story in IDS:
        assert (written.load(story).frames == noise_frames(story)).all()


def test_a_dry_run_writes_nothing(run, shards, flat, tmp_path):
    """--dry-run and --json say what would be done, in one document."""
    done = run(
        *("convert", flat, tmp_path / "out", "--data", shards, "--batch-size", 2),
        *("--dry-run", "--json"),
    )
    document = json.loads(done.stdout)
    assert document["layout"] == "L5"
    assert document["is_complete"] is True
    assert document["targets"] == {"found": 8, "expected": 8}
    assert not (tmp_path / "out").exists()


def test_recognise_prints_one_document(run, shards, flat):
    """--json has the questions by option, with what they ask."""
    document = json.loads(run("recognise", flat, "--data", shards, "--json").stdout)
    assert [one["option"] for one in document["questions"]] == ["--batch-size"]
    assert document["can_be_scored"] is False
    assert document["upstream"][0].startswith("xichenpan/ARLDM@")


def test_init_writes_the_tree_to_fill(run, shards, tmp_path):
    """A folder a story and a README; filled, it is read as canonical; a full folder is refused."""
    done = run("init", tmp_path / "mine", "--data", shards)
    assert done.exit_code == 0
    folders = sorted(path.name for path in (tmp_path / "mine").iterdir() if path.is_dir())
    assert folders == list(IDS)
    assert "`test-000/1.png`" in (tmp_path / "mine/README.md").read_text()
    for story in IDS:
        for k, image in enumerate(noise_frames(story), start=1):
            save(tmp_path / f"mine/{story}/{k}.png", image)
    document = json.loads(run("recognise", tmp_path / "mine", "--data", shards, "--json").stdout)
    assert (document["layout"], document["is_complete"]) == ("canonical", True)
    again = run("init", tmp_path / "mine", "--data", shards)
    assert again.exit_code == 2
    assert "a new or empty folder" in " ".join(again.stderr.split())


def test_nothing_recognised_is_an_error(run, shards, tmp_path):
    """A folder of nothing known ends with 2, what was seen, and what to do."""
    save(tmp_path / "odd/picture-a.png", noise_frames("x")[0])
    done = run("recognise", tmp_path / "odd", "--data", shards)
    assert done.exit_code == 2
    assert "1 x picture-a.png" in " ".join(done.stderr.split())


def test_every_question_has_its_option(run):
    """Whatever can be asked can be answered on the command line."""
    for command in ("recognise", "convert"):
        text = run(command, "--help").stdout
        for option in OPTIONS:
            assert f"--{option}"[:14] in text, option


def test_layouts_lists_all_of_them(run):
    """Every layout with its id, what it is known by, and its traps."""
    shown = run("layouts").stdout
    for layout in LAYOUTS:
        assert f"{layout.called}: {layout.producer}\n" in shown
    assert "canonical canonical" not in shown
    assert "L8 gan-pictures: DuCo-StoryGAN" in shown
    document = json.loads(run("layouts", "--json").stdout)
    assert len(document["layouts"]) == len(LAYOUTS)


def test_sizes_and_one_note_of_a_mapping_of_one_file(run, shards, tmp_path):
    """Sizes are told apart from counts, and what is missing is said once."""
    save(tmp_path / "preds/only.png", noise_frames(IDS[0])[0])
    mapping = tmp_path / "map.csv"
    mapping.write_text(f"file,story,frame\nonly.png,{IDS[0]},1\n", "utf-8")
    done = run("recognise", tmp_path / "preds", "--data", shards, "--mapping", mapping)
    assert done.exit_code == 0, done.output
    assert re.search(r"pictures  (\d+) x \1: 1\n", done.stdout)
    assert "map.csv says in 1 line which story and frame a file is." in done.stdout
    assert done.stderr.count("note: ") == 1
