"""The stories of each split: their places in two orders, and the named parts they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storydata.flintstonessv.followings import Followings
from storydata.flintstonessv.ids import key
from storydata.flintstonessv.spec import SUBSETS


@dataclass(frozen=True, slots=True)
class PlannedStory:
    """Five clips, and where the story stands among those of its split.

    `position` counts in the order of the split's list, which the official loaders keep
    (adymaharana/storydalle@132dd19:story-dalle/flintstones_dataloader.py:92-101), `rank` in that of
    the ids.
    """

    clips: tuple[str, ...]
    split: str
    position: int
    rank: int

    @property
    def key(self) -> str:
        """What the story is called: the id of its first clip, in lower case."""
        return key(self.clips[0])

    @property
    def subsets(self) -> tuple[str, ...]:
        """The named parts of the split that the story belongs to, sorted."""
        return tuple(
            sorted(name for name, cut in SUBSETS.items() if self.position < cut.get(self.split, 0))
        )


def plan_stories(
    ids: Mapping[str, Sequence[str]], starts: Followings, *, subset: str | None
) -> dict[str, list[PlannedStory]]:
    """The stories of each split in the order of their ids.

    Args:
        ids: the clips of each split, in file order.
        starts: the four clips that follow each one that starts a story.
        subset: build only this named part; splits that it does not cut stay whole.
    """
    return {split: _of_split(split, clips, starts, subset) for split, clips in ids.items()}


def _of_split(
    split: str, clips: Sequence[str], starts: Followings, subset: str | None
) -> list[PlannedStory]:
    in_file_order = [clip_id for clip_id in clips if clip_id in starts]
    positions = {clip_id: place for place, clip_id in enumerate(in_file_order)}
    planned = [
        PlannedStory((clip_id, *starts[clip_id]), split, positions[clip_id], rank)
        for rank, clip_id in enumerate(sorted(in_file_order))
    ]
    room = SUBSETS[subset].get(split, len(planned)) if subset else len(planned)
    return [story for story in planned if story.position < room]
