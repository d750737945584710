"""Do two processes learn what one does?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from storymodels.training import folder
from storymodels.training.log import read_metrics
from tests.torchrun import started, torchrun
from tests.training import full, tiny
from tests.training.tiny import Tiny, run

RECIPE = {"batch": 2, "accumulate": 2, "clip": 0.5, "average": 0.9}


def share(
    out: Path, sharing: str, *more: str, n: int = 2, **recipe: Any
) -> subprocess.CompletedProcess[str]:
    """Train under torchrun."""
    asked = ["--sharing", sharing, "--dropout", "0", "--recipe", json.dumps(recipe)]
    return torchrun(tiny.__name__, out, *asked, *more, n=n)


def endings(out: Path) -> list[str]:
    """How each process ended, beside a run."""
    return [path.read_text() for path in sorted(out.parent.glob("ended-*"))]


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
def test_gradients_are_shared_out_between_the_parts_of_a_step(tmp_path: Path) -> None:
    """Under FSDP two processes hold all gradients once, not each of them all."""
    done = share(tmp_path / "out", "fsdp", "--watched", n_steps=1, batch=2, accumulate=3)
    assert done.returncode == 0, done.stderr[-2000:]
    held = [json.loads((tmp_path / f"held-{rank}").read_text()) for rank in (0, 1)]
    task = Tiny()
    n_moved = sum(p.numel() for name, p in task.module.named_parameters() if name in task.moved)
    assert [sum(of) for of in zip(*held, strict=True)] == [0, n_moved, n_moved]


@pytest.mark.slow
def test_sums_are_for_one_process(tmp_path: Path) -> None:
    """A sentence, no hanging process."""
    done = share(tmp_path / "two", "ddp", gradients="sum")
    assert done.returncode != 0
    assert "Expected one process where gradients are summed" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("began", [3, None], ids=["a run", "nothing"])
def test_disks_that_are_not_shared_are_refused(tmp_path: Path, began: int | None) -> None:
    """By both processes, where the first one finds a run and where it finds none."""
    if began:
        run(tmp_path / "out" / "0", Tiny(dropout=0.0), n_steps=began, **RECIPE)
    done = share(tmp_path / "out", "ddp", "--apart", n_steps=began, **RECIPE)
    assert done.returncode != 0
    finds = "step-00000003" if began else "no checkpoint"
    sentence = (
        "InputError: rank 1: Expected the run folder .*/out/1 on a disk that all machines share, "
        r"found no run\.json and no checkpoint where the first process finds run\.json "
        rf"\w+ and {finds}\."
    )
    ended = endings(tmp_path / "out")
    assert len(ended) == 2
    assert all(re.match(sentence, ending) for ending in ended), ended


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sharing", "written", "named"),
    [
        ("ddp", "checkpoint", r"step-00000003.*\.safetensors"),
        ("fsdp", "checkpoint", r"step-00000003.*\.safetensors"),
        ("ddp", "sheet", r"step-00000002\.png"),
        ("ddp", "log", r"metrics\.jsonl"),
    ],
)
def test_a_full_disk_of_the_first_process_ends_both(
    tmp_path: Path, sharing: str, written: str, named: str
) -> None:
    """With one sentence: the other, which waits for it, is ended before it says anything."""
    done = torchrun(full.__name__, tmp_path / "out", sharing, written)
    assert done.returncode != 0
    said = " ".join(done.stderr.split())
    assert len(re.findall(rf"Expected room on the disk to write \S*{named}, found it", said)) == 1
    assert said.count("error: ") == 1
    assert "gloo" not in said
    assert "SIGKILL" not in said
    assert re.search(r"Root Cause .* rank : 0 .* exitcode : 4 ", said)


@pytest.mark.slow
def test_a_signal_to_one_process_stops_both_alike(tmp_path: Path) -> None:
    """Neither takes the run for finished; the step is saved."""
    done = share(tmp_path / "out", "ddp", "--interrupted", "1", **RECIPE)
    assert done.returncode != 0
    assert endings(tmp_path / "out") == ["KeyboardInterrupt: "] * 2
    last = folder.newest(tmp_path / "out")
    assert last is not None
    assert folder.step_of(last) == len(read_metrics(tmp_path / "out")) < 12


@pytest.mark.slow
def test_no_process_outlives_the_test_that_started_it(tmp_path: Path) -> None:
    """Such as one that waits for the other for ever."""
    sleep = f"import os, time; open(f'{tmp_path}/{{os.getpid()}}', 'w'); time.sleep(1000)"
    with started("timeit", "-n", "1", "-r", "1", sleep):
        deadline = time.monotonic() + 120
        while len(pids := [int(path.name) for path in tmp_path.iterdir()]) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


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
