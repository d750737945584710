"""Random choices that depend on their seed and what they are for, and on nothing else.

A frame, a caption or a crop is a hash of (seed, epoch, story, …), never a draw from a stream. So it
is the same in whatever order stories are asked for, by however many workers, after a restart, and
under any version of numpy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from storybench.files import canonical_json

Draw = Callable[[str], float]
"""From the name of a choice ("frame/2") to its number: at least 0, below 1."""


def draw_of(*words: int | str) -> Draw:
    """The draws that belong to a seed, an epoch and a story.

    >>> draw = draw_of(0, 3, "p-0012")
    >>> draw("frame/2") == draw_of(0, 3, "p-0012")("frame/2")
    True
    """
    belongs = hashlib.sha256(canonical_json(words))

    def draw(name: str) -> float:
        digest = belongs.copy()
        digest.update(name.encode())
        return (int.from_bytes(digest.digest()[:8], "big") >> 12) / 2**52  # exact in a double

    return draw


def pick(n: int, fraction: float) -> int:
    """The integer below `n` that a draw stands for.

    >>> pick(5, 0.0), pick(5, 0.999)
    (0, 4)
    """
    return int(fraction * n)
