"""What a model brings to be trained: its module, its data, its loss.

The loop knows nothing else of a model, so the VQGAN, the transformer on single frames and the whole
StoryDALL-E are all trained by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor, nn

LOSS = "loss"
"""Among what a task measures, the number that is minimised."""


class Task(Protocol):
    """A model and what it learns from."""

    @property
    def module(self) -> nn.Module:
        """What is trained; its `state_dict` is what a checkpoint holds."""
        ...

    @property
    def moved(self) -> Collection[str]:
        """Names of the parameters that move; all others stay as they are, bit for bit."""
        ...

    @property
    def n_items(self) -> int:
        """Items of an epoch, such as stories; they are numbered from 0."""
        ...

    def batches(self, epoch: int, items: Sequence[Sequence[int]]) -> Iterable[Any]:
        """A batch for each of the given groups of items, in that order.

        A batch is a tensor, or a dataclass, mapping or sequence with tensors in it. What is random
        in it must be a function of seed, epoch and item.
        """
        ...

    def example(self, n_items: int) -> Any:
        """A batch of so many items of the right shapes and types, of any content."""
        ...

    def losses(self, module: nn.Module, batch: Any) -> Mapping[str, Tensor]:
        """What is measured of a batch: scalars, means over its items, `LOSS` among them.

        `module` is `self.module`.
        """
        ...

    def units(self) -> Sequence[nn.Module]:
        """The repeated parts of the module, each of which is only ever called.

        They are what activation checkpointing computes again and what FSDP gathers one by one.
        """
        ...

    def write_about(self, folder: Path, *, step: int) -> None:
        """Write all that makes a checkpoint a model, but the weights."""
        ...

    def draw(self, path: Path) -> None:
        """Draw a sheet of samples by the module as it is, or nothing if the model has none.

        The first process does so alone, while the others wait: it must need none of them.
        """
        ...


def freeze_others(module: nn.Module, moved: Collection[str]) -> None:
    """Let the parameters of these names have gradients, and no others.

    Raises:
        ValueError: the module has no parameter of such a name.
    """
    parameters = dict(module.named_parameters())
    unknown = set(moved) - parameters.keys()
    if unknown:
        raise ValueError(f"Expected parameters of the module, found {min(unknown)}.")
    for name, parameter in parameters.items():
        parameter.requires_grad_(name in moved)
