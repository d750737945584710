"""Examples that stand for the whole: some of many, evenly apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def spread(items: Sequence[Item], n: int) -> list[Item]:
    """At most `n` of the items, evenly spread, the first one always among them.

    >>> spread([0, 1, 2, 3, 4, 5, 6], 3), spread([7, 8], 3)
    ([0, 2, 4], [7, 8])
    """
    if len(items) <= n:
        return list(items)
    return [items[len(items) * k // n] for k in range(n)]
