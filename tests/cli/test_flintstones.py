"""`storybench build-flintstones`: options reach the dataset, results and exit codes are as told."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from storybench.cli import guard
from storybench.cli.flintstones import Frames, Subset, build_flintstones
from storybench.shards.manifest import read_manifest
from storydata.flintstonessv.options import CHOICES
from tests.flintstonessv.releases import SAMPLED, clip_ids, write_release


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A small release: 10 stories of 22 clips."""
    return write_release(tmp_path / "raw")


def run(*arguments: str | Path) -> Result:
    """Run the command as the command line would."""
    app = typer.Typer()
    app.command()(guard.guarded(build_flintstones))
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.mark.parametrize(("choices", "name"), [(Frames, "frames"), (Subset, "subset")])
def test_the_choices_are_those_of_the_dataset(choices: type[Enum], name: str) -> None:
    """The command line knows the values without importing the dataset."""
    assert [one.value for one in choices] == [one for one in CHOICES[name] if one]


def test_a_build_is_told_and_recorded(raw: Path, tmp_path: Path) -> None:
    """Every option is in the manifest; the counts are on stdout."""
    out = tmp_path / "out"
    result = run(
        raw, out, "--subset", "storydalle-1900", "--frame-seed", "3", "--stories-per-shard", "4",
        "--clips-per-shard", "10", "--workers", "1",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "train 5 · val 2 · test 3" in result.stdout
    assert read_manifest(out).options == {
        "frames": "sampled",
        "subset": "storydalle-1900",
        "frame_seed": 3,
        "stories_per_shard": 4,
        "clips_per_shard": 10,
    }


def test_paper_compatible_is_the_subset_of_the_paper(raw: Path, tmp_path: Path) -> None:
    """One switch for every quirk that moved a number; a quirk that is named goes before it."""
    asked = ("--paper-compatible", "--workers", "1")
    assert run(raw, tmp_path / "paper", *asked).exit_code == 0
    assert read_manifest(tmp_path / "paper").options["subset"] == "storydalle-1900"
    assert run(raw, tmp_path / "vlc", *asked, "--subset", "vlcstorygan").exit_code == 0
    assert read_manifest(tmp_path / "vlc").options["subset"] == "vlcstorygan"


def test_a_dry_run_writes_nothing(raw: Path, tmp_path: Path) -> None:
    """One JSON document says what a build would do."""
    result = run(raw, tmp_path / "out", "--dry-run", "--json", "--workers", "1")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["n_stories"] == {"train": 5, "val": 2, "test": 3}
    assert document["found"]["arrays"] == 22
    assert not (tmp_path / "out").exists()


def test_too_many_losses_are_exit_code_three(raw: Path, tmp_path: Path) -> None:
    """The shards stand all the same, and the losses are on the page."""
    (raw / SAMPLED / f"{clip_ids(1, 9)[4]}.npy").unlink()
    result = run(raw, tmp_path / "out", "--workers", "1")
    assert result.exit_code == 3
    assert "story: array missing 5" in result.stdout
    assert "5 of 10" in result.stderr
    assert run(raw, tmp_path / "out", "--max-drops", "0.5", "--workers", "1").exit_code == 0


def test_nothing_there_is_exit_code_four(tmp_path: Path) -> None:
    """The sentence says what was looked for."""
    result = run(tmp_path, tmp_path / "out")
    assert result.exit_code == 4
    assert "flintstones_annotations_v1-0.json" in result.stderr
