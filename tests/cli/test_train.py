"""`storybench train`: what it says, what it leaves, how it is stopped and goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storymodels.storydalle.twin import WEIGHTS
from storymodels.training.log import read_metrics
from tests.cli.running import storybench
from tests.conftest import Toy
from tests.storydalle.sentences.conftest import made


@pytest.fixture
def base() -> Path:
    """The toy world's model, named as a user names one."""
    return WEIGHTS


def command(toy: Toy, base: Path, out: Path, *more: str) -> list[str]:
    """A short training."""
    asked = ["--data", toy.shards, "--init", base, "--out", out, "--device", "cpu"]
    named = ["--preset", "twin-full", "--sentences", "hash"] if "--preset" not in more else []
    return ["train", "storydalle", *map(str, asked), *named, *more]


def environment() -> dict[str, str]:
    return {**os.environ, "COLUMNS": "200", "OMP_NUM_THREADS": "1"}


def test_a_model_is_trained(toy: Toy, base: Path, tmp_path: Path) -> None:
    """One JSON document with what was made; on stderr what moves and what memory it takes."""
    out = tmp_path / "run"
    done = storybench(*command(toy, base, out, "--steps", "2", "--json"))
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert made.keys() == {"schema_version", "run", "checkpoint", "steps", "loss", "seconds"}
    assert (made["steps"], made["run"]) == (2, str(out))
    assert Path(made["checkpoint"], "model.safetensors").is_file()
    assert "New in the model: retro, story_encoder." in done.stderr
    assert "tensors move" in done.stderr
    assert "A step needs" in done.stderr
    assert len(read_metrics(out)) == 2


def test_the_next_command_is_one_that_works(base: Path, tmp_path: Path) -> None:
    """Where the vectors of a release lie it says again; without, what is lacking has a name."""
    pororo, out = made(tmp_path, "pororo", "pororosv"), tmp_path / "run"
    toy = Toy(pororo.raw, pororo.shards)
    sentences = ("--preset", "twin-full", "--sentences", str(toy.raw))
    done = storybench(*command(toy, base, out, *sentences, "--steps", "1", "--batch", "1"))
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stderr.splitlines() if "Next: storybench " in line)
    asked = line.partition("Next: storybench ")[2].split()
    assert asked[-2:] == ["--sentences", str(toy.raw)]
    preds = tmp_path / "preds"
    asked[asked.index("--out") + 1] = str(preds)
    lacking = storybench(*asked[:-2], "--limit", "1", "--device", "cpu")
    assert lacking.returncode == 4
    assert "Say where with --sentences." in lacking.stderr
    drawn = storybench(*asked, "--limit", "1", "--device", "cpu")
    assert drawn.returncode == 0, drawn.stderr
    assert any(preds.iterdir())


@pytest.mark.slow
def test_a_second_start_goes_on_and_another_recipe_is_refused(
    toy: Toy, base: Path, tmp_path: Path
) -> None:
    """Ctrl-C ends with 130 and loses no step; what differs is said."""
    out = tmp_path / "run"
    args = command(toy, base, out, "--steps", "12", "--batch", "1", "--accumulate", "1")
    process = subprocess.Popen(
        [sys.executable, "-m", "storybench", *args],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    deadline = time.monotonic() + 300
    while not out.is_dir() or len(read_metrics(out)) < 2:
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert "Stopped by Ctrl-C. What was finished is kept: run the same command again." in errors
    assert "Traceback" not in errors
    n_before = len(read_metrics(out))
    assert n_before < 12, "it was over before it could be stopped"
    done = storybench(*args)
    assert done.returncode == 0, done.stderr
    assert f"Going on after step {n_before} of 12." in done.stderr
    assert [entry["step"] for entry in read_metrics(out)] == list(range(1, 13))
    done = storybench(*args, "--lr", "0.5")
    assert done.returncode == 2
    assert "recipe.rate 0.5 instead of 0.0001" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "code", "sentence"),
    [
        (("--preset", "twin-fool"), 2, "Did you mean twin-full"),
        (("--preset", "mindalle-full"), 2, "Expected a model of the size of mindalle-full"),
        (("--precision", "fp16"), 2, "Expected a GPU for fp16, found none."),
        (("--device", "cuda:1"), 4, "Expected a GPU for --device cuda:1, found none."),
        (("--sentences", "nowhere"), 4, "Expected a sentence encoder"),
    ],
)
def test_bad_input_gets_a_sentence(
    toy: Toy, base: Path, tmp_path: Path, more: tuple[str, ...], code: int, sentence: str
) -> None:
    """And the documented exit code, before anything is written."""
    done = storybench(*command(toy, base, tmp_path / "run", *more))
    assert done.returncode == code, done.stderr
    assert sentence in done.stderr
    assert not (tmp_path / "run" / "checkpoints").exists()


@pytest.mark.parametrize("name", ["storydalle", "twin-base"])
def test_an_unknown_device_is_refused_before_anything_is_read(name: str, tmp_path: Path) -> None:
    """Of the environment too, where one is for all commands; the build is not there either."""
    preset = {"storydalle": "twin-full", "twin-base": "draft"}[name]
    asked = ["--data", str(tmp_path / "no"), "--preset", preset, "--out", str(tmp_path / "run")]
    done = storybench("train", name, *asked, STORYBENCH_DEVICE="gpu")
    assert done.returncode == 2, done.stderr
    assert "Expected --device to be auto, cpu, cuda or cuda:N, found 'gpu'." in done.stderr


def test_help_has_an_example() -> None:
    """Of a command that could be typed."""
    done = storybench("train", "--help")
    assert done.returncode == 0
    assert "Example: storybench train storydalle --data shards/ --preset twin-full" in done.stdout
