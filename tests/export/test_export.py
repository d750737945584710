"""One function for every format, and the command over it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from storybench.cli.export import export as command
from storybench.cli.guard import guarded
from storybench.errors import InputError
from storybench.export import EXPORTS, export
from storybench.export.material import gather
from storybench.shards.reader import Stories
from tests.export.conftest import BY, ND


@pytest.fixture
def run() -> typer.Typer:
    """The command alone."""
    app = typer.Typer()
    app.command()(guarded(command))
    return app


@pytest.mark.parametrize("to", EXPORTS)
def test_every_format_says_what_it_wrote(toon: Path, tmp_path: Path, to: str) -> None:
    """Counts, bytes, digest and terms; each story is one step of the progress."""
    steps = []
    done = export(toon, tmp_path / "out", to=to, on_progress=lambda *step: steps.append(step))  # pyright: ignore[reportArgumentType]
    assert (done.to, done.dataset, done.digest) == (to, "toon", Stories(toon).digest)
    assert (done.n_stories, done.n_frames) == ({"train": 8, "test": 2}, 50)
    assert done.n_bytes == sum(
        p.stat().st_size for p in (tmp_path / "out").rglob("*") if p.is_file()
    )
    assert steps == [(n, 10, "stories") for n in range(1, 11)]
    assert "## Licences" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.parametrize("to", EXPORTS)
def test_a_folder_with_files_is_left_alone(toon: Path, tmp_path: Path, to: str) -> None:
    """An export never mixes with what is there."""
    (tmp_path / "mine").write_text("x")
    with pytest.raises(InputError, match="a new or empty folder at"):
        export(toon, tmp_path, to=to)  # pyright: ignore[reportArgumentType]
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_mistakes_are_named(toon: Path, tmp_path: Path) -> None:
    """A format, a split or an order that there is not."""
    with pytest.raises(InputError, match="to folder, hf, arldm-h5, found 'zip'"):
        export(toon, tmp_path / "out", to="zip")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="found 'val'"):
        export(toon, tmp_path / "out", to="folder", split="val")
    with pytest.raises(InputError, match="which are file, found 'story-id'"):
        export(toon, tmp_path / "out", to="folder", order="story-id")


def test_nothing_left_is_an_error(licensed: Path) -> None:
    """A part of which every story is barred makes no export."""
    stories = Stories(licensed, "train")
    with pytest.raises(InputError, match=r"none of 1 left in .* all allow derivatives"):
        gather(stories[4:5], no_derivatives="skip")
    with pytest.raises(InputError, match="none of 0 left"):
        gather(stories[:0])


def test_the_command_answers_in_json(licensed: Path, tmp_path: Path, run: typer.Typer) -> None:
    """One document, with everything the function returns."""
    arguments = [str(licensed), str(tmp_path / "out"), "--to", "folder", "--skip-no-derivatives"]
    done = CliRunner().invoke(run, [*arguments, "--json"])
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert (found["n_skipped"], found["n_stories"]) == (1, {"train": 4, "test": 2})
    assert found["licences"] == {BY: 26, "not stated": 4}
    assert found["directory"] == str(tmp_path / "out")
    assert found["schema_version"] == 1


def test_the_command_refuses_and_takes(licensed: Path, tmp_path: Path, run: typer.Typer) -> None:
    """Exit code 2 without a flag or with both, 0 with the one that takes them."""
    arguments = [str(licensed), str(tmp_path / "out"), "--to", "folder"]
    refused = CliRunner().invoke(run, arguments)
    assert refused.exit_code == 2
    assert "--include-no-derivatives" in refused.stderr
    both = ["--skip-no-derivatives", "--include-no-derivatives"]
    assert CliRunner().invoke(run, [*arguments, *both]).exit_code == 2
    taken = CliRunner().invoke(run, [*arguments, "--include-no-derivatives"])
    assert taken.exit_code == 0
    assert "toon as folder in" in taken.stdout
    assert ND in taken.stdout
    assert "4 frames state no licence" in taken.stderr
