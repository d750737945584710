"""`storybench build` as a newcomer meets it: a template, sentences, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from storybench.cli.app import make_app
from tests.own.comics import write_comic


def build(*args: str | Path) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(make_app(), ["build", *map(str, args)])


@pytest.fixture
def comic(tmp_path: Path) -> Path:
    """Three episodes of five pages."""
    return write_comic(tmp_path / "comic")


def test_a_template_goes_to_stdout_and_is_all_of_it() -> None:
    """`storybench build --template video > recipe.toml` needs no other argument."""
    done = build("--template", "video")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("# A recipe for videos")
    assert 'kind = "video"' in done.stdout
    assert done.stderr == ""


def test_a_build_prints_its_counts_as_the_dry_run_said(comic: Path, tmp_path: Path) -> None:
    """The dry run writes nothing; both print one JSON document when asked."""
    dry = build(comic, tmp_path / "out", "--dry-run", "--json")
    assert not (tmp_path / "out").exists()
    done = build(comic / "recipe.toml", tmp_path / "out", "--workers", "1", "--json")
    assert (dry.exit_code, done.exit_code) == (0, 0), done.stderr
    planned, built = json.loads(dry.stdout), json.loads(done.stdout)
    assert planned["n_stories"] == built["n_stories"] == {"train": 6, "test": 3}


def test_mistakes_and_losses_have_their_exit_codes(comic: Path, tmp_path: Path) -> None:
    """2 for the recipe, 3 for losses beyond the limit, 4 for what is not there."""
    missing = build(tmp_path / "nothing", tmp_path / "out")
    assert (missing.exit_code, "--template frames" in missing.stderr) == (4, True)
    (comic / "pages/ep1/1.png").write_bytes(b"broken")
    lossy = build(comic, tmp_path / "out", "--workers", "1")
    assert lossy.exit_code == 3
    assert "found 11.1% (1 of 9)" in lossy.stderr
    recipe = comic / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("length", "lenght"))
    wrong = build(comic, tmp_path / "out")
    assert (wrong.exit_code, "Did you mean length?" in wrong.stderr) == (2, True)
    assert "Traceback" not in missing.stderr + lossy.stderr + wrong.stderr
