"""Processes go on together or not at all: what one of them finds wrong, all of them say."""

from __future__ import annotations

from collections.abc import Callable

import torch.distributed
from lightning_fabric import Fabric

from storybench.errors import StorybenchError


def agreed(fabric: Fabric, check: Callable[[], object]) -> None:
    """See in every process whether something is well; all of them take part.

    Raises:
        StorybenchError: that of the first process which has one, in all of them alike. Without
            this the others would wait for it, or die of its silence.
    """
    if fabric.world_size == 1:
        check()
        return
    fault = None
    try:
        check()
    except StorybenchError as error:
        fault = error
    faults: list[StorybenchError | None] = [None] * fabric.world_size
    torch.distributed.all_gather_object(faults, fault)
    for rank, found in enumerate(faults):
        if found is not None:
            raise type(found)(f"rank {rank}: {found}" if rank else str(found)) from fault
