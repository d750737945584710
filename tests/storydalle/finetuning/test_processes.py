"""Does a StoryDALL-E learn the same in two processes, or in one that is killed and goes on?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from storymodels.storydalle.checkpoints.saved import read_model
from storymodels.storydalle.tuning import moved
from storymodels.training.log import read_metrics
from tests.conftest import Toy
from tests.storydalle import trainable
from tests.torchrun import torchrun
from tests.training.test_resuming import assert_same, wait_for_step
from tests.training.test_sharing import assert_near

ROOT = Path(__file__).resolve().parents[3]


def start(toy: Toy, base: Path, out: Path, **fields: Any) -> subprocess.Popen[str]:
    """A training of the toy world in a process of its own."""
    asked = [*map(str, (toy.shards, base, out)), "--fields", json.dumps(fields)]
    return subprocess.Popen(
        [sys.executable, "-m", trainable.__name__, *asked],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A model to start from."""
    return trainable.write_base(tmp_path / "base")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As the other processes compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
def test_two_processes_train_and_draw_as_one(
    toy: Toy, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same losses and weights; while the first one draws a sheet, the other waits."""
    fields = {"n_steps": 3, "clip": 0.5, "sample_every": 1}
    asked = (toy.shards, base, tmp_path / "two", "--fields", json.dumps(fields))
    pair = torchrun(trainable.__name__, *asked, timeout=120)
    assert pair.returncode == 0, pair.stderr[-2000:]
    monkeypatch.setenv("STORYBENCH_HOME", str(tmp_path / "another-home"))
    trainable.run(toy.shards, base, tmp_path / "one", **fields)
    assert_near(tmp_path / "two", tmp_path / "one")
    sheets = [sorted(p.name for p in (tmp_path / n / "samples").iterdir()) for n in ("one", "two")]
    assert sheets[0] == sheets[1] == [f"step-{k:08d}.png" for k in (1, 2, 3)]


@pytest.mark.slow
@pytest.mark.parametrize("sharing", ["ddp", "fsdp"])
def test_two_processes_lose_the_same_numbers_of_a_prompt(
    toy: Toy, base: Path, tmp_path: Path, sharing: str
) -> None:
    """Its dropout has one mask for all stories of a part, of which each process has some."""
    fields = {"n_steps": 3, "batch": 2, "accumulate": 2, "clip": 0.5}
    asked = (toy.shards, base, tmp_path / "two", "--fields", json.dumps(fields))
    more = ("--preset", "twin-prompt", "--sharing", sharing)
    pair = torchrun(trainable.__name__, *asked, *more, timeout=120)
    assert pair.returncode == 0, pair.stderr[-2000:]
    trainable.run(toy.shards, base, tmp_path / "one", trainable.preset("twin-prompt"), **fields)
    assert_near(tmp_path / "two", tmp_path / "one")
    assert_only_moved(tmp_path / "two", base)


def assert_only_moved(run: Path, base: Path) -> None:
    """Its checkpoint is a model in which all else is what it was, bit for bit."""
    before = read_model(base).model.state_dict()
    model = read_model(run).model
    listed = moved(model, "prompt")
    parameters = dict(model.named_parameters())
    frozen = parameters.keys() - listed
    assert frozen <= before.keys()
    assert all(torch.equal(parameters[name], before[name]) for name in frozen)
    assert not any(torch.equal(parameters[n], before[n]) for n in before.keys() & listed)


@pytest.mark.slow
def test_a_killed_training_goes_on_as_if_nothing_had_been(
    toy: Toy, base: Path, tmp_path: Path
) -> None:
    """SIGKILL in the middle of an epoch: the same loss curve, weights, moments and averages."""
    fields = {"n_steps": 9, "checkpoint_every": 3, "average": 0.9}
    process = start(toy, base, tmp_path / "killed", pause=0.2, **fields)
    wait_for_step(process, tmp_path / "killed", 5)
    process.kill()
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert 5 <= len(read_metrics(tmp_path / "killed")) < 9, "it was over before it was killed"
    trainable.run(toy.shards, base, tmp_path / "killed", **fields)
    trainable.run(toy.shards, base, tmp_path / "whole", **fields)
    assert [entry["step"] for entry in read_metrics(tmp_path / "killed")] == [*range(1, 10)]
    assert_same(tmp_path / "killed", tmp_path / "whole")
