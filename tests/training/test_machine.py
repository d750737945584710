"""On what is a training computed?"""

from __future__ import annotations

import pytest
import torch

from storybench.errors import MissingError
from storymodels.training.machine import Machine


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
