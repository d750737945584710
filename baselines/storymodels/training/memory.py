"""How much memory a training will take, said before it starts and refused where it cannot fit.

Weights, gradients and moments are counted. Activations are measured: a forward and a backward pass
over tensors that have shapes but no data, of which every allocation and release is watched.

Not counted are what libraries keep for themselves (of CUDA some 0.5 GB), holes between tensors, and
weights that FSDP has gathered for the layer at work.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from storybench.errors import InputError
from storymodels.training.bound import BOUNDS
from storymodels.training.machine import Sharing, mapped
from storymodels.training.recipe import Precision, Recipe
from storymodels.training.task import LOSS, Task

CPU = torch.device("cpu")

MEMORY = Path("/proc/meminfo")

_SHORT = {"bf16": torch.bfloat16, "fp16": torch.bfloat16}
"""What is measured on the processor stands for either: both have two bytes."""


HELD = ("weights", "gradients", "buckets", "moments", "average", "beside")
PASSING = ("activations", "optimiser", "reading")
"""What stays, and what comes and goes: never two of these at a time."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Bytes that the batches of a task take on the device.

    Attributes:
        held: all the time, from before the training on.
        reading: between two steps, at most.
    """

    held: int = 0
    reading: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes that one process needs.

    Attributes:
        weights: of the module, with its buffers.
        gradients: of what moves.
        buckets: copies of these, through which DDP sums them over the processes.
        moments: of AdamW.
        average: of what moves.
        beside: what else is held; it is there before the training begins.
        activations: of a forward and a backward pass.
        optimiser: what AdamW takes while it moves the weights.
        reading: what is taken between two steps.
    """

    weights: int = 0
    gradients: int = 0
    buckets: int = 0
    moments: int = 0
    average: int = 0
    beside: int = 0
    activations: int = 0
    optimiser: int = 0
    reading: int = 0

    @property
    def total(self) -> int:
        """What is held, and the most of what comes and goes."""
        return sum(self._parts().values())

    def __str__(self) -> str:
        parts = [f"{name} {in_words(n)}" for name, n in self._parts().items() if n]
        return f"{in_words(self.total)} of memory: {', '.join(parts)}"

    def _parts(self) -> dict[str, int]:
        most = max(PASSING, key=lambda name: getattr(self, name))
        return {name: getattr(self, name) for name in (*HELD, most)}


def estimate(
    task: Task,
    recipe: Recipe,
    *,
    part_size: int,
    device: torch.device = CPU,
    sharing: Sharing = "ddp",
    world: int = 1,
    beside: Beside = Beside(),
) -> Estimate:
    """What a step needs of one process, as far as it can be told beforehand.

    Args:
        task: the model, on the processor and not wrapped yet; its moved parameters alone have
            gradients.
        recipe: for precision and average.
        part_size: items that go through the model at a time.
        device: where it is computed.
        sharing: what processes share.
        world: how many they are.
        beside: what batches take.
    """
    tensors = [*task.module.parameters(), *task.module.buffers()]
    moved = [p for p in task.module.parameters() if p.requires_grad]
    n_sharing = world if sharing == "fsdp" else 1
    n_moved = bytes_of(moved) // n_sharing
    return Estimate(
        weights=bytes_of(tensors) // n_sharing,
        gradients=n_moved,
        buckets=n_moved if world > 1 and sharing == "ddp" else 0,
        moments=2 * n_moved,
        average=n_moved if recipe.average else 0,
        beside=beside.held,
        activations=_activations(task, part_size, recipe.precision),
        optimiser=_denominators(moved, device) // n_sharing,
        reading=beside.reading,
    )


def expect_room(needed: Estimate, device: torch.device, *, n_local: int = 1) -> None:
    """See that a device has room for `n_local` trainings; weights are on the processor already.

    So is on any device what is held beside.

    Raises:
        InputError: it has not.
    """
    here = needed.beside + (needed.weights if device.type == "cpu" else 0)
    expect_free(
        n_local * (needed.total - here),
        device,
        what="for this training",
        advice="Choose a smaller --batch (and a larger --accumulate), --recompute or a shorter "
        "--precision, or a larger device.",
    )


