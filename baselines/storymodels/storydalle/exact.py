"""Float32 as it is written, on a graphics card too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def exact(device: torch.device | str) -> Iterator[None]:
    """The VQGAN without the shortcuts that graphics cards take by default.

    TensorFloat-32 keeps 10 bits of 23, autocast fewer, and the fastest algorithm may be another one
    tomorrow: any of them chooses other codes, or draws other pixels.
    """
    whole = torch.autocast(torch.device(device).type, enabled=False)
    same = torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")  # some containers come with another one
    try:
        with whole, same:
            yield
    finally:
        torch.set_float32_matmul_precision(before)
