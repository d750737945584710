"""Parameters out of a file from outside: tensors only, whatever else the file would like to do."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Collection
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from storybench.errors import InputError

DAMAGE = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    safetensors.SafetensorError,
)
"""What is raised over bytes that are no weights: torch's reader stumbles before it complains."""


def read(path: Path, *, what: str, script: bool = False) -> dict[str, Tensor]:
    """The named tensors of a `.safetensors` or torch file, on the processor, as float32.

    TorchScript is a program, so it is read only where `script` says that the file is known by its
    hash to be the one that was published so. `what` names the parameters, for the message.

    Raises:
        InputError: the file is neither, or holds something else than tensors.
    """
    try:
        if path.suffix == ".safetensors":
            state = safetensors.torch.load_file(path)
        elif script:
            state = _of_script(path)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # of TorchScript, which is refused
                state = torch.load(path, map_location="cpu", weights_only=True)
    except DAMAGE as error:
        raise InputError(f"Expected {what} in {path}, found {_unread(error)}") from error
    if not isinstance(state, dict) or not all(
        isinstance(value, Tensor) for value in state.values()
    ):
        raise InputError(
            f"Expected {what} in {path}: named tensors and nothing else, found other objects."
        )
    return {
        name: value.float() if value.is_floating_point() else value for name, value in state.items()
    }


def fill(
    network: nn.Module,
    state: dict[str, Tensor],
    *,
    path: Path,
    what: str,
    spare: Collection[str] = (),
) -> None:
    """Load parameters strictly; those named in `spare` may be left over.

    Raises:
        InputError: one is missing, foreign, or of another shape.
    """
    try:
        network.load_state_dict({name: value for name, value in state.items() if name not in spare})
    except RuntimeError as error:
        reason = " ".join(str(error).strip().splitlines()[:2])
        raise InputError(f"Expected {what} in {path}, found: {reason}") from error


def _of_script(path: Path) -> dict[str, Tensor]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        return dict(torch.jit.load(path, map_location="cpu").state_dict())


def _unread(error: BaseException) -> str:
    """What torch could not read; its own words would have the file opened whatever it holds."""
    if isinstance(error, pickle.UnpicklingError):
        return (
            "pickled objects that are no tensors, or damage: it was not read, since opening it "
            "could run code. Where you trust it, save torch.save(model.state_dict(), PATH)."
        )
    lines = str(error).strip().splitlines()
    if not lines:
        return "an empty file."
    return f"a damaged one: {lines[0].partition('. ')[0].rstrip('.')}. Get the file again."
