"""What a dataset brings to the kit: a plan, and how one unit of it becomes stories."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from storybench.shards.clip_format import ClipRecord
from storybench.shards.format import StoryRecord
from storydata.kit.building.plan import Plan, Unit
from storydata.kit.drops import Drop


class Recipe(Protocol):
    """A frozen dataclass that pickles; workers get a copy.

    `make` is pure: what it yields depends on the unit and the raw files named in it alone. Of a
    unit of clips it yields clips, of any other stories. Bad raw data becomes a `Drop`; any other
    exception is a bug and stops the build.
    """

    def plan(self) -> Plan:
        """Everything the build will do, found out without reading pictures."""
        ...

    def make(self, unit: Unit) -> Iterator[StoryRecord | ClipRecord | Drop]:
        """The stories, or clips, of one unit in order, and what was lost of it."""
        ...
