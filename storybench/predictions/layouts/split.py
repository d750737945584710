"""What a reader of foreign layouts has to know of the split that the pictures are for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from storybench.types import Story, StorySpec

OFFICIAL = "official"
"""The order of `Story.position`; StoryDALL-E's and AR-LDM's."""

Clips = tuple[tuple[str, ...], ...]


class StoriesLike(Protocol):
    """The part of `storybench.shards.reader.Stories` that is needed; shards are no concern here."""

    split: str | None

    @property
    def spec(self) -> StorySpec:
        """What the dataset promises."""
        ...

    @property
    def digest(self) -> str:
        """The version of the data."""
        ...

    def table(self) -> pd.DataFrame:
        """The index, a row a story."""
        ...

    def __iter__(self) -> Iterator[Story]: ...


@dataclass(frozen=True, eq=False)
class Split:
    """The stories of a split, in the official order.

    `positions` are their places in it, 0, 1, … unless given.
    `orders` has by name of another order the place of each story in it ("file" that of the split's
    file, "story-id" the number that the release itself gives it). `subsets` counts the stories of
    each named part. `clips`, where known, are the clip ids of each story's frames, source first.
    """

    dataset: str
    name: str
    ids: tuple[str, ...]
    n_targets: int
    positions: tuple[int, ...] = ()
    orders: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    subsets: Mapping[str, int] = field(default_factory=dict)
    data_digest: str = ""
    stories: StoriesLike | None = None
    known_clips: Clips | None = None

    @classmethod
    def of(cls, stories: StoriesLike) -> Split:
        """The split that a `Stories` shows."""
        table = stories.table()
        per_story: list[dict[str, int]] = [dict(pairs) for pairs in table["orders"]]
        some = per_story[0] if per_story else {}
        names = [name for name in some if all(name in of for of in per_story)]
        return cls(
            dataset=stories.spec.name,
            name=stories.split or "all",
            ids=tuple(map(str, table["key"])),
            n_targets=stories.spec.n_targets,
            positions=tuple(int(place) for place in table["position"]),
            orders={name: tuple(int(of[name]) for of in per_story) for name in names},
            subsets=Counter(name for of in table["subsets"] for name in of),
            data_digest=stories.digest,
            stories=stories,
        )

    @cached_property
    def clips(self) -> Clips | None:
        """Clip ids of each story's frames; read from the shards when first asked for."""
        if self.known_clips is not None or self.stories is None:
            return self.known_clips
        return tuple(tuple(one.origin.clip for one in story.frames) for story in self.stories)

    @property
    def order_names(self) -> tuple[str, ...]:
        """The orders that can be named, the official one first."""
        return (OFFICIAL, *sorted(self.orders))

    def places(self, order: str) -> dict[int, str]:
        """Story id by place in an order; where a build lost stories, their places are not there."""
        numbers = self.positions or range(len(self.ids))
        if order != OFFICIAL:
            numbers = self.orders[order]
        return dict(zip(numbers, self.ids, strict=True))

    def agree(self, order: str, other: str) -> bool:
        """Whether two orders are known and the same."""
        known = self.order_names
        return order in known and other in known and self.places(order) == self.places(other)
