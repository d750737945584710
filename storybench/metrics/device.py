"""Where networks run, as the user says it: by option or for good; `runner` asks, and checks it."""

from __future__ import annotations

import os

VARIABLE = "STORYBENCH_DEVICE"
"""Names the device where the code does not: `cpu`, `cuda`, `cuda:1`, `mps`."""


def use(device: str | None) -> None:
    """Have this process, and those it starts, compute there; None leaves it as it is."""
    if device is not None:
        os.environ[VARIABLE] = device
