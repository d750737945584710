"""Parameters out of a file from outside: tensors only, whatever else the file would like to do."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from storybench.errors import InputError
from storybench.metrics.inception import DAMAGE


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
    except (*DAMAGE, safetensors.SafetensorError) as error:
        raise InputError(_refusal(path, what, error)) from error
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
        raise InputError(_refusal(path, what, error)) from error


def _of_script(path: Path) -> dict[str, Tensor]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        return dict(torch.jit.load(path, map_location="cpu").state_dict())


def _refusal(path: Path, what: str, error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    reason = " ".join(lines[:2]) if lines else "an empty file"
    return f"Expected {what} in {path}, found: {reason}"
