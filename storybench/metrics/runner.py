"""A torch network as a plain function on arrays: no gradients, and no torch outside.

The device and the number format are chosen once, here. float32 means float32: on a GPU the shorter
TensorFloat-32 format is left off while the network runs, so features agree with those of a
processor to 1e-4 of their norm, whatever the device. bfloat16 is offered for speed; its features
are other features, so its extractors have another name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from storybench.errors import InputError, MissingError
from storybench.metrics.device import VARIABLE

Dtype = Literal["float32", "bfloat16"]

TOLERANCE = 1e-4
"""By how much of their norm features in float32 may differ between devices, and between ways to
sum on one: what two libraries with the same weights differ by."""


@dataclass(frozen=True, eq=False)
class Runner:
    """Calls a network that is in eval mode, on a device, in a number format.

    The network is moved there when the runner is made. Without `device` it is the one of
    `chosen_device`.

    Raises:
        InputError: torch knows no such device.
        MissingError: this machine or this build of torch has none.
    """

    network: nn.Module
    dtype: Dtype = "float32"
    device: str = field(default_factory=lambda: chosen_device())

    def __post_init__(self) -> None:
        require_device(self.device)
        self.network.to(device=self.device, dtype=getattr(torch, self.dtype))

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Pixels (n, 3, s, s) to features (n, d), both float32."""
        with torch.inference_mode(), exact_float32():
            pixels = torch.from_numpy(batch).to(self.device, dtype=getattr(torch, self.dtype))
            return self.network(pixels).float().cpu().numpy()


def chosen_device() -> str:
    """The device of `STORYBENCH_DEVICE`; else a GPU of this machine, if it has one.

    Under torchrun each process takes the GPU of its `LOCAL_RANK`.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return named
    if not torch.cuda.is_available():
        return "cpu"
    rank = int(os.environ.get("LOCAL_RANK", "0"))
    return f"cuda:{rank % torch.cuda.device_count()}"


def require_device(name: str) -> None:
    """Refuse a device that is not there.

    Raises:
        InputError: torch knows no such device.
        MissingError: this machine or this build of torch has none.
    """
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(
            f"Expected a device such as cpu, cuda or cuda:1, found {name!r}. Set --device or "
            f"{VARIABLE} to one of them, or leave it out."
        ) from error
    here = {
        "cpu": 1,
        "cuda": torch.cuda.device_count(),
        "mps": int(torch.backends.mps.is_available()),
    }
    if (device.index or 0) >= here.get(device.type, 0):
        found = ", ".join(f"{count} x {kind}" for kind, count in here.items() if count)
        raise MissingError(
            f"Expected the device {name}, found {found} under torch {torch.__version__}. Set "
            f"--device or {VARIABLE} to one of these, or leave it out."
        )


@contextmanager
def exact_float32() -> Iterator[None]:
    """Leave TensorFloat-32 off inside the block: it keeps 10 bits of 23, and moves features.

    Torch has it on for convolutions, and some containers (`TORCH_ALLOW_TF32_CUBLAS_OVERRIDE`) for
    matrix products.
    """
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            yield
    finally:
        torch.set_float32_matmul_precision(before)
