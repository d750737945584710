"""`storybench doctor` as a user meets it: a verdict, a page, and commands that repair the set."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from storybench.cli import doctor, guard
from storybench.images import encode_png
from storybench.predictions.layouts import Split, recognise
from storybench.predictions.manifest import Run
from storybench.predictions.store import PredictionWriter
from storybench.types import Prediction
from tests.predictions.doctor.faults import frame_major
from tests.predictions.doctor.world import Frames, World, make_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A small world of its own."""
    return make_world(tmp_path_factory.mktemp("doctor"), stories=200)


@pytest.fixture
def run():
    """Runs the command."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(guard.guarded(doctor.doctor))

    def call(*args):
        return CliRunner().invoke(app, [str(arg) for arg in (*args, "--workers", 1)])

    return call


def write(folder: Path, world: World, frames: Frames) -> Path:
    """Predictions in the canonical layout, without a manifest."""
    for story_id, row in zip(world.stories("test").ids, frames, strict=True):
        (folder / story_id).mkdir(parents=True)
        for k, image in enumerate(row, start=1):
            (folder / story_id / f"{k}.png").write_bytes(encode_png(image))
    return folder


def test_a_good_set_ends_with_0(run, world: World, tmp_path: Path) -> None:
    """And is called aligned."""
    done = run(write(tmp_path / "good", world, world.drawn("good")), "--data", world.shards)
    assert done.exit_code == 0, done.output
    assert "verdict   aligned" in done.stdout
    assert "✗" not in done.stdout


def test_a_misaligned_set_is_refused_explained_and_repaired(
    run, world: World, tmp_path: Path
) -> None:
    """Exit code 2, a page with pictures, and a mapping under which the same files are aligned."""
    preds = write(tmp_path / "fm", world, frame_major(world.drawn("good"), None, None))
    page, mapping = tmp_path / "page.html", tmp_path / "order.csv"
    done = run(preds, "--data", world.shards, "--page", page, "--write-mapping", mapping)
    assert done.exit_code == 2
    assert "A03 misaligned" in done.stdout
    assert f"storybench preds convert {preds} {preds}.fixed" in done.stdout
    html = page.read_text("utf-8")
    assert "frame by frame in batches of 4" in html
    assert 'src="http' not in html
    stories = world.stories("test")
    found = recognise(preds, Split.of(stories), {"mapping": mapping}).predictions()
    fixed = [[found.image(i, k) for k in range(1, 5)] for i in stories.ids]
    done = run(write(tmp_path / "fixed", world, fixed), "--data", world.shards)  # pyright: ignore[reportArgumentType]
    assert done.exit_code == 0, done.output


def test_what_a_layout_asks_can_be_answered(run, world: World, tmp_path: Path) -> None:
    """Each question names an option that the command has."""
    preds = tmp_path / "gan"
    preds.mkdir()
    for at, row in enumerate(world.drawn("good")):
        for k, image in enumerate(row):
            (preds / f"img-{at}-{k}.png").write_bytes(encode_png(image))
    asked = run(preds, "--data", world.shards)
    assert asked.exit_code == 2
    assert "--first-frame" in asked.stderr
    done = run(preds, "--data", world.shards, "--first-frame", "target")
    assert done.exit_code == 0, done.output
    assert "verdict   aligned" in done.stdout


def test_a_mapping_answers_where_names_say_nothing(run, world: World, tmp_path: Path) -> None:
    """`--mapping` is read, as by `preds` and `eval`; it stays as it was."""
    preds, mapping = tmp_path / "named", tmp_path / "mine.csv"
    preds.mkdir()
    lines = ["file,story,frame"]
    for story_id, row in zip(world.stories("test").ids, world.drawn("good"), strict=True):
        for k, image in enumerate(row, start=1):
            name = f"{len(lines)}_output.png"
            (preds / name).write_bytes(encode_png(image))
            lines.append(f"{name},{story_id},{k}")
    mapping.write_text("\n".join(lines))
    done = run(preds, "--data", world.shards, "--mapping", mapping)
    assert done.exit_code == 0, done.output
    assert "verdict   aligned" in done.stdout
    assert mapping.read_text() == "\n".join(lines)


def test_a_mapping_hides_no_other_run(run, world: World, tmp_path: Path) -> None:
    """The data that `predictions.json` names are compared, whatever its pictures are called."""
    stories = world.stories("test")
    made = Run(
        dataset="pororosv", split="test", data_digest="e" * 64, n_targets=4, model={}, seed=0
    )
    lines = ["file,story,frame"]
    with PredictionWriter(tmp_path / "preds", made) as writer:
        for story_id, row in zip(stories.ids, world.drawn("good"), strict=True):
            writer.add(Prediction(story_id, row))
            lines += [f"{story_id}/{k}.png,{story_id},{k}" for k in range(1, 5)]
        writer.finish()
    mapping = tmp_path / "same.csv"
    mapping.write_text("\n".join(lines))
    done = run(tmp_path / "preds", "--data", world.shards, "--mapping", mapping)
    assert done.exit_code == 2
    assert "found a run on eeeeeeeeeeee" in " ".join(done.stdout.split())
    assert "A mapping says which picture is which" in " ".join(done.stdout.split())


def test_a_partial_set_names_what_is_missing(run, world: World, tmp_path: Path) -> None:
    """One document of JSON, and exit code 2."""
    preds = write(tmp_path / "part", world, world.drawn("good"))
    lost = world.stories("test").ids[3]
    shutil.rmtree(preds / lost)
    done = run(preds, "--data", world.shards, "--json")
    assert done.exit_code == 2
    found = json.loads(done.stdout)
    assert found["can_be_scored"] is False
    (missing,) = [one for one in found["problems"] if one["kind"] == "missing story"]
    assert (missing["story"], missing["rule"]) == (lost, "A11")
    assert found["alignment"]["verdict"] == "aligned"
