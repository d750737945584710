"""Step 10 of the rule "didemo-v1": which descriptions of a video make a story, and its name.

Stories are settled from the annotations alone. A story stands whole or is dropped: when a frame
turns out to be lost, no other description moves up, so two people who miss different videos still
have the same stories under the same names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storydata.didemosv.moments import VideoMoments
from storydata.didemosv.options import StoryRule
from storydata.kit.windows import CUTS


@dataclass(frozen=True)
class PlannedStory:
    """One story to be: its key, its place in the split, and which moments of the video it shows."""

    key: str
    position: int
    members: tuple[int, ...]


@dataclass(frozen=True)
class PlannedVideo:
    """A video with every story to be cut from it."""

    moments: VideoMoments
    stories: tuple[PlannedStory, ...]


def cut_stories(
    videos: Iterable[VideoMoments], *, rule: StoryRule, story_len: int
) -> list[PlannedVideo]:
    """Cut the videos of one split, in order; those too short for a story stay, with none."""
    planned: list[PlannedVideo] = []
    position = 0
    for video in videos:
        cuts = CUTS[rule](video.moments, length=story_len)
        stories = tuple(
            PlannedStory(story_key(video, members), position + number, members)
            for number, members in enumerate(cuts)
        )
        planned.append(PlannedVideo(video, stories))
        position += len(stories)
    return planned


def story_key(video: VideoMoments, members: Sequence[int]) -> str:
    """Flickr id and annotation ids, "3622114091-40961-40970-41002": readable, and never reused."""
    ids = (video.moments[k].annotation_id for k in members)
    return "-".join([video.flickr_id, *map(str, ids)])
