"""Is the memory that is said before a training what the training takes?"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from storybench.errors import InputError
from storymodels.training import memory
from storymodels.training.average import Average
from storymodels.training.memory import Estimate, Watch, estimate, expect_room
from storymodels.training.recipe import Recipe
from storymodels.training.recompute import recompute
from storymodels.training.task import freeze_others
from tests.training.tiny import Net, Tiny, run

N, WIDTH = 64, 512
STATUS = Path("/proc/self/status")


def frozen(task: Tiny) -> Tiny:
    """As the loop makes it."""
    freeze_others(task.module, task.moved)
    return task


def test_weights_gradients_and_moments_are_counted() -> None:
    """Four bytes a number; only what moves has gradients, moments and an average."""
    task = frozen(Tiny())
    counts = {name: p.numel() for name, p in task.module.named_parameters()}
    n_moved = sum(counts[name] for name in task.moved)
    found = estimate(task, Recipe(average=0.9), part_size=1)
    assert found.weights == 4 * sum(counts.values())
    assert (found.gradients, found.moments, found.average) == (
        4 * n_moved,
        8 * n_moved,
        4 * n_moved,
    )
    shared = estimate(task, Recipe(), part_size=1, sharing="fsdp", world=2)
    assert (shared.weights, shared.average) == (found.weights // 2, 0)


def test_whole_copies_of_several_processes_need_buckets() -> None:
    """As many bytes as gradients have; one process, or one with a share, needs none."""
    task = frozen(Tiny())
    copies = estimate(task, Recipe(), part_size=1, sharing="ddp", world=2)
    assert copies.buckets == copies.gradients > 0
    assert estimate(task, Recipe(), part_size=1, sharing="fsdp", world=2).buckets == 0
    assert estimate(task, Recipe(), part_size=1).buckets == 0


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_what_the_optimiser_takes_is_counted(device: str) -> None:
    """To the byte, as watched: one tensor at a time on the processor, all at once on a GPU."""
    task = frozen(Tiny(width=64))
    moved = [p for p in task.module.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(moved, weight_decay=0.1, foreach=device == "cuda")
    gradients = [torch.ones_like(parameter) for parameter in moved]
    for parameter, gradient in zip(moved, gradients, strict=True):
        parameter.grad = gradient
    optimiser.step()  # which makes the moments
    moments = [tensor for state in optimiser.state.values() for tensor in state.values()]
    with Watch([*moved, *gradients, *moments]) as watch:
        optimiser.step()
    found = estimate(task, Recipe(), part_size=1, device=torch.device(device)).optimiser
    assert found <= watch.peak <= found + 1000, "counts of steps, and the like"


def test_what_comes_and_goes_never_meets() -> None:
    """The most of it counts; what is held does in full."""
    one = Estimate(weights=1, gradients=2, buckets=4, moments=8, average=16, beside=32)
    assert one.total == 63
    for name in ("activations", "optimiser", "reading"):
        three = {"activations": 100, "optimiser": 100, "reading": 100, name: 200}
        assert replace(one, **three).total == 263
        assert f"{name} 0.0 MB" in str(replace(one, **three))


@pytest.mark.parametrize("clip", [None, 0.5])
def test_a_whole_step_stays_below_what_was_said(clip: float | None) -> None:
    """Forward, backward, clipping, AdamW and the average, as watched on the processor."""
    task, recipe = frozen(Tiny(width=WIDTH)), Recipe(average=0.9)
    moved = {n: p for n, p in task.module.named_parameters() if p.requires_grad}
    batch = task.example(N)
    said = estimate(task, recipe, part_size=N)
    with Watch([*task.module.parameters(), batch.seen, batch.said]) as watch:
        average = Average(moved, 0.9)
        optimiser = torch.optim.AdamW(moved.values())
        for step in range(3):
            task.losses(task.module, batch)["loss"].backward()
            if clip is not None:
                nn.utils.clip_grad_norm_(moved.values(), clip)
            optimiser.step()
            optimiser.zero_grad()
            average.update(step)
    counts = 4 * len(moved)  # of steps, which the optimiser keeps of each tensor
    assert 0.9 * (said.total - said.weights) < watch.peak <= said.total - said.weights + counts


def test_activations_are_those_of_a_real_step() -> None:
    """Watched with data, a forward and a backward pass hold as much at a time."""
    task = frozen(Tiny(width=WIDTH))
    batch = task.example(N)
    for parameter in task.module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    known = [*task.module.parameters(), *(p.grad for p in task.module.parameters()), batch.seen]
    with Watch([*known, batch.said]) as real:  # type: ignore[list-item]
        task.losses(task.module, batch)["loss"].backward()
    found = estimate(task, Recipe(), part_size=N).activations
    assert found == pytest.approx(real.peak, rel=0.05)
    assert found >= 4 * N * WIDTH * 4, "features, body, tanh and dropout are all kept"


def test_more_items_need_more_and_short_numbers_less() -> None:
    """Activations grow with the batch; bf16 takes about half, recomputing less."""
    task = frozen(Tiny(width=WIDTH))
    once = estimate(task, Recipe(), part_size=4 * N).activations
    assert estimate(task, Recipe(), part_size=8 * N).activations > 1.6 * once
    assert estimate(task, Recipe(precision="bf16"), part_size=4 * N).activations < once
    recompute(task.units())
    assert estimate(task, Recipe(), part_size=4 * N).activations < once


def test_an_estimate_changes_nothing() -> None:
    """No weight, no gradient, no random number."""
    task = frozen(Tiny())
    before = {name: p.clone() for name, p in task.module.named_parameters()}
    torch.manual_seed(0)
    estimate(task, Recipe(), part_size=2)
    after = torch.rand(1)
    torch.manual_seed(0)
    assert torch.equal(after, torch.rand(1))
    for name, parameter in task.module.named_parameters():
        assert torch.equal(parameter, before[name])
        assert parameter.grad is None


def test_what_cannot_fit_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first step, and its folder is free for a smaller batch."""
    with monkeypatch.context() as patch:
        patch.setattr(memory, "free", lambda device: 1000)
        sentence = r"Expected [\d.]+ MB of free memory .* found 0\.0 MB\."
        with pytest.raises(InputError, match=sentence):
            run(tmp_path / "out", batch=4)
    assert not (tmp_path / "out").exists()
    run(tmp_path / "out", batch=1, n_steps=1)


