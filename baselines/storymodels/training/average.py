"""The moving average of the weights: steadier than the weights after any one step.

`torch.optim.swa_utils` does the averaging. Of the parameters that move alone a second copy is kept,
each process of its own share of them. The decay rises to its value over the first steps, so that
the weights of the start are soon forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor
from torch.optim.swa_utils import get_ema_multi_avg_fn


class Average:
    """An average for each of the given parameters, starting from their present values."""

    def __init__(self, parameters: Mapping[str, Tensor], decay: float) -> None:
        self.decay = decay
        self._parameters = dict(parameters)
        self.tensors = {name: p.detach().clone() for name, p in parameters.items()}

    def update(self, step: int) -> None:
        """Take in the parameters after a step, counted from 0."""
        move = get_ema_multi_avg_fn(decay_at(step, self.decay))
        with torch.no_grad():
            move(_own(self.tensors), _own(self._parameters), step)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Inside the block the parameters are the averages, and the other way round."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        own, averages = _own(self._parameters), _own(self.tensors)
        with torch.no_grad():
            for parameter, average in zip(own, averages, strict=True):
                before = parameter.clone()
                parameter.copy_(average)
                average.copy_(before)


def decay_at(step: int, decay: float) -> float:
    """The decay of a step, from 0: a tenth at first, more and more, at most `decay`.

    >>> [round(decay_at(step, 0.99), 2) for step in (0, 10, 100, 10_000)]
    [0.1, 0.55, 0.92, 0.99]
    """
    return min(decay, (1 + step) / (10 + step))


def _own(tensors: Mapping[str, Tensor]) -> list[Tensor]:
    """What this process holds of each."""
    return [t.to_local() if isinstance(t, DTensor) else t for t in tensors.values()]
