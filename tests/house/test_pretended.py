"""Does the GPU that is not there refuse what a GPU refuses?"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

pytestmark = pytest.mark.usefixtures("pretended_gpu")


def network() -> nn.Module:
    """Two layers, one with numbers that are no parameters."""
    return nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))


def test_what_is_made_or_moved_there_is_there() -> None:
    """And what is computed from it; what is moved back is not."""
    x = torch.ones(3, 4, device="cuda")
    made = (x + 1, x[0], x.new_zeros(2), torch.tensor([1.0], device=x.device), x.clone())
    assert {part.device for part in (x, *made)} == {torch.device("cuda", 0)}
    assert {part.device.type for part in (x.cpu(), x.to("cpu"), torch.ones(3))} == {"cpu"}
    assert (x.sum().item(), x[0].tolist()) == (12.0, [1.0] * 4)


def test_a_network_learns_there_what_it_learns_here() -> None:
    """The same numbers after three steps."""
    ended = []
    for device in ("cpu", "cuda"):
        torch.manual_seed(0)
        net, seen = network().to(device), torch.randn(8, 4).to(device)
        optimiser = torch.optim.AdamW(net.parameters())
        for _ in range(3):
            optimiser.zero_grad()
            net(seen).square().mean().backward()
            optimiser.step()
        assert {tensor.device.type for tensor in net.state_dict().values()} == {device}
        ended.append({name: tensor.cpu() for name, tensor in net.state_dict().items()})
    torch.testing.assert_close(*ended)


@pytest.mark.parametrize(
    "mixed",
    [
        lambda there, here: there + here,
        lambda there, here: here @ there.T,
        lambda there, here: torch.cat([there, here]),
        lambda there, here: torch.where(here > 0, there, 0.0),
        lambda there, here: network().to("cuda")(here),
        lambda there, here: network()(there),
        lambda there, here: here[there[0].long()],
    ],
)
def test_both_places_in_one_operation_are_refused(mixed: Callable[..., Tensor]) -> None:
    """As torch does it."""
    with pytest.raises(RuntimeError, match=r"on cuda:0, found \(.*\) on cpu"):
        mixed(torch.ones(3, 4, device="cuda"), torch.ones(3, 4))


def test_torch_takes_numbers_and_indices_of_the_processor() -> None:
    """So they are not refused."""
    x = torch.ones(3, 4, device="cuda")
    assert (x * torch.tensor(2.0))[torch.tensor([0, 2])].sum().item() == 16.0


@pytest.mark.parametrize(
    "use",
    [
        Tensor.numpy,
        np.asarray,
        pickle.dumps,
        lambda x: torch.save(x, Path("x.pt")),
    ],
)
def test_arrays_and_files_of_it_are_refused(
    use: Callable[[Tensor], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever wants one moves it first."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises((TypeError, RuntimeError)):
        use(torch.ones(2, device="cuda"))
