"""Activations that are computed again in the backward pass instead of being kept until then.

Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost" (arXiv 1604.06174). Of each unit
its inputs alone are kept; random numbers are drawn again as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


def recompute(units: Iterable[nn.Module]) -> None:
    """Have these parts keep their inputs alone; names and results stay as they are."""
    for unit in units:
        unit.forward = _again(unit.forward)


def _again(forward: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        if not torch.is_grad_enabled():
            return forward(*args, **kwargs)
        return checkpoint(forward, *args, use_reentrant=False, **kwargs)

    return run
