"""Values from outside as messages show them: short, in ASCII, whatever they are."""

from __future__ import annotations

from typing import Any

import numpy as np

LENGTH = 80
BITS = 64


def shown(value: Any) -> str:
    """A value in a few words.

    >>> shown([1, 2]), shown("a"), shown(10**5000), shown(np.zeros((2, 3)))
    ('a list of 2', "'a'", 'a number of 16,610 bits', 'an array float64 of shape (2, 3)')
    """
    if isinstance(value, np.ndarray):
        return f"an array {value.dtype} of shape {value.shape}"
    if isinstance(value, list | tuple | dict | set | frozenset):
        return f"a {type(value).__name__} of {len(value):,}"
    if isinstance(value, int) and value.bit_length() > BITS:
        return f"a number of {value.bit_length():,} bits"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, int | float | str | bytes) or value is None:
        return ascii(value)[:LENGTH]
    return type(value).__name__
