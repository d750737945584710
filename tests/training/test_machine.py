"""On what is a training computed?"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from storybench.errors import InputError, MissingError
from storymodels.training import machine
from storymodels.training.machine import Machine, expect_device, launched


@pytest.mark.parametrize("rank", [0, 3])
def test_every_process_has_the_gpu_of_its_rank(monkeypatch: pytest.MonkeyPatch, rank: int) -> None:
    """Not all of them the first one; and none where the processor was asked for."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("LOCAL_RANK", str(rank))
    assert Machine().place == Machine("cuda").place == torch.device("cuda", rank)
    assert Machine("cpu").place == torch.device("cpu")


def test_a_gpu_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for by name; else the processor computes."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert Machine().place == torch.device("cpu")
    with pytest.raises(MissingError, match="--device cpu"):
        _ = Machine("cuda").place


def test_more_processes_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """On one machine; on the processor any number may share the work, but not in fp16."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    for n in ("1", "2"):
        monkeypatch.setenv("LOCAL_WORLD_SIZE", n)
        expect_device(Machine(), "fp16")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "3")
    with pytest.raises(MissingError, match=r"a GPU for each of 3 processes, found 2\. Start fewer"):
        expect_device(Machine(), "fp32")
    expect_device(Machine("cpu"), "bf16")
    with pytest.raises(InputError, match="Expected a GPU for fp16, found none"):
        expect_device(Machine("cpu"), "fp16")


def test_scaled_gradients_are_not_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lightning refuses it too, once everything has been read."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    expect_device(Machine("cuda", sharing="fsdp"), "fp16")  # by one process, nothing is shared
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    expect_device(Machine("cuda", sharing="fsdp"), "bf16")
    with pytest.raises(InputError, match=r"with --sharing fsdp, found fp16, .* --precision bf16"):
        expect_device(Machine("cuda", sharing="fsdp"), "fp16")


def test_a_gpu_may_be_asked_for_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """By one process; one that is not there is refused."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert Machine("cuda:1").place == torch.device("cuda", 1)
    expect_device(Machine("cuda:1"), "fp16")
    with pytest.raises(MissingError, match=r"Expected a GPU cuda:2, found 2, counted from cuda:0"):
        expect_device(Machine("cuda:2"), "fp32")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    with pytest.raises(InputError, match=r"where each of 2 processes takes .*, found cuda:1\."):
        expect_device(Machine("cuda:1"), "fp32")


def test_a_gpu_with_a_number_is_the_one_that_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fabric is asked for it, and for no other."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    asked: dict[str, Any] = {}

    def fabric(**given: Any) -> SimpleNamespace:
        asked.update(given)
        return SimpleNamespace(launch=lambda: None)

    monkeypatch.setattr(machine, "Fabric", fabric)
    for name, number in (("cuda:1", 1), ("cuda", 0), ("auto", 0)):
        with launched(Machine(name), "fp32", lambda: []):
            assert (asked["accelerator"], asked["devices"]) == ("cuda", [number])


@pytest.mark.parametrize("name", ["gpu", "mps", "cuda:", "cuda:-1", "cuda:x", "CUDA", "", "cpu:0"])
def test_an_unknown_device_is_refused(name: str) -> None:
    """When it is named, before anything is read."""
    with pytest.raises(InputError, match=rf"auto, cpu, cuda or cuda:N, found '{name}'\. Choose"):
        Machine(name)


def in_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Say what SLURM says to the first of two tasks."""
    job = {"NTASKS": "2", "JOB_NAME": "train", "PROCID": "0", "LOCALID": "0", "NODEID": "0"}
    for name, value in job.items():
        monkeypatch.setenv(f"SLURM_{name}", value)


def test_one_process_is_one_in_a_job_of_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever SLURM was asked for: it is torchrun that starts several."""
    in_a_job(monkeypatch)
    with launched(Machine("cpu"), "fp32", lambda: []) as fabric:
        assert (fabric.world_size, fabric.global_rank) == (1, 0)
        assert fabric.device == torch.device("cpu")


def test_in_a_job_of_a_cluster_too_torchrun_says_who_a_process_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SLURM, to which all that torchrun starts on a machine is one task, does not."""
    in_a_job(monkeypatch)
    told = {"WORLD_SIZE": "4", "LOCAL_WORLD_SIZE": "4", "RANK": "3", "LOCAL_RANK": "3"}
    for name, value in {**told, "GROUP_RANK": "0", "TORCHELASTIC_RUN_ID": "one"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(machine.Fabric, "launch", lambda self: None)  # which waits for the others
    with launched(Machine("cpu"), "fp32", lambda: []) as fabric:
        strategy: Any = fabric.strategy
        found = strategy.cluster_environment
        assert (found.world_size(), found.global_rank(), found.local_rank()) == (4, 3, 3)
