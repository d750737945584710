"""Plan and make a raw folder in memory.

from tests.flintstonessv.making import make
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storybench.shards.clip_format import ClipRecord
from storybench.shards.format import StoryRecord
from storydata.flintstonessv.options import Options
from storydata.flintstonessv.recipe import Flintstones
from storydata.flintstonessv.release import open_release
from storydata.kit.building.plan import Plan
from storydata.kit.drops import Drop


@dataclass(frozen=True)
class Made:
    """Everything that a build would write, in order."""

    plan: Plan
    stories: list[StoryRecord]
    clips: list[ClipRecord]
    drops: list[Drop]

    def lost(self, kind: str) -> dict[str, str]:
        """Drops of one kind: why, by id."""
        return {drop.id: drop.step for drop in self.drops if drop.kind == kind}


def make(raw: Path, **options: Any) -> Made:
    """What a build of the raw folder would write."""
    recipe = Flintstones(open_release(raw), Options(**options))
    plan = recipe.plan()
    units = [unit for shard in plan.shards for unit in shard.units]
    things = [thing for unit in units for thing in recipe.make(unit)]
    return Made(
        plan,
        [one for one in things if isinstance(one, StoryRecord)],
        [one for one in things if isinstance(one, ClipRecord)],
        [*plan.drops, *(one for one in things if isinstance(one, Drop))],
    )
