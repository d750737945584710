"""`img_cache4.npy` and `following_cache4.npy`: what the release itself says its story starts are.

Story ids are places in the first list, so it is never believed and never ignored: the starts are
computed anew (`storydata.pororosv.stories`) and must be the same, entry by entry.

Caches go bad. The official loader, started without them, writes caches of *three* following clips
under the very names (adymaharana/storydalle@132dd19:story-dalle/pororo_dataloader.py:374,399-406),
and cuts the signs of bytes off entries that are text
(pororo_dataloader.py:404,434-435; xichenpan/ARLDM@9d8feeb:data_script/pororo_hdf5.py:31).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from storybench.errors import InputError, RawDataError
from storybench.pickles.files import parse_npy
from storydata.kit.raw import RawFile
from storydata.pororosv.names import Clip, clip_of
from storydata.pororosv.shown import shown
from storydata.pororosv.spec import FOLLOWING, N_TARGETS, STARTS
from storydata.pororosv.stories import clips_of_story

CURE = (
    f"Fetch the tables of one release again, or take {STARTS} and {FOLLOWING} away: they are then "
    "computed anew."
)
TRUST = "If they came with the ids and are right as they are, say --trust-caches."


@dataclass(frozen=True)
class Caches:
    """What the two lists hold; a list that is not there is None.

    `following` has the clips after the start of each story.
    """

    starts: tuple[Clip, ...] | None
    following: tuple[tuple[Clip, ...], ...] | None

    @property
    def lengths(self) -> dict[str, int]:
        """How many clips the lists give each episode that has a story; empty without lists."""
        found: dict[str, int] = {}
        for start in self.starts or ():
            found[start.episode] = max(found.get(start.episode, 0), start.n + N_TARGETS)
        for clips in self.following or ():
            found[clips[-1].episode] = max(found.get(clips[-1].episode, 0), clips[-1].n)
        return found


def read_caches(tables: Mapping[str, RawFile]) -> Caches:
    """The two lists, each if it is there.

    Raises:
        RawDataError: a list has another shape, or an entry names no clip.
    """
    starts = _array(tables[STARTS], 1) if STARTS in tables else None
    following = _array(tables[FOLLOWING], 2) if FOLLOWING in tables else None
    return Caches(
        starts=None if starts is None else _clips(starts, STARTS),
        following=None if following is None else _following(following),
    )


def check_caches(caches: Caches, starts: Sequence[Clip], *, counted_by: str) -> None:
    """Compare the lists with the starts that were computed; `counted_by` names what from.

    Raises:
        RawDataError: another length, another order, or other following clips; says where.
    """
    if caches.starts is not None:
        _check_starts(caches.starts, starts, counted_by)
    if caches.following is not None:
        _check_following(caches.following, starts, counted_by)


def trusted_starts(caches: Caches) -> tuple[Clip, ...]:
    """The starts as the caches list them, which must agree with each other.

    Raises:
        InputError: one of the two is not there.
        RawDataError: a start stands there twice, or is followed by other clips than the next four.
    """
    starts = caches.starts
    if starts is None or caches.following is None:
        raise InputError(
            f"Expected {STARTS} and {FOLLOWING} with --trust-caches, found one of them at most. "
            "Leave it out: they are computed."
        )
    twice = [clip for clip, n in Counter(starts).items() if n > 1]
    if twice:
        raise RawDataError(
            f"Expected every start once in {STARTS}, found {twice[0].id} twice. {CURE}"
        )
    _check_following(caches.following, starts, STARTS)
    return starts


def _check_starts(found: Sequence[Clip], starts: Sequence[Clip], counted_by: str) -> None:
    if list(found) == list(starts):
        return
    lacking, beyond = set(starts) - set(found), set(found) - set(starts)
    first = next(
        (k for k, pair in enumerate(zip(found, starts, strict=False)) if pair[0] != pair[1]),
        min(len(found), len(starts)),
    )
    raise RawDataError(
        f"Expected in {STARTS} the {len(starts):,} story starts that follow from {counted_by}, in "
        f"their order, found {len(found):,}: entry {first:,} is {_entry(found, first)} and not "
        f"{_entry(starts, first)}; {len(lacking):,} are lacking{_first(lacking)}, {len(beyond):,} "
        f"are none{_first(beyond)}. Ids of stories count this list, so nothing was built. {CURE} "
        f"{TRUST}"
    )


def _check_following(
    found: Sequence[Sequence[Clip]], starts: Sequence[Clip], counted_by: str
) -> None:
    if len(found) != len(starts):
        raise RawDataError(
            f"Expected in {FOLLOWING} one row for each of the {len(starts):,} story starts that "
            f"follow from {counted_by}, found {len(found):,}. {CURE}"
        )
    for row, (clips, start) in enumerate(zip(found, starts, strict=True)):
        numbers = [*clips_of_story(start.n)][1:]
        if list(clips) != [Clip(start.episode, n) for n in numbers]:
            raise RawDataError(
                f"Expected in row {row:,} of {FOLLOWING} the {N_TARGETS} clips after {start.id}, "
                f"found {', '.join(clip.id for clip in clips)}. {CURE}"
            )


def _array(file: RawFile, n_axes: int) -> np.ndarray[Any, Any]:
    array = parse_npy(file.read_bytes(), file.name)
    if not isinstance(array, np.ndarray) or array.ndim != n_axes:
        axes = "(n,)" if n_axes == 1 else f"(n, {N_TARGETS})"
        raise RawDataError(
            f"Expected an array of shape {axes} in {file.name}, found {shown(array)}."
        )
    return array


def _following(array: np.ndarray[Any, Any]) -> tuple[tuple[Clip, ...], ...]:
    if array.shape[1] != N_TARGETS:
        raise RawDataError(
            f"Expected {N_TARGETS} following clips a story in {FOLLOWING}, found {array.shape[1]}: "
            "StoryDALL-E's loader writes 3 when it makes its caches anew, and spoils them for "
            f"everybody. {CURE}"
        )
    clips = _clips(array.reshape(-1), FOLLOWING)
    return tuple(clips[k : k + N_TARGETS] for k in range(0, len(clips), N_TARGETS))


def _clips(entries: np.ndarray[Any, Any], name: str) -> tuple[Clip, ...]:
    clips = [clip_of(entry) for entry in entries.tolist()]
    if None in clips:
        k = clips.index(None)
        raise RawDataError(
            f"Expected entries like <series>/<episode>/<n>.png in {name}, found "
            f"{shown(entries[k])} as entry {k:,}. {CURE}"
        )
    return tuple(clip for clip in clips if clip is not None)


def _entry(clips: Sequence[Clip], k: int) -> str:
    return clips[k].id if k < len(clips) else "none"


def _first(clips: set[Clip]) -> str:
    if not clips:
        return ""
    least = min(clips, key=lambda clip: (clip.episode, clip.n))
    return f" ({least.id}{' and others' if len(clips) > 1 else ''})"