def test_processes_of_one_machine_need_room_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of two needs its own; weights and what is beside are on the processor already."""
    needed = Estimate(weights=10**9, gradients=10**8, beside=10**9)
    monkeypatch.setattr(memory, "free", lambda device: 150_000_000)
    expect_room(needed, torch.device("cpu"))
    with pytest.raises(InputError, match=re.escape("Expected 200.0 MB of free memory")):
        expect_room(needed, torch.device("cpu"), n_local=2)
    monkeypatch.setattr(memory, "free", lambda device: None)
    expect_room(needed, torch.device("cpu"), n_local=100)


def test_what_is_beside_is_on_a_gpu_already(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights go there only now."""
    needed = Estimate(weights=10**8, beside=10**9)
    monkeypatch.setattr(memory, "free", lambda device: 0)
    with pytest.raises(InputError, match=re.escape("Expected 100.0 MB of free memory")):
        expect_room(needed, torch.device("cuda"))


def test_it_is_said_in_words() -> None:
    """What is nothing is left out."""
    found = Estimate(weights=5_600_000_000, gradients=2_000_000, activations=1)
    assert str(found) == ("5.6 GB of memory: weights 5.6 GB, gradients 2.0 MB, activations 0.0 MB")


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="peak memory is read as Linux tells it")
def test_a_process_grows_by_what_was_said() -> None:
    """Measured from outside, as the system counts: within a third, some 0.3 GB of activations."""
    said, grown = map(int, _in_a_process().split())
    assert said > 3e8
    assert 0.75 * said < grown < 1.34 * said


def _in_a_process() -> str:
    code = "from tests.training.test_memory import measure; measure()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def measure() -> None:
    """Print what is said of a step, and by how much a step makes this process grow."""
    task = frozen(Tiny(width=2048, dropout=0.0))
    needed = estimate(task, Recipe(), part_size=8192)
    batch = task.example(8192)
    Net(0.0)(batch.seen[:2]).sum().backward()
    optimiser = torch.optim.AdamW(p for p in task.module.parameters() if p.requires_grad)
    before = _peak()
    for _ in range(2):
        nn.functional.cross_entropy(task.module(batch.seen), batch.said).backward()
        optimiser.step()
    sys.stdout.write(f"{needed.total - needed.weights} {_peak() - before}\n")


def _peak() -> int:
    """Most bytes that this program held; `ru_maxrss` also remembers the program that started it."""
    return 1024 * int(re.findall(r"VmHWM:\s+(\d+) kB", STATUS.read_text())[0])
