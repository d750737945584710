"""How often a split shows each character: in how many frames, and is that rare or frequent?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from storybench.errors import InputError
from storybench.shards.reader import Stories

Rarity = Literal["never seen", "rare", "usual", "frequent"]

RARE, FREQUENT = 0.10, 0.25
"""Shares of a split's labelled frames: below the first a character is rare, from the second on it
is frequent. By captions, PororoSV has two rare characters and three frequent ones."""

MEANINGS: dict[Rarity, str] = {
    "never seen": "in no training frame",
    "rare": f"in under {RARE:.0%} of them",
    "usual": f"in {RARE:.0%} to {FREQUENT:.0%}",
    "frequent": f"in {FREQUENT:.0%} or more",
}
"""The cuts in words, from the rarest on."""

RARITIES: tuple[Rarity, ...] = get_args(Rarity)


@dataclass(frozen=True)
class Seen:
    """The frames of a split that show each character, in label order.

    A frame that several stories share counts once; sources count like targets. `n_frames` are all
    labelled frames, those with no one in them too.
    """

    split: str
    frames: tuple[int, ...]
    n_frames: int

    def rarity(self, character: int) -> Rarity:
        """Of the character with that label."""
        return rarity(self.frames[character], self.n_frames)


def rarity(frames: int, n_frames: int) -> Rarity:
    """What it is called to be in so many frames of all.

    >>> [rarity(n, 100) for n in (0, 1, 9, 10, 24, 25)]
    ['never seen', 'rare', 'rare', 'usual', 'usual', 'frequent']
    """
    if not frames:
        return "never seen"
    share = frames / n_frames
    return "rare" if share < RARE else "usual" if share < FREQUENT else "frequent"


def seen(stories: Stories) -> Seen:
    """Count the labelled frames of a split; reads its index alone.

    Frames are told apart by episode and by size and checksum of their files.

    Raises:
        InputError: no frame of it has labels.
    """
    table = stories.table()
    columns = (table[name] for name in ("cluster", "characters", "sizes", "crcs"))
    found: dict[tuple[str, int, int], Sequence[int]] = {}
    for cluster, characters, sizes, crcs in zip(*columns, strict=True):
        for k, labels in enumerate(characters):
            if labels is not None:
                found[cluster, int(sizes[k]), int(crcs[k])] = labels
    if not found:
        raise InputError(
            f"Expected training frames with character labels, found none in {stories!r}. Name the "
            "split that the model was trained on by --train-split."
        )
    counts = np.array([list(labels) for labels in found.values()], bool).sum(axis=0)
    return Seen(str(stories.split), tuple(counts.tolist()), len(found))
