"""What a build would cost: room on the disk and time, measured on a few units of its plan."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from storybench.shards.format import StoryRecord
from storydata.kit.building.plan import Plan, Unit
from storydata.kit.building.recipe import Recipe

MAX_PROBES = 8
MAX_SECONDS = 5.0
STORY_OVERHEAD = 4096
"""Bytes of a story beside its pictures: tar headers, JSON, its share of the index."""


@dataclass(frozen=True)
class Cost:
    """What the shards of a plan will take."""

    n_bytes: int
    seconds: float


def bytes_free(out: Path) -> int:
    """Free bytes on the disk that `out` is on, or will be on."""
    there = out.absolute()
    while not there.exists():
        there = there.parent
    return shutil.disk_usage(there).free


def shortage(needed: int, free: int) -> str | None:
    """One sentence if the disk is too small for what a build will write, None if it is not."""
    if needed <= free:
        return None
    return (
        f"The disk is too small: a build needs about {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB "
        "are free."
    )


def estimate(recipe: Recipe, plan: Plan, *, workers: int = 1) -> Cost:
    """Make a few units spread over the plan, write nothing, and scale up to all planned stories.

    Stops after `MAX_PROBES` units or `MAX_SECONDS`. A plan without stories costs nothing.
    """
    units = [unit for shard in plan.shards for unit in shard.units if unit.n_stories]
    n_stories = sum(unit.n_stories for unit in units)
    started = time.perf_counter()
    n_probed = n_bytes = 0
    for unit in _spread(units, MAX_PROBES):
        n_bytes += _bytes_of(recipe, unit)
        n_probed += unit.n_stories
        if time.perf_counter() - started > MAX_SECONDS:
            break
    if not n_probed:
        return Cost(n_bytes=0, seconds=0.0)
    scale = n_stories / n_probed
    seconds = (time.perf_counter() - started) * scale / max(workers, 1)
    return Cost(n_bytes=round(n_bytes * scale), seconds=seconds)


def _bytes_of(recipe: Recipe, unit: Unit) -> int:
    return sum(
        STORY_OVERHEAD + sum(len(frame.data) for frame in made.frames)
        for made in recipe.make(unit)
        if isinstance(made, StoryRecord)
    )


def _spread(units: Sequence[Unit], count: int) -> list[Unit]:
    """At most `count` units, evenly over the sequence."""
    step = max(len(units) / count, 1)
    return [units[int(k * step)] for k in range(min(count, len(units)))]
