"""What a step changes, as tensors by name: weights, moments, averages. Nothing is pickled.

A file is the same whether one process made it or several that share every tensor, and any number
of them can read it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim import Optimizer

from storybench.errors import InputError, MissingError
from storybench.files import space_guard
from storymodels.training.folder import BROKEN

MOMENTS = ("exp_avg", "exp_avg_sq")
"""What AdamW knows of a parameter, each of its shape."""

TOO_LARGE = 2.0**64
"""The square of such a weight is no number in 32 bits any more."""

STEP = "step"
"""The one thing that AdamW knows of a parameter which is a count, and stays on the processor."""


def gathered(tensors: Iterable[tuple[str, Tensor]], *, is_wanted: bool) -> dict[str, Tensor]:
    """Whole tensors on the processor, where they are wanted; all processes take part."""
    found = {}
    for name, tensor in tensors:
        whole = tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
        if is_wanted:
            found[name] = whole.detach().cpu().contiguous()
    return found


def moments(optimiser: Optimizer, parameters: Mapping[str, Tensor]) -> Iterable[tuple[str, Tensor]]:
    """What an optimiser knows of each parameter, as "name/key".

    Before its first step that is zeros: in fp16 the first ones are left out, where gradients that
    were scaled too far overflow.
    """
    for name, parameter in parameters.items():
        for key, value in sorted((optimiser.state[parameter] or _nothing(parameter)).items()):
            yield f"{name}/{key}", value


def _nothing(parameter: Tensor) -> dict[str, Tensor]:
    return {**{kind: torch.zeros_like(parameter) for kind in MOMENTS}, STEP: torch.tensor(0.0)}


def moment_shapes(parameters: Mapping[str, Tensor]) -> dict[str, Sequence[int]]:
    """Of all that an optimiser knows once it has moved these parameters, by the same names."""
    shapes: dict[str, Sequence[int]] = {}
    for name, parameter in parameters.items():
        shapes |= {f"{name}/{kind}": parameter.shape for kind in MOMENTS}
        shapes[f"{name}/{STEP}"] = ()
    return shapes


def load_moments(
    optimiser: Optimizer, parameters: Mapping[str, Tensor], found: Mapping[str, Tensor]
) -> None:
    """Give an optimiser what another knew of parameters of the same names."""
    for key, whole in found.items():
        name, _, kind = key.rpartition("/")
        parameter = parameters[name]
        value = whole if kind == STEP else shared(whole, like=parameter)
        optimiser.state[parameter][kind] = value


def shared(whole: Tensor, *, like: Tensor) -> Tensor:
    """A whole tensor as another is: on its device, and this process's share if it is shared."""
    whole = whole.to(like.device)
    if not isinstance(like, DTensor):
        return whole
    return distribute_tensor(whole, like.device_mesh, like.placements)


@torch.no_grad()
def fill(tensors: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> None:
    """Copy tensors into others by name."""
    for name, tensor in tensors.items():
        tensor.copy_(shared(found[name], like=tensor))


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write a safetensors file and put it on the disk.

    Raises:
        NoSpaceError: the disk is full.
    """
    with space_guard(path):
        try:
            safetensors.torch.save_file(dict(tensors), path)
        except SafetensorError as error:
            raise _of_system(error) from error
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def diverged(tensors: Mapping[str, Tensor]) -> str | None:
    """The first tensor by name, in this process's share, with what is no number or too large.

    >>> diverged({"a": torch.ones(2), "b": torch.tensor([1.0, torch.nan])})
    'b'
    """
    own = {name: t.to_local() if isinstance(t, DTensor) else t for name, t in tensors.items()}
    seen = sorted(name for name, t in own.items() if t.is_floating_point() and t.numel())
    if not seen:
        return None
    are_well = torch.stack([_largest(own[name]) for name in seen]) < TOO_LARGE  # nor is nan
    return next(
        (name for name, is_well in zip(seen, are_well.tolist(), strict=True) if not is_well), None
    )


def read_exactly(path: Path, shapes: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
    """The tensors of a checkpoint's file, which must be those of these names and shapes.

    Raises:
        MissingError: there is no such file.
        InputError: it is no whole safetensors file, or one of other tensors.
    """
    tensors = read_tensors(path)
    expect_shapes(path, shapes_of(tensors), shapes, advice=BROKEN)
    return tensors


def shapes_of(tensors: Mapping[str, Tensor]) -> dict[str, Sequence[int]]:
    """Of each tensor, whole where processes share it."""
    return {name: tensor.shape for name, tensor in tensors.items()}


def expect_shapes(
    path: Path,
    found: Mapping[str, Sequence[int]],
    wanted: Mapping[str, Sequence[int]],
    *,
    advice: str,
) -> None:
    """See that a file has tensors of these names and shapes, and no others.

    Raises:
        InputError: it has not; ends with the advice.
    """
    if missing := sorted(wanted.keys() - found.keys()):
        raise InputError(f"Expected the tensor {missing[0]} in {path}, found none. {advice}")
    if over := sorted(found.keys() - wanted.keys()):
        raise InputError(f"Expected no tensor {over[0]} in {path}, found it there. {advice}")
    for name, shape in wanted.items():
        if [*found[name]] != [*shape]:
            raise InputError(
                f"Expected {name} of shape {[*shape]} in {path}, found {[*found[name]]}. {advice}"
            )


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a file by name.

    Raises:
        MissingError: there is no such file.
        InputError: it is no whole safetensors file.
    """
    if not path.is_file():
        raise MissingError(f"Expected the file {path}, found none. Copy the checkpoint as a whole.")
    try:
        return safetensors.torch.load_file(path)
    except SafetensorError as error:
        raise InputError(
            f"Expected a safetensors file at {path}, found one that is not whole. {BROKEN}"
        ) from error


def _largest(tensor: Tensor) -> Tensor:
    """The largest magnitude, or nan if there is one."""
    low, high = tensor.detach().aminmax()
    return torch.maximum(-low, high).float()


def _of_system(error: SafetensorError) -> OSError | SafetensorError:
    """What the system said of a write, where safetensors hands it on in words: an `OSError`.

    >>> _of_system(SafetensorError("I/O error: No space left on device (os error 28)")).errno
    28
    """
    found = re.search(r"\(os error (\d+)\)", str(error))
    return OSError(int(found[1]), str(error)) if found else error
