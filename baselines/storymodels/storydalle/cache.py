"""Keys and values of rows that have been through the transformer, so that they are made once.

There are two ways to look at the same tensors. `Cache` shows the rows so far, and no others are
read. `FixedCache` shows all rows behind a mask and takes its place as a tensor: a step then has the
same shapes and the same addresses as the one before, and can be compiled or replayed.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, arange

Held = tuple[Tensor, ...]
"""Of every layer its keys and values, (2, n, heads, rows, head width).

Layers are tensors of their own, since a compiler copies what is written to a part of a tensor.
"""


@dataclass(frozen=True)
class Cache:
    """The first `length` of the rows, and room for more."""

    held: Held
    length: int = 0
    mask = None
    """Of what is looked at: everything that is shown."""

    def add(self, layer: int, new: Tensor) -> Tensor:
        """Keep what a layer has of new rows, (2, n, heads, t, head width); shows it of all."""
        held, n_new = self.held[layer], new.shape[3]
        held.narrow(3, self.length, n_new).copy_(new)
        return held.narrow(3, 0, self.length + n_new)

    def copy_to(self, held: Held) -> None:
        """Each sample several times on end, as many as there is room for."""
        for mine, other in zip(self.held, held, strict=True):
            rows = mine.narrow(3, 0, self.length)
            room = other.narrow(3, 0, self.length).unflatten(1, (rows.shape[1], -1))
            room.copy_(rows.unsqueeze(2))


class FixedCache:
    """The rows before `place` (1,), and one more at a time; rows without numbers must be zeros."""

    def __init__(self, held: Held, place: Tensor) -> None:
        self.held, self.place = held, place
        self.mask = arange(held[0].shape[3], device=place.device)[None] <= place
        """Of what is looked at: (1, rows), true up to the place."""

    def add(self, layer: int, new: Tensor) -> Tensor:
        """Keep what a layer has of one row, (2, n, heads, 1, head width); shows all rows."""
        return self.held[layer].index_copy_(3, self.place, new)
