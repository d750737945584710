"""`storybench eval` as a user meets it."""

from __future__ import annotations

import dataclasses
import json
import shutil

import pytest
import typer
from typer.testing import CliRunner

from storybench.cli import guard, scoring
from storybench.metrics import device
from storybench.predictions.doctor import examine
from storybench.predictions.manifest import Run, make_manifest, read_manifest, write_manifest
from storybench.predictions.names import MANIFEST
from storybench.protocols import catalogue
from storybench.report.folder import FILES, read
from storybench.shards.reader import Stories
from tests.evaluate.toons import write_build, write_predictions


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Predictions and shards."""
    folder = tmp_path_factory.mktemp("eval")
    shards = write_build(folder / "shards")
    return write_predictions(folder / "preds", shards), shards


@pytest.fixture
def run(places):
    """Runs the command on them, through the twin, whatever the doctor says of painted noise."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(guard.guarded(scoring.evaluate))

    def call(*args):
        preds, shards = places
        given = ("--preds", preds, "--data", shards, "--extractor", "twin", "--force", *args)
        return CliRunner().invoke(app, [str(arg) for arg in given])

    return call


def said(text):
    """On one line."""
    return " ".join(text.split())


def test_a_run_leaves_a_whole_folder(run, places, tmp_path):
    """Report, stories, replicates, tables and page; it reads back."""
    done = run("--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(FILES)
    found = read(tmp_path / "out")
    assert len(found.stories) == 19
    assert "{fd,fd_inf,kd}.twin." in done.stdout
    assert "charf1 is absent" in done.stderr


def test_the_folder_lies_beside_the_predictions_unless_said(run, places):
    """PREDS.report/<protocol>/, outside the folder of pictures."""
    assert run().exit_code == 0
    assert (places[0].with_name("preds.report") / "sb-v1" / "report.json").is_file()


@pytest.mark.parametrize("protocol", ["sb-v1", "all"])
def test_a_file_is_no_folder_for_the_report(run, tmp_path, protocol):
    """Which is said before the predictions are looked at."""
    (tmp_path / "out").write_text("mine")
    done = run("--out", tmp_path / "out", "--protocol", protocol)
    assert done.exit_code == 2
    said = " ".join(done.stderr.split())
    assert said.startswith("error: Expected a folder for the report at")
    assert said.endswith("found a file. Name another folder.")


def test_no_protocol_takes_the_place_of_another(run, places, monkeypatch):
    """Each has its own folder, the time machine too: what was there stays, byte for byte."""
    goal = dataclasses.replace(catalogue.get("arldm-2022"), datasets=())
    monkeypatch.setattr(catalogue, "PROTOCOLS", (catalogue.get("sb-v1"), goal))
    home = places[0].with_name("preds.report")
    shutil.rmtree(home, ignore_errors=True)
    assert run("--metrics", "consistency").exit_code == 0
    before = {name: (home / "sb-v1" / name).read_bytes() for name in FILES}
    for name in ("arldm-2022", "all"):
        done = run("--protocol", name)
        assert done.exit_code == 0, done.output
        assert str(home / name) in done.stderr.replace("\n", "")
    assert {name: (home / "sb-v1" / name).read_bytes() for name in FILES} == before
    assert sorted(path.name for path in home.iterdir()) == ["all", "arldm-2022", "sb-v1"]
    assert read(home / "arldm-2022").report.protocol == "arldm-2022"
    assert read(home / "all" / "arldm-2022").report.protocol == "arldm-2022"
    assert (home / "all" / "waterfall.html").is_file()


def test_the_report_has_what_the_doctor_said(run, places, tmp_path):
    """Verdict, gain, chance, score, and how many problems of each kind, known or found out anew."""
    for name, more in (("fresh", ["--fresh"]), ("again", []), ("recalled", [])):
        assert run("--out", tmp_path / name, *more).exit_code == 0
    preds, shards = places
    stories = Stories(shards, "test")
    said = examine(
        preds,
        story_ids=stories.ids,
        n_targets=4,
        data_digest=stories.digest,
        truth=stories,
        others=stories.other_splits(),
    )
    assert said.alignment is not None
    for name in ("fresh", "again", "recalled"):
        found = read(tmp_path / name).report.doctor
        assert found is not None
        assert found.verdict == said.alignment.outcome
        assert found.gain == pytest.approx(said.alignment.claimed.gain, nan_ok=True)
        assert sum(found.faults.values()) == len(said.faults) > 0
        assert sum(found.notes.values()) == len(said.notes)
    page = (tmp_path / "again" / "index.html").read_text("utf-8")
    assert "Do the pictures belong to their stories? " in page


def test_it_says_what_keeps_a_set_from_the_board(run, places, tmp_path):
    """No manifest, or one without the model's name; of a set that has both, nothing."""
    assert "not submitted" not in run("--out", tmp_path / "out").stderr
    bare = shutil.copytree(places[0], tmp_path / "bare")
    (bare / MANIFEST).unlink()
    unnamed = shutil.copytree(places[0], tmp_path / "unnamed")
    _rename_model(unnamed, {"name": "unknown", "converted_from": "gan-pictures"})
    for folder, lacks in (
        (bare, "has no predictions.json, so the names in it are all that says which story"),
        (unnamed, "has a predictions.json that does not name the model. Such a set can be scored"),
    ):
        done = run("--preds", folder, "--out", tmp_path / "out")
        assert done.exit_code == 0, done.output
        said = " ".join(done.stderr.split())
        assert f"{folder} {lacks}" in said
        assert said.count("not submitted; `storybench preds convert --model NAME`") == 1


def test_it_says_what_it_recognised_and_what_the_doctor_noticed(run, tmp_path):
    """Layout, why, how complete, and the notes; on stderr, beside the scores."""
    done = run("--out", tmp_path / "out")
    assert "Recognised storybench's own layout (canonical)" in done.stderr
    assert "because: There is a predictions.json." in done.stderr
    assert "complete: 19 of 19 stories, 76 of 76 targets" in done.stderr
    assert "note: " in done.stderr
    assert "Do the pictures belong to their stories? " in done.stderr
    notes = json.loads(run("--out", tmp_path / "out", "--json").stdout)["notes"]
    assert notes
    assert all(note in done.stderr.replace("\n", " ") for note in notes[:1])


def test_metrics_beside_the_protocols_are_computed_and_repeated(run, tmp_path):
    """Those named run, are recorded, and run again with --like; others are offered."""
    done = run("--out", tmp_path / "out", "--metrics", "consistency", "--metrics", "coverage")
    assert done.exit_code == 0, done.output
    assert "Consistency with the source" in done.stdout
    report = tmp_path / "out" / "report.json"
    scores = json.loads(report.read_text("utf-8"))["scores"]
    assert scores[0]["settings"]["metrics"] == [
        *catalogue.get("sb-v1").metrics,
        "consistency",
        "coverage",
    ]
    again = run("--out", tmp_path / "again", "--like", report)
    assert "nothing differs" in again.stdout
    plain = run("--out", tmp_path / "plain")
    assert "--metrics all" in plain.stderr


def test_an_unknown_metric_is_told_before_anything_is_read(run):
    """With close matches."""
    done = run("--metrics", "consistancy")
    assert done.exit_code == 2
    assert "Did you mean consistency?" in done.stderr
    assert "Recognised" not in done.stderr


def test_json_is_one_document_with_what_is_absent(run, tmp_path):
    """Scores, and metrics that could not be computed with their reason."""
    done = run("--out", tmp_path / "out", "--json")
    document = json.loads(done.stdout)
    assert document["protocol"] == "sb-v1"
    assert {one["metric"] for one in document["absent"]} >= {"charf1"}
    assert all(one["reason"] for one in document["absent"])


def test_the_device_is_an_option_that_wins_over_the_environment(run, tmp_path, monkeypatch):
    """One that is none is said before anything is scored."""
    monkeypatch.setenv(device.VARIABLE, "cpu")
    done = run("--out", tmp_path / "out", "--fresh", "--device", "abacus")
    assert done.exit_code == 2
    assert "Expected a device such as cpu, cuda or cuda:1, found 'abacus'." in done.stderr
    monkeypatch.setenv(device.VARIABLE, "abacus")
    assert run("--out", tmp_path / "out", "--fresh", "--device", "cpu").exit_code == 0


def test_controls_stand_beside_the_scores(run, tmp_path):
    """Rows for what generates nothing."""
    done = run("--out", tmp_path / "out", "--controls")
    assert done.exit_code == 0, done.output
    for name in ("other-frame", "copy-source", "shuffled-truth", "blank"):
        assert f"{name}: " in done.stderr
    assert "shuffled-" in done.stdout


def test_a_run_like_another_says_that_nothing_differs(run, tmp_path):
    """Split, protocol and extractor are those of the report."""
    assert run("--out", tmp_path / "first").exit_code == 0
    done = run("--out", tmp_path / "again", "--like", tmp_path / "first" / "report.json")
    assert done.exit_code == 0, done.output
    assert "nothing differs" in done.stdout


def test_a_repeat_heeds_what_is_asked_for_and_repeats_the_rest(run, tmp_path, monkeypatch):
    """A protocol that is named scores, and the difference is told; none named, the report's."""
    goal = dataclasses.replace(catalogue.get("arldm-2022"), datasets=())
    monkeypatch.setattr(catalogue, "PROTOCOLS", (catalogue.get("sb-v1"), goal))
    first, again = tmp_path / "first", tmp_path / "again"
    assert run("--out", first, "--protocol", "arldm-2022").exit_code == 0
    like = ("--like", first / "report.json")
    repeated = run("--out", again, *like)
    assert repeated.exit_code == 0, repeated.output
    assert "nothing differs" in repeated.stdout
    assert read(again).report.protocol == "arldm-2022"
    asked = run("--out", again, *like, "--protocol", "sb-v1")
    assert asked.exit_code == 0, asked.output
    assert "nothing differs" not in asked.stdout
    assert read(again).report.protocol == "sb-v1"


def test_every_protocol_is_scored_with_a_chart(run, tmp_path, monkeypatch):
    """One folder a protocol, and one page of waterfalls."""
    goal = dataclasses.replace(catalogue.get("arldm-2022"), datasets=())
    protocols = (catalogue.get("sb-v1"), goal)
    monkeypatch.setattr(catalogue, "PROTOCOLS", protocols)
    done = run("--out", tmp_path / "out", "--protocol", "all")
    assert done.exit_code == 0, done.output
    assert "From sb-v1 to arldm-2022" in done.stdout
    assert "pixels story64" in done.stdout
    assert "random_reference (arldm-2022): The real frame of each slot" in said(done.stderr)
    page = (tmp_path / "out" / "waterfall.html").read_text("utf-8")
    assert "<code>random_reference</code> (arldm-2022): The real frame of each slot" in page
    assert len(read(tmp_path / "out" / "arldm-2022").stories) == 19


def test_options_of_one_protocol_are_refused_with_all(run, tmp_path):
    """Said before anything is scored."""
    done = run("--protocol", "all", "--controls")
    assert done.exit_code == 2
    assert "--controls with one protocol" in done.stderr


def test_a_protocol_for_other_datasets_names_those_that_fit(run):
    """DuCo's is for PororoSV."""
    done = run("--protocol", "duco-2021")
    assert done.exit_code == 2
    assert "found toon" in done.stderr
    assert "sb-v1" in done.stderr


def test_a_repeat_is_recalled_and_fresh_computes_it(run, tmp_path, monkeypatch):
    """The same bytes either way; a repeat neither runs the doctor nor reads the network."""
    from storybench.evaluate import examined, network
    from storybench.evaluate import scoring as scored

    assert "Known from an earlier run" not in run("--out", tmp_path / "a").stderr
    with monkeypatch.context() as patch:
        patch.setattr(examined, "examine", _unwanted)
        patch.setattr(scored, "gather", _unwanted)
        patch.setattr(network, "load_behind", _unwanted)
        done = run("--out", tmp_path / "b")
    assert done.exit_code == 0, done.output
    assert "Known from an earlier run of these very files; --fresh computes" in done.stderr
    fresh = run("--out", tmp_path / "c", "--fresh")
    assert "Known from an earlier run" not in fresh.stderr
    for name in FILES:
        first = (tmp_path / "a" / name).read_bytes()
        assert (tmp_path / "b" / name).read_bytes() == first, name
        assert (tmp_path / "c" / name).read_bytes() == first, name


def test_like_computes_what_it_compares(run, tmp_path, monkeypatch):
    """A repeat that is recalled would prove nothing."""
    from storybench.evaluate import scoring as scored

    assert run("--out", tmp_path / "a").exit_code == 0
    monkeypatch.setattr(scored, "gather", _unwanted)
    done = run("--out", tmp_path / "b", "--like", tmp_path / "a")
    assert isinstance(done.exception, AssertionError) or done.exit_code == 1


def _rename_model(folder, model):
    """Write the manifest again for a run of another model."""
    old = read_manifest(folder)
    named = Run(**{**old.model_dump(include=set(Run.model_fields)), "model": model})
    write_manifest(folder, make_manifest(named, size=old.size, frames=old.frames))


def _unwanted(*_, **__):
    raise AssertionError("computed again")
