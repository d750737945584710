import numpy as np
import pytest
import torch
from torch import nn

from storybench.errors import InputError, MissingError
from storybench.metrics import runner
from storybench.metrics.runner import Runner


class Mean(nn.Module):
    """Means of the channels, and a parameter that knows its format."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x):
        assert x.dtype == self.scale.dtype
        self.tf32 = torch.backends.cudnn.allow_tf32
        self.products = torch.get_float32_matmul_precision()
        return x.mean(dim=(2, 3)) * self.scale


def test_arrays_in_arrays_out():
    """float32 to float32, without gradients, whatever the format inside."""
    batch = np.random.default_rng(0).normal(size=(4, 3, 8, 8)).astype(np.float32)
    exact, short = Runner(Mean(), device="cpu")(batch), Runner(Mean(), "bfloat16", "cpu")(batch)
    assert exact.dtype == short.dtype == np.float32
    np.testing.assert_allclose(exact, batch.mean(axis=(2, 3)), atol=1e-6)
    np.testing.assert_allclose(short, exact, atol=0.02)


def test_the_environment_names_the_device(monkeypatch):
    """STORYBENCH_DEVICE wins over whatever the machine has."""
    monkeypatch.setenv("STORYBENCH_DEVICE", "cpu")
    assert Runner(Mean()).device == "cpu"


@pytest.mark.parametrize(("rank", "device"), [(None, "cuda:0"), ("1", "cuda:1"), ("5", "cuda:1")])
def test_a_process_of_torchrun_takes_its_own_gpu(monkeypatch, rank, device):
    """A GPU is used where there is one; LOCAL_RANK says which."""
    monkeypatch.delenv("STORYBENCH_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    if rank is not None:
        monkeypatch.setenv("LOCAL_RANK", rank)
    assert runner.chosen_device() == device


def test_a_device_that_is_not_there_is_named(monkeypatch):
    """A typing mistake is wrong usage, a GPU that is missing is missing; both say what to do."""
    with pytest.raises(InputError, match=r"cpu, cuda or cuda:1, found 'gpu'"):
        Runner(Mean(), device="gpu")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(MissingError, match=r"Expected the device cuda:3, found 1 x cpu") as error:
        Runner(Mean(), device="cuda:3")
    assert error.value.exit_code == 4


def test_float32_means_float32():
    """The shorter TensorFloat-32 is off while the network runs, and as it was afterwards."""
    before = torch.backends.cudnn.allow_tf32
    network = Mean()
    torch.set_float32_matmul_precision("high")  # as NVIDIA's containers have it
    try:
        Runner(network, device="cpu")(np.zeros((1, 3, 2, 2), np.float32))
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision("highest")
    assert not network.tf32
    assert network.products == "highest"
    assert torch.backends.cudnn.allow_tf32 == before
