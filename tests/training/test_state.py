"""Is what a step changes written whole, and does it come back as it was?"""

from __future__ import annotations

import torch
from torch import nn

from storymodels.training.state import load_moments, moment_shapes, moments


def test_an_optimiser_that_made_no_step_is_written_too() -> None:
    """With zeros, from which a first step is what it would have been."""
    torch.manual_seed(0)
    net = nn.Linear(3, 2)
    parameters = dict(net.named_parameters())
    optimiser = torch.optim.AdamW(parameters.values())
    found = dict(moments(optimiser, parameters))
    assert {name: list(value.shape) for name, value in found.items()} == {
        name: list(shape) for name, shape in moment_shapes(parameters).items()
    }
    assert not any(value.any() for value in found.values())
    ended = []
    for is_restored in (True, False):
        with torch.no_grad():
            for parameter in parameters.values():
                parameter.fill_(0.5)
        fresh = torch.optim.AdamW(parameters.values())
        if is_restored:
            load_moments(fresh, parameters, found)
        optimiser.zero_grad()
        net(torch.ones(4, 3)).square().sum().backward()
        fresh.step()
        ended.append([parameter.detach().clone() for parameter in parameters.values()])
    assert all(map(torch.equal, *ended))
