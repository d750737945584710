"""Splits against each other, from either side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar


class _Sided(Protocol):
    @property
    def split(self) -> str: ...
    @property
    def other(self) -> str: ...


Side = TypeVar("Side", bound=_Sided)


def both_sides(sides: Sequence[Side]) -> Iterator[tuple[Side, Side]]:
    """Each pair of splits once: as the split that stands first sees it, and as the other does."""
    by_pair = {(one.split, one.other): one for one in sides}
    seen: set[tuple[str, str]] = set()
    for one in sides:
        if (one.other, one.split) not in seen:
            seen.add((one.split, one.other))
            yield one, by_pair[one.other, one.split]
