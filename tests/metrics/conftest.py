"""Random weights in the format of the published Inception file, made once."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from storybench.metrics.inception_graph import Inception


@pytest.fixture(scope="session")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded state dict whose activations neither die nor explode, saved as a .pth."""
    generator = torch.Generator().manual_seed(0)
    state = Inception().state_dict()
    for name, value in state.items():
        if name.endswith("running_var"):
            value.uniform_(0.5, 1.5, generator=generator)
        elif value.dtype == torch.float32 and value.ndim > 1:
            value.normal_(0, (2 / value[0].numel()) ** 0.5, generator=generator)
        elif value.dtype == torch.float32:
            offset = 1.0 if name.endswith("bn.weight") else 0.0
            value.normal_(offset, 0.1, generator=generator)
    path = tmp_path_factory.mktemp("weights") / "random.pth"
    torch.save(state, path)
    return path
