"""Whose stories an analysis reads."""

from __future__ import annotations

from math import ceil
from pathlib import Path

from storybench.shards.reader import Stories


def chosen(data: Path, split: str, *, limit: int | None) -> Stories:
    """The stories of a split; with a limit every second, third, … of them, at most so many.

    The first ones would be of few episodes, and neighbours share frames.

    Raises:
        MissingError: no finished build in `data`.
        InputError: no such split.
    """
    stories = Stories(data, split)
    step = 1 if limit is None else max(1, ceil(len(stories) / limit))
    return stories[::step]
