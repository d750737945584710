"""Three ways to cut stories out of an ordered sequence, as tuples of positions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from storybench.errors import InputError

Cut = Callable[..., list[tuple[int, ...]]]


def first(sequence: Sequence[Any], *, length: int) -> list[tuple[int, ...]]:
    """The one story that starts the sequence, or none if it is too short.

    >>> first("abcde", length=3)
    [(0, 1, 2)]
    """
    return windows(sequence, length=length)[:1]


def windows(sequence: Sequence[Any], *, length: int) -> list[tuple[int, ...]]:
    """Every run of `length` neighbours, one step apart.

    >>> windows("abcde", length=3)
    [(0, 1, 2), (1, 2, 3), (2, 3, 4)]
    """
    return _runs(sequence, length=length, stride=1)


def disjoint(sequence: Sequence[Any], *, length: int) -> list[tuple[int, ...]]:
    """Blocks of `length` neighbours that share nothing; what is left over is not used.

    >>> disjoint("abcde", length=2)
    [(0, 1), (2, 3)]
    """
    return _runs(sequence, length=length, stride=length)


CUTS: Mapping[str, Cut] = MappingProxyType(
    {"first": first, "windows": windows, "disjoint": disjoint}
)
"""The three by the name that `--stories` takes."""


def _runs(sequence: Sequence[Any], *, length: int, stride: int) -> list[tuple[int, ...]]:
    if length < 1:
        raise InputError(f"Expected stories of at least 1 frame, found a length of {length}.")
    starts = range(0, len(sequence) - length + 1, stride)
    return [tuple(range(start, start + length)) for start in starts]
