"""Which episodes a classifier learns from, which it is watched on, and which it never sees.

The published one was divided by story numbers used as picture numbers, so it learnt from episodes
of the test split (adymaharana/StoryViz@6e1126d:classifier/dataloader.py:19,47-51). Here whole
episodes are divided, and no episode is on two sides.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from storybench.errors import InputError

VAL_SHARE = 0.15


@dataclass(frozen=True)
class Division:
    """Episodes to learn from and to watch, sorted; all others are left alone."""

    train: tuple[str, ...]
    val: tuple[str, ...]

    def __post_init__(self) -> None:
        if shared := set(self.train) & set(self.val):
            raise InputError(
                f"Expected train and val without a common episode, found {sorted(shared)[0]} in "
                "both. Divide by episode."
            )


def divide(splits: Mapping[str, Iterable[str]], labelled: Iterable[str]) -> Division:
    """The division of a build.

    Episodes that stand in any split but train and val are left alone. Val is what the val split has
    to itself; where it has nothing (PororoSV's val is drawn from the stories of all episodes), 15 %
    of the rest, chosen by the hash of their names. All others are learnt from, those without any
    story too.

    Args:
        splits: the episodes of each split of the build.
        labelled: every episode that has labelled frames.

    Raises:
        InputError: fewer than two episodes are left to divide.

    >>> divide({"train": "abc", "val": "d", "test": "ce"}, "abcdef")
    Division(train=('a', 'b', 'f'), val=('d',))
    """
    episodes = {name: set(of) for name, of in splits.items()}
    kept_away = {one for name, of in episodes.items() if name not in ("train", "val") for one in of}
    usable = set(labelled) - kept_away
    val = usable & (episodes.get("val", set()) - episodes.get("train", set()))
    if not val and len(usable) > 1:
        order = sorted(usable, key=lambda one: hashlib.sha256(one.encode()).digest())
        val = set(order[: math.ceil(VAL_SHARE * len(order))])
    train = usable - val
    if not train or not val:
        raise InputError(
            "Expected at least two labelled episodes outside the test split, one to learn from and "
            f"one to watch, found {len(usable)}. Build more of the data."
        )
    return Division(tuple(sorted(train)), tuple(sorted(val)))
