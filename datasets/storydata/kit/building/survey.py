"""What a build would cost: room on the disk and time, measured on a few units of its plan."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from storybench.shards.clip_format import ClipRecord
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
    """Make a few units spread over the plan, write nothing, and scale up to all planned samples.

    Stops after `MAX_PROBES` units or `MAX_SECONDS`, of stories and of clips. A plan without stories
    costs nothing.
    """
    costs = [
        _scaled(
            recipe, [unit for shard in plan.shards if shard.holds == kind for unit in shard.units]
        )
        for kind in ("stories", "clips")
    ]
    return Cost(
        n_bytes=sum(cost.n_bytes for cost in costs),
        seconds=sum(cost.seconds for cost in costs) / max(workers, 1),
    )


def _scaled(recipe: Recipe, units: Sequence[Unit]) -> Cost:
    weights = {k: unit.n_stories + unit.n_clips for k, unit in enumerate(units)}
    started = time.perf_counter()
    n_probed = n_bytes = 0
    for k in _spread([k for k, weight in weights.items() if weight], MAX_PROBES):
        n_bytes += _bytes_of(recipe, units[k])
        n_probed += weights[k]
        if time.perf_counter() - started > MAX_SECONDS:
            break
    if not n_probed:
        return Cost(n_bytes=0, seconds=0.0)
    scale = sum(weights.values()) / n_probed
    seconds = (time.perf_counter() - started) * scale
    return Cost(n_bytes=round(n_bytes * scale), seconds=seconds)


def _bytes_of(recipe: Recipe, unit: Unit) -> int:
    made = list(recipe.make(unit))
    stories = [one for one in made if isinstance(one, StoryRecord)]
    clips = [one for one in made if isinstance(one, ClipRecord)]
    pictures = sum(len(frame.data) for story in stories for frame in story.frames)
    return (
        STORY_OVERHEAD * (len(stories) + len(clips))
        + pictures
        + sum(len(clip.data) for clip in clips)
    )


def _spread(numbers: Sequence[int], count: int) -> list[int]:
    """At most `count` of them, evenly over the sequence."""
    step = max(len(numbers) / count, 1)
    return [numbers[int(k * step)] for k in range(min(count, len(numbers)))]
