"""The processes of one `torchrun`: who computes which picture, and waiting for each other.

Pictures are dealt by their hash, so every process knows its share without asking anybody; features
are exchanged through the shared cache folder. The only message between processes is "I am done".
"""

from __future__ import annotations

import os
from datetime import timedelta

from storybench.errors import InputError

RANK, WORLD = "RANK", "WORLD_SIZE"
"""Set by torchrun: the number of this process, and how many there are."""

PATIENCE = timedelta(days=2)
"""How long a process waits for slower ones; one that dies is noticed by torchrun."""


def place() -> tuple[int, int]:
    """The number of this process and how many work together; (0, 1) outside torchrun.

    Raises:
        InputError: the variables are not numbers, or the number is not below the count.
    """
    rank, world = os.environ.get(RANK, "0"), os.environ.get(WORLD, "1")
    if not (rank.isdecimal() and world.isdecimal() and int(rank) < int(world)):
        raise InputError(
            f"Expected {RANK} below {WORLD} as torchrun sets them, found {RANK}={rank} and "
            f"{WORLD}={world}. Start with torchrun, or unset both."
        )
    return int(rank), int(world)


def is_first() -> bool:
    """Whether this process writes the report and talks to the user."""
    return place()[0] == 0


def is_mine(key: str) -> bool:
    """Whether the picture of a hash (hex) is in this process's share."""
    rank, world = place()
    return int(key[:8], 16) % world == rank


def wait_for_all() -> None:
    """Return when every process has come here; at once outside torchrun.

    Raises:
        InputError: torch was built without the means to talk to other processes.
    """
    if place()[1] == 1:
        return
    import torch.distributed as dist  # only here: nothing else of metrics needs it

    if not dist.is_available():
        raise InputError("Expected a torch with distributed support for torchrun, found none.")
    if not dist.is_initialized():
        dist.init_process_group("gloo", timeout=PATIENCE)
    dist.barrier()
