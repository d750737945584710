"""On what is a training computed?"""

from __future__ import annotations

import pytest
import torch

from storybench.errors import InputError, MissingError
from storymodels.training.machine import Machine, expect_device


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
