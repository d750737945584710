"""A torch network as a plain function on arrays: no gradients, and no torch outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


@dataclass(frozen=True, eq=False)
class Runner:
    """Calls a network that is in eval mode."""

    network: nn.Module

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Pixels (n, 3, s, s) to features (n, d), both float32."""
        with torch.inference_mode():
            return self.network(torch.from_numpy(batch)).numpy()
