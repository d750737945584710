"""`storybench build-pororo`: options by their flags, results on stdout, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from storybench.cli.guard import guarded
from storybench.cli.pororo import build_pororo
from storybench.shards.manifest import read_manifest
from tests.pororosv.releases import write_release

app = typer.Typer()
app.command("build-pororo")(guarded(build_pororo))


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The hand-made release."""
    write_release(tmp_path / "raw")
    return tmp_path / "raw"


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command."""
    done = CliRunner().invoke(app, [*map(str, arguments), "--workers", "1"])
    return done.exit_code, done.stdout, done.stderr


def test_it_builds_and_prints_one_document(raw: Path, tmp_path: Path) -> None:
    """`--json` is the result, and every flag is recorded in the manifest."""
    flags = ("--caption", "last", "--frame-seed", "7", "--recover-lost", "--paper-compatible")
    code, out, _ = run(raw, tmp_path / "out", "--json", *flags)
    assert code == 0
    assert json.loads(out)["n_stories"] == {"train": 4, "val": 2, "test": 2, "lost": 7}
    options = read_manifest(tmp_path / "out").options
    assert options["caption"] == "last"
    assert options["frame_seed"] == 7
    assert options["recover_lost"] is True
    assert options["frame_choice"] == "per-story"


def test_what_is_said_goes_before_the_papers(raw: Path, tmp_path: Path) -> None:
    """`--paper-compatible` stands for options, and each may be given otherwise."""
    code, _, _ = run(raw, tmp_path / "out", "--paper-compatible", "--frame-choice", "per-clip")
    assert code == 0
    assert read_manifest(tmp_path / "out").options["frame_choice"] == "per-clip"


def test_a_missing_split_is_exit_code_four(raw: Path, tmp_path: Path) -> None:
    """With the reason and the way out; the way out has exit code 0 and another name."""
    (raw / "pororo_png" / "train_seen_unseen_ids.npy").unlink()
    code, _, err = run(raw, tmp_path / "out")
    assert code == 4
    assert "cannot be computed again" in " ".join(err.split())
    code, out, _ = run(raw, tmp_path / "out", "--substitute-split", "--json")
    assert (code, json.loads(out)["dataset"]) == (0, "pororosv-substitute")


def test_a_dry_run_writes_nothing(raw: Path, tmp_path: Path) -> None:
    """It says what a build would do."""
    code, out, _ = run(raw, tmp_path / "out", "--dry-run")
    assert code == 0
    assert "pororosv: what a build would do" in out
    assert not (tmp_path / "out").exists()
