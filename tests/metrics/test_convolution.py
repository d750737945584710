import pytest
import torch
from torch import nn

from storybench.metrics import convolution
from storybench.metrics.convolution import Convolution


def maps(n, *, seed=0):
    """Noise in channels-last memory."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(n, 8, 9, 9, generator=generator)
    return noise.contiguous(memory_format=torch.channels_last)


def layer(**settings):
    """A convolution of 8 channels to 12."""
    torch.manual_seed(1)
    return nn.Conv2d(8, 12, 3, **settings).to(memory_format=torch.channels_last)


@pytest.mark.parametrize("settings", [{}, {"padding": (0, 1)}, {"stride": 2, "padding": 1}])
@pytest.mark.parametrize("after", ["relu", "none"])
def test_one_call_does_what_two_do(settings, after):
    """Torch's own convolution, then its ReLU where one is asked for."""
    conv = layer(**settings)
    with torch.inference_mode():
        expected = conv(maps(2))
        expected = expected.relu() if after == "relu" else expected
        found = Convolution(conv, after=after)(maps(2))
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_the_weights_are_laid_out_once_for_each_size():
    """A second batch of a size finds them ready, and one of another size has its own."""
    fused = Convolution(layer())
    with torch.inference_mode():
        for n in (2, 2, 3, 2):
            torch.testing.assert_close(fused(maps(n, seed=n)), fused.conv(maps(n, seed=n)).relu())
    assert sorted(size[0] for size in fused._laid_out) == [2, 3]


def test_anywhere_else_it_is_the_plain_convolution(monkeypatch):
    """bfloat16, gradients, and a torch without oneDNN."""
    with torch.inference_mode():
        short = Convolution(layer().to(torch.bfloat16))
        assert short(maps(2).to(torch.bfloat16)).dtype == torch.bfloat16
    taught = Convolution(layer())
    taught(maps(2)).sum().backward()
    assert taught.conv.weight.grad is not None
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    with torch.inference_mode():
        assert not convolution.is_onednns(maps(2))
        torch.testing.assert_close(taught(maps(2)), taught.conv(maps(2)).relu())
    assert not short._laid_out
    assert not taught._laid_out
