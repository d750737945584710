"""The plan of a build: every shard and what goes into it, settled before any work starts.

A shard is a pure function of its row of the plan and the raw files named there. That is why one
worker or eight, today or after a crash, write the same bytes. The rows are kept packed, as they go
to workers: tens of thousands of small objects would be most of the memory of a build.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from storybench.errors import InputError
from storybench.shards.clip_format import clip_shard_name
from storybench.shards.format import shard_name
from storybench.types import StorySpec
from storydata.kit.drops import Drop
from storydata.kit.raw import RawFile


@dataclass(frozen=True)
class Unit:
    """The smallest piece of work: what one video, strip or episode becomes.

    `files` are all the raw files that making it reads. `payload` is a frozen dataclass of the
    recipe that pickles and consists of JSON-like values; it is part of the shard's fingerprint.
    `n_stories` is what the annotations promise. A unit without files, since they are missing, only
    keeps its place: it is never made, and its drops stand in the plan. A unit of raw clips belongs
    to no split ("") and promises `n_clips`.
    """

    split: str
    files: tuple[RawFile, ...]
    payload: Any
    n_stories: int
    n_clips: int = 0


@dataclass(frozen=True)
class ShardPlan:
    """One row of the plan: a shard's file name and the units that fill it, in order.

    `holds` says whether they become stories of one split or raw clips; `packed` are the units, and
    `units` unpacks them anew each time.
    """

    name: str
    split: str
    packed: bytes
    holds: Literal["stories", "clips"] = "stories"

    @property
    def units(self) -> tuple[Unit, ...]:
        """What fills the shard."""
        return pickle.loads(zlib.decompress(self.packed))

    def of(self, units: Iterable[Unit]) -> ShardPlan:
        """The same shard, filled with other units."""
        return replace(self, packed=_packed(tuple(units)))


@dataclass(frozen=True)
class Plan:
    """Everything a build will do.

    `drops` are the losses known before any work (duplicates, missing videos), `n_planned` counts
    the stories that the annotations promise, lost ones included. `raw_files` are those the plan
    itself was read from. `options` go into the manifest and into every shard's fingerprint.
    """

    spec: StorySpec
    shards: tuple[ShardPlan, ...]
    drops: tuple[Drop, ...]
    n_planned: int
    raw_files: tuple[RawFile, ...]
    options: Mapping[str, Any]


def pack(units: Iterable[Unit], split: str, *, stories_per_shard: int) -> list[ShardPlan]:
    """Fill shards in order, so that none plans more than `stories_per_shard` stories.

    A unit never straddles shards; one that is larger gets a shard of its own. Only planned counts
    matter, so a unit that is missing or turns out lost moves no story of another shard. Units
    without files are left out once all have their place; a shard of nothing else is not planned,
    and its number stays free for when they turn up.

    Raises:
        InputError: `stories_per_shard` is below 1.
    """
    if stories_per_shard < 1:
        raise InputError(f"Expected at least 1 story per shard, found {stories_per_shard}.")
    groups = _filled(units, lambda unit: unit.n_stories, room=stories_per_shard)
    return [ShardPlan(shard_name(split, number), split, packed) for number, packed in groups]


def pack_clips(units: Iterable[Unit], *, clips_per_shard: int) -> list[ShardPlan]:
    """As `pack`, for units of raw clips.

    Raises:
        InputError: `clips_per_shard` is below 1.
    """
    if clips_per_shard < 1:
        raise InputError(f"Expected at least 1 clip per shard, found {clips_per_shard}.")
    groups = _filled(units, lambda unit: unit.n_clips, room=clips_per_shard)
    return [
        ShardPlan(clip_shard_name(number), "", packed, holds="clips") for number, packed in groups
    ]


def _filled(
    units: Iterable[Unit], weigh: Callable[[Unit], int], *, room: int
) -> list[tuple[int, bytes]]:
    """Numbered groups of units, packed, in order; a group of missing units only is left out."""
    groups: list[list[Unit]] = []
    left = 0
    for unit in units:
        if not groups or weigh(unit) > left:
            groups.append([])
            left = room
        groups[-1].append(unit)
        left -= weigh(unit)
    found = [tuple(unit for unit in group if unit.files) for group in groups]
    return [(number, _packed(units)) for number, units in enumerate(found) if units]


def _packed(units: tuple[Unit, ...]) -> bytes:
    return zlib.compress(pickle.dumps(units), level=1)