def expect_free(n_bytes: int, device: torch.device, *, what: str, advice: str) -> None:
    """See that so many bytes are free on a device, if the system says how many are.

    Raises:
        InputError: there are fewer; it says what they are for, and ends with the advice.
    """
    room = free(device)
    if room is not None and n_bytes > room:
        raise InputError(
            f"Expected {in_words(n_bytes)} of free memory {what}, found {in_words(room)}. {advice}"
        )


def free(device: torch.device) -> int | None:
    """Bytes that are free on a device; None where the system does not say."""
    if device.type == "cuda":
        idle = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + idle
    found = [_available(), *(bound.left() for bound in BOUNDS)]
    return min((n for n in found if n is not None), default=None)


def in_words(n_bytes: int) -> str:
    """Bytes for people, in powers of 1000.

    >>> in_words(5_585_100_300), in_words(1_234_567)
    ('5.6 GB', '1.2 MB')
    """
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.1f} MB"


class Watch(TorchDispatchMode):
    """Follows what is allocated and released; `now` and `peak` are bytes.

    What the tensors `known` hold is not counted.
    """

    def __init__(self, known: Iterable[Tensor]) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._seen = weakref.WeakSet(tensor.untyped_storage() for tensor in known)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, Tensor):
                self._see(leaf.untyped_storage())
        return out

    def _see(self, storage: torch.UntypedStorage) -> None:
        if storage in self._seen:
            return
        self._seen.add(storage)
        n_bytes = storage.nbytes()
        self.now += n_bytes
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._release, n_bytes)

    def _release(self, n_bytes: int) -> None:
        self.now -= n_bytes


class _Pass(nn.Module):
    """A forward and a backward pass, as a module, so that its parameters can be replaced."""

    def __init__(self, module: nn.Module, run: Callable[[nn.Module], Tensor]) -> None:
        super().__init__()
        self.module, self._run = module, run

    def forward(self) -> None:
        self._run(self.module).backward()


def _denominators(moved: Sequence[Tensor], device: torch.device) -> int:
    """What AdamW divides by: on a GPU of all weights at once, on the processor of one at a time.

    There the root is held while it is divided (`torch.optim.adam`, `foreach` and not).
    """
    if device.type == "cuda":
        return bytes_of(moved)
    return 2 * max((bytes_of([tensor]) for tensor in moved), default=0)


def _activations(task: Task, n_items: int, precision: Precision) -> int:
    """The most that is held at a time of a part, beside weights and their gradients."""

    def run(module: nn.Module) -> Tensor:
        short = precision in _SHORT
        with torch.autocast("cpu", _SHORT.get(precision, torch.bfloat16), enabled=short):
            return task.losses(module, batch)[LOSS]

    example = task.example(n_items)
    tensors = {**dict(task.module.named_parameters()), **dict(task.module.named_buffers())}
    with FakeTensorMode():
        held = {f"module.{name}": _without_data(tensor) for name, tensor in tensors.items()}
        batch = mapped(example, _without_data)
        gradients = [tensor.grad for tensor in held.values() if tensor.grad is not None]
        known = [*held.values(), *gradients, *_tensors(batch)]
        with Watch(known) as watch:
            torch.func.functional_call(_Pass(task.module, run), held, ())
    return watch.peak


def _without_data(tensor: Tensor) -> Tensor:
    """Shape and type alone, under `FakeTensorMode`; whoever is to have a gradient has it."""
    empty = torch.empty(tensor.shape, dtype=tensor.dtype, requires_grad=tensor.requires_grad)
    if tensor.requires_grad:
        empty.grad = torch.empty_like(empty)
    return empty


def _tensors(batch: Any) -> list[Tensor]:
    found: list[Tensor] = []

    def see(tensor: Tensor) -> Tensor:
        found.append(tensor)
        return tensor

    mapped(batch, see)
    return found


def bytes_of(tensors: Iterable[Tensor]) -> int:
    """Of their numbers."""
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _available() -> int | None:
    """Free memory of the machine."""
    if not MEMORY.is_file():
        return None
    for line in MEMORY.read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * 1024
    return None
