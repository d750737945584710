"""Do two processes learn what one does?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from storymodels.training import folder
from storymodels.training.log import read_metrics
from tests.training.tiny import Tiny, run

ROOT = Path(__file__).resolve().parents[2]
RECIPE = {"batch": 2, "accumulate": 2, "clip": 0.5, "average": 0.9}


def share(out: Path, sharing: str, n: int = 2, **recipe: Any) -> subprocess.CompletedProcess[str]:
    """Train under torchrun, with gloo on the processor."""
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(n)]
    asked = ["--sharing", sharing, "--dropout", "0", "--recipe", json.dumps(recipe)]
    return subprocess.run(
        [sys.executable, *command, "-m", "tests.training.tiny", str(out), *asked],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.slow
@pytest.mark.parametrize("sharing", ["ddp", "fsdp"])
def test_two_processes_make_the_steps_of_one(tmp_path: Path, sharing: str) -> None:
    """The same losses, norms, weights, moments and averages, in files of one format."""
    done = share(tmp_path / "two", sharing, **RECIPE)
    assert done.returncode == 0, done.stderr[-2000:]
    run(tmp_path / "one", Tiny(dropout=0.0), **RECIPE)
    assert_near(tmp_path / "two", tmp_path / "one")


@pytest.mark.slow
@pytest.mark.parametrize("sharing", ["ddp", "fsdp"])
def test_what_two_began_one_can_end_and_the_other_way_round(tmp_path: Path, sharing: str) -> None:
    """A checkpoint does not know how many made it."""
    run(tmp_path / "one", Tiny(dropout=0.0), **RECIPE)
    for out in (tmp_path / "a", tmp_path / "b"):
        run(out, Tiny(dropout=0.0), keep=9, **RECIPE)
        last = folder.newest(out)
        assert last is not None
        last.rename(out / "gone")
    done = share(tmp_path / "a", sharing, **RECIPE)
    assert done.returncode == 0, done.stderr[-2000:]
    assert_near(tmp_path / "a", tmp_path / "one")
    done = share(tmp_path / "b", sharing, **RECIPE)
    last = folder.newest(tmp_path / "b")
    assert last is not None
    last.rename(tmp_path / "gone-too")
    assert done.returncode == 0, done.stderr[-2000:]
    run(tmp_path / "b", Tiny(dropout=0.0), **RECIPE)
    assert_near(tmp_path / "b", tmp_path / "one")


@pytest.mark.slow
def test_sums_are_for_one_process(tmp_path: Path) -> None:
    """A sentence, no hanging process."""
    done = share(tmp_path / "two", "ddp", gradients="sum")
    assert done.returncode != 0
    assert "Expected one process where gradients are summed" in done.stderr


def assert_near(out: Path, like: Path) -> None:
    """Loss curves and checkpoints agree up to the order of sums."""
    found, wanted = read_metrics(out), read_metrics(like)
    assert [entry["step"] for entry in found] == [entry["step"] for entry in wanted]
    for name in ("loss", "gradient_norm"):
        assert [e[name] for e in found] == pytest.approx([e[name] for e in wanted], abs=1e-5)
    ours, theirs = folder.newest(out), folder.newest(like)
    assert ours is not None
    assert theirs is not None
    files = sorted(path.relative_to(theirs) for path in theirs.rglob("*.safetensors"))
    assert files == sorted(path.relative_to(ours) for path in ours.rglob("*.safetensors"))
    for file in files:
        tensors = safetensors.torch.load_file(ours / file)
        for name, tensor in safetensors.torch.load_file(theirs / file).items():
            torch.testing.assert_close(tensors[name], tensor, rtol=0, atol=2e-5)
