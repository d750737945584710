"""Which clips make a story: five in a row of one episode.

The official rule (adymaharana/storydalle@132dd19:story-dalle/flintstones_dataloader.py:72-86, and
the same in adymaharana/VLCStoryGan@7411240:vlcgan/flintstones_data.py:149-163): sort all clips of
all splits by id; the next four follow a clip if they are of its season and episode. At the end of
the list fewer than four are left and pass the test too, so four entries are too short for a story.
Whoever reads the cache has to leave them out; here that is done once, for every split.

The result is kept in `following_cache4.pkl`. It is never needed, since the rule is known; where it
is there, it is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from storybench.errors import RawDataError
from storybench.pickles.files import load_pickle
from storydata.flintstonessv.ids import episode
from storydata.flintstonessv.spec import FOLLOWINGS_FILE, N_TARGETS

Followings = Mapping[str, tuple[str, ...]]
"""The clips that follow each clip, four of them but for the tail, in order of the ids."""


def followings(ids: Iterable[str]) -> Followings:
    """The whole cache as the official code makes it, short entries of the tail included.

    >>> cut = followings(f"s_01_e_01_shot_{k}" for k in range(6))
    >>> [len(after) for after in cut.values()]
    [4, 4, 3, 2, 1, 0]
    """
    ordered = sorted(ids)
    episodes = [episode(clip_id) for clip_id in ordered]
    return {
        clip_id: tuple(ordered[k + 1 : k + 1 + N_TARGETS])
        for k, clip_id in enumerate(ordered)
        if all(other == episodes[k] for other in episodes[k + 1 : k + 1 + N_TARGETS])
    }


def starts(cut: Followings) -> Followings:
    """The entries that are stories: those with all four clips."""
    return {clip_id: after for clip_id, after in cut.items() if len(after) == N_TARGETS}


@dataclass(frozen=True)
class CacheDifference:
    """How a cache differs from the rule: stories it lacks, has more, or has with other clips."""

    lacking: tuple[str, ...]
    surplus: tuple[str, ...]
    other: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.lacking or self.surplus or self.other)

    def __str__(self) -> str:
        parts = {
            "lacks {n:,} stories of the rule": self.lacking,
            "has {n:,} more": self.surplus,
            "continues {n:,} with other clips": self.other,
        }
        told = [f"{text.format(n=len(ids))} (first {ids[0]})" for text, ids in parts.items() if ids]
        return (
            f"{FOLLOWINGS_FILE} {', '.join(told)}: it was made from other ids than the split file "
            "lists. Stories are cut by the rule."
        )


def read_cache(path: Path) -> Followings:
    """The cache as it was saved; keys and ids may be text or bytes, values lists or tuples.

    Raises:
        MissingError: no such file.
        RawDataError: it is damaged, more than plain data, or no dictionary of lists of ids.
    """
    value = load_pickle(path, name=FOLLOWINGS_FILE)
    if not isinstance(value, dict):
        raise RawDataError(
            f"Expected a dictionary of ids in {FOLLOWINGS_FILE}, found {type(value).__name__}."
        )
    return {text_of(clip_id, FOLLOWINGS_FILE): _ids(after) for clip_id, after in value.items()}


def difference(cache: Followings, cut: Followings) -> CacheDifference:
    """Compare the stories of a cache with those of the rule; short entries are no stories."""
    cached, by_rule = starts(cache), starts(cut)
    return CacheDifference(
        lacking=tuple(sorted(by_rule.keys() - cached.keys())),
        surplus=tuple(sorted(cached.keys() - by_rule.keys())),
        other=tuple(
            sorted(one for one in by_rule.keys() & cached.keys() if by_rule[one] != cached[one])
        ),
    )


def text_of(value: Any, name: str) -> str:
    """An id that Python 2 may have saved as bytes.

    Raises:
        RawDataError: it is neither text nor bytes, or cannot be printed.
    """
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if isinstance(text, str) and text.isprintable():
        return text
    raise RawDataError(f"Expected the id of a clip in {name}, found {repr(value)[:60]}.")


def _ids(after: Any) -> tuple[str, ...]:
    ids = after.tolist() if isinstance(after, np.ndarray) else after
    if not isinstance(ids, list | tuple):
        raise RawDataError(
            f"Expected a list of ids in {FOLLOWINGS_FILE}, found {repr(after)[:60]}."
        )
    return tuple(text_of(one, FOLLOWINGS_FILE) for one in ids)
