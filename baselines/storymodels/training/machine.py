"""Device, precision, and how many processes share the work: decided once, by Lightning Fabric.

One process by itself; several under `torchrun`, each with its own copy of the module (DDP) or each
with a share of every weight, gradient and moment (FSDP, torch's `fully_shard`).
"""

from __future__ import annotations

import dataclasses
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from lightning_fabric.strategies.model_parallel import ModelParallelStrategy
from lightning_fabric.strategies.strategy import Strategy
from torch import Tensor, nn
from torch.distributed.distributed_c10d import _abort_process_group
from torch.distributed.fsdp import fully_shard

from storybench.errors import InputError, MissingError
from storymodels.training.recipe import Precision

Device: TypeAlias = str
"""`auto` (a GPU if there is one), `cpu`, `cuda`, or one GPU of several: `cuda:0`, `cuda:1`, …"""

Sharing = Literal["ddp", "fsdp"]

_PRECISIONS: Mapping[Precision, Any] = {
    "fp32": "32-true",
    "bf16": "bf16-mixed",
    "fp16": "16-mixed",
}


@dataclass(frozen=True, slots=True)
class Machine:
    """What a training is computed on; nothing of it changes what is learned, up to rounding.

    But for the dropout of a learned prompt, which has one mask for all stories of a batch: there
    several processes learn what one does if their number divides `Recipe.batch`.

    `recomputes` trades a third more computing for most of the memory of the activations.

    Raises:
        InputError: no device has that name.
    """

    device: Device = "auto"
    sharing: Sharing = "ddp"
    recomputes: bool = False

    def __post_init__(self) -> None:
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", self.device, flags=re.ASCII):
            raise InputError(
                f"Expected --device to be auto, cpu, cuda or cuda:N, found {self.device!r}. "
                "Choose one of these, or leave it out."
            )

    @property
    def place(self) -> torch.device:
        """The device of this process; known before processes join.

        Raises:
            MissingError: there is no such device.
        """
        if _kind(self.device) == "cpu":
            return torch.device("cpu")
        named = _number(self.device)
        rank = int(os.environ.get("LOCAL_RANK", "0"))
        return torch.device("cuda", rank if named is None else named)


def expect_device(machine: Machine, precision: Precision) -> None:
    """See, before anything is read, that each process has a device that computes so.

    Raises:
        MissingError: there is no such device, or not enough of them.
        InputError: the device can't compute in this precision, or several processes were given one,
            or cannot share what they compute in it.
    """
    kind, (world, local) = _kind(machine.device), n_processes()
    if kind == "cpu" and precision == "fp16":
        raise InputError("Expected a GPU for fp16, found none. Choose --precision bf16 or fp32.")
    if machine.sharing == "fsdp" and world > 1 and precision == "fp16":
        raise InputError(
            "Expected bf16 or fp32 with --sharing fsdp, found fp16, whose scaled gradients cannot "
            "be shared out. Choose --precision bf16, or --sharing ddp."
        )
    named = _number(machine.device)
    if named is not None and world > 1:
        raise InputError(
            f"Expected --device cuda under torchrun, where each of {world} processes takes a GPU "
            f"of its own, found {machine.device}. Say which there are with CUDA_VISIBLE_DEVICES."
        )
    if named is not None and named >= torch.cuda.device_count():
        raise MissingError(
            f"Expected a GPU {machine.device}, found {torch.cuda.device_count()}, counted from "
            "cuda:0. Choose one of them."
        )
    if kind == "cuda" and local > torch.cuda.device_count():
        raise MissingError(
            f"Expected a GPU for each of {local} processes, found {torch.cuda.device_count()}. "
            "Start fewer with torchrun --nproc-per-node."
        )


@contextmanager
def launched(
    machine: Machine, precision: Precision, units: Callable[[], Iterable[nn.Module]]
) -> Iterator[Fabric]:
    """Join the other processes, if there are any; leave them when the block ends.

    A process that fails does not wait for the others, who may be waiting for it on their GPUs.

    Args:
        machine: what to compute on.
        precision: of the forward and backward pass.
        units: gives the parts that FSDP gathers one by one.

    Raises:
        MissingError: there is no such device, or not enough of them.
        InputError: as `expect_device` raises it.
    """
    expect_device(machine, precision)
    place, (world, local) = machine.place, n_processes()
    is_one_gpu = world == 1 and place.index is not None
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    fabric = Fabric(
        accelerator=place.type,
        devices=[place.index] if is_one_gpu else local,
        num_nodes=world // local,
        strategy=_strategy(machine.sharing, world, units),
        precision=_PRECISIONS[precision],
        # one process stays one, whatever a cluster says of its job
        plugins=[LightningEnvironment()] if world == 1 else [],
    )
    fabric.launch()
    with ExitStack() as joined:
        if world > 1:
            joined.push(_leave)
        yield fabric


def _leave(failed: type[BaseException] | None, *_: object) -> None:
    """Part from the other processes, at once if something failed, in order if nothing did."""
    if torch.distributed.is_initialized():
        part = torch.distributed.destroy_process_group if failed is None else _abort_process_group
        part()


def n_processes() -> tuple[int, int]:
    """How many processes `torchrun` started, in all and on this machine."""
    return int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def moved_to(batch: Any, device: torch.device) -> Any:
    """A batch with all its tensors on a device; see `Task.batches` for what a batch may be."""
    return mapped(batch, lambda tensor: tensor.to(device, non_blocking=True))


def mapped(batch: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """A batch with all its tensors changed.

    >>> mapped({"a": [torch.ones(2), "text"]}, lambda tensor: tensor.sum())
    {'a': [tensor(2.), 'text']}
    """
    if isinstance(batch, Tensor):
        return change(batch)
    if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        fields = {f.name: mapped(getattr(batch, f.name), change) for f in dataclasses.fields(batch)}
        return dataclasses.replace(batch, **fields)
    if isinstance(batch, Mapping):
        return {name: mapped(value, change) for name, value in batch.items()}
    if isinstance(batch, list | tuple):
        return type(batch)(mapped(value, change) for value in batch)
    return batch


def _kind(asked: Device) -> Literal["cpu", "cuda"]:
    has_gpu = torch.cuda.is_available()
    if asked.startswith("cuda") and not has_gpu:
        raise MissingError(f"Expected a GPU for --device {asked}, found none. Choose --device cpu.")
    return "cuda" if has_gpu and asked != "cpu" else "cpu"


def _number(asked: Device) -> int | None:
    """Which GPU was asked for by its number."""
    _, _, number = asked.partition(":")
    return int(number) if number else None


def _strategy(
    sharing: Sharing, world: int, units: Callable[[], Iterable[nn.Module]]
) -> str | Strategy:
    if world == 1:
        return "auto"
    if sharing == "ddp":
        return "ddp"

    warnings.filterwarnings("ignore", message="FSDP2-wrapped module .* returned a view")

    def shard(module: nn.Module, mesh: Any) -> nn.Module:
        for unit in units():
            fully_shard(unit, mesh=mesh["data_parallel"])
        fully_shard(module, mesh=mesh["data_parallel"])
        return module

    return ModelParallelStrategy(shard, data_parallel_size=world, tensor_parallel_size=1)
