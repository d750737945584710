"""`storybench cache`: what is there, and clearing it only when one means it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from storybench.home import features_dir
from storybench.metrics.features import FeatureCache, extract
from tests.cli.running import storybench
from tests.metrics.fakes import extractor, pictures


@pytest.fixture
def filled(home: Path) -> str:
    """Three pictures of a fake extractor; its name."""
    fake = extractor()
    extract(pictures(3), fake, FeatureCache(features_dir() / fake.key, dim=fake.dim))
    return fake.key


def test_an_empty_cache_is_no_error() -> None:
    """Neither to list nor to clear."""
    assert "No features are cached" in storybench("cache", "ls").stdout
    assert "Nothing is cached" in storybench("cache", "clear").stdout


@pytest.mark.parametrize("command", ["ls", "clear"])
def test_help_shows_an_example(command: str) -> None:
    """As every command's does."""
    done = storybench("cache", command, "--help")
    assert f"Example: storybench cache {command}" in " ".join(done.stdout.split())


def test_ls_shows_extractor_entries_size_and_last_use(filled: str) -> None:
    """For people and for programs."""
    (entry,) = json.loads(storybench("cache", "ls", "--json").stdout)["caches"]
    assert (entry["extractor"], entry["n_entries"]) == (filled, 3)
    assert entry["n_bytes"] > 3 * 8 * 4
    assert entry["last_use"].endswith("UTC")
    shown = storybench("cache", "ls").stdout
    assert filled in shown
    assert entry["last_use"] in shown


@pytest.mark.parametrize(("answer", "stays"), [("n\n", True), ("", True), ("y\n", False)])
def test_clear_asks(filled: str, answer: str, stays: bool) -> None:
    """Only a yes removes anything; silence is no."""
    subprocess.run(
        [sys.executable, "-m", "storybench", "cache", "clear"],
        input=answer,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ,
    )
    assert (features_dir() / filled).exists() == stays


def test_yes_clears_what_is_named(filled: str) -> None:
    """And a name that nothing has is an error, not a shrug."""
    done = storybench("cache", "clear", "inception", "--yes")
    assert done.returncode == 2
    assert filled in done.stderr
    done = storybench("cache", "clear", "fake", "--yes", "--json")
    assert json.loads(done.stdout)["removed"] == [filled]
    assert not (features_dir() / filled).exists()


def test_a_program_must_say_yes(filled: str) -> None:
    """`--json` never waits for an answer."""
    assert storybench("cache", "clear", "--json").returncode == 2
    assert (features_dir() / filled).exists()


def test_results_of_runs_are_listed_and_go_with_everything(filled: str, home: Path) -> None:
    """Not with the features of one extractor, which say nothing of them."""
    from storybench.memo import Memo

    Memo("doctor").keep(Memo("doctor").key(a=1), "fine")
    listed = json.loads(storybench("cache", "ls", "--json").stdout)["results"]
    assert listed["n_entries"] == 1
    assert listed["n_bytes"] > 32
    assert "Results of runs" in storybench("cache", "ls").stdout
    storybench("cache", "clear", "fake", "--yes")
    assert len(list((home / "results").rglob("*.result"))) == 1
    done = storybench("cache", "clear", "--yes")
    assert "Results of runs removed: 1." in done.stdout
    assert not list((home / "results").rglob("*.result"))


def test_compiled_programs_are_listed_and_go_with_everything(filled: str, home: Path) -> None:
    """Nor with the features of one extractor; what torch writes lies some folders deep."""
    program = home / "compiled" / "ab" / "program.py"
    program.parent.mkdir(parents=True)
    program.write_text("pass\n")
    listed = json.loads(storybench("cache", "ls", "--json").stdout)["programs"]
    assert listed == {"n_entries": 1, "n_bytes": 5}
    assert "Files of compiled programs" in storybench("cache", "ls").stdout
    storybench("cache", "clear", "fake", "--yes")
    assert program.exists()
    done = storybench("cache", "clear", "--yes")
    assert "Files of compiled programs removed: 1." in done.stdout
    assert not program.exists()
