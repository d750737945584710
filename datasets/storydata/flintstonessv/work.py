"""What the units of a build are to become: one split's part of one episode, as stories or as clips.

The payloads name everything that making them needs beside the arrays, so a unit can be made
anywhere, at any time, into the same bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from storydata.flintstonessv.arrays import array_name
from storydata.flintstonessv.contents import Contents
from storydata.flintstonessv.ids import cluster
from storydata.flintstonessv.labels import labels_of
from storydata.flintstonessv.stories import PlannedStory
from storydata.kit.building.plan import Unit


@dataclass(frozen=True, slots=True)
class ClipWork:
    """What is known of one clip whose array is there."""

    id: str
    file: str
    caption: str
    characters: tuple[int, ...]
    label_source: str


@dataclass(frozen=True, slots=True)
class StoryWork:
    """One story to be made: `first` is the place of its source among the clips of the unit."""

    first: int
    position: int
    rank: int
    subsets: tuple[str, ...]


@dataclass(frozen=True)
class EpisodeStories:
    """The stories of one episode in one split, and the clips that they show, in order."""

    cluster: str
    clips: tuple[ClipWork, ...]
    stories: tuple[StoryWork, ...]


@dataclass(frozen=True)
class EpisodeClips:
    """The clips of one episode in one split, to be kept whole."""

    cluster: str
    split: str
    clips: tuple[ClipWork, ...]


Works = Mapping[str, ClipWork]
"""The clips that are not lost, by id, in the order of the splits and, in each, of the ids."""


def clip_works(contents: Contents) -> dict[str, ClipWork]:
    """Every listed clip that can be used."""
    return {
        clip_id: _clip_work(clip_id, contents)
        for ids in contents.lists.ids.values()
        for clip_id in sorted(ids)
        if clip_id not in contents.lost
    }


def story_units(contents: Contents, works: Works, lost: set[str], split: str) -> Iterator[Unit]:
    """One unit an episode: it counts every story that is promised and holds those not `lost`."""
    by_episode: dict[str, list[PlannedStory]] = defaultdict(list)
    for story in contents.stories[split]:
        by_episode[cluster(story.clips[0])].append(story)
    for name, stories in by_episode.items():
        whole = [story for story in stories if story.key not in lost]
        shown = sorted({clip_id for story in whole for clip_id in story.clips})
        places = {clip_id: place for place, clip_id in enumerate(shown)}
        payload = EpisodeStories(
            cluster=name,
            clips=tuple(works[clip_id] for clip_id in shown),
            stories=tuple(
                StoryWork(places[story.clips[0]], story.position, story.rank, story.subsets)
                for story in whole
            ),
        )
        files = tuple(contents.arrays.files[clip_id] for clip_id in shown)
        yield Unit(split, files, payload=payload, n_stories=len(stories))


def clip_units(contents: Contents, works: Works) -> Iterator[Unit]:
    """One unit an episode of each split: it counts every clip that is listed and holds the rest."""
    for split, ids in contents.lists.ids.items():
        by_episode: dict[str, list[str]] = defaultdict(list)
        for clip_id in sorted(ids):
            by_episode[cluster(clip_id)].append(clip_id)
        for name, listed in by_episode.items():
            clips = tuple(works[clip_id] for clip_id in listed if clip_id in works)
            payload = EpisodeClips(name, split, clips)
            files = tuple(contents.arrays.files[clip.id] for clip in clips)
            yield Unit("", files, payload=payload, n_stories=0, n_clips=len(listed))


def _clip_work(clip_id: str, contents: Contents) -> ClipWork:
    annotation = contents.annotations.clips[clip_id]
    characters, label_source = labels_of(annotation, contents.release.characters)
    file = array_name(contents.arrays.place, clip_id)
    return ClipWork(clip_id, file, annotation.caption, characters, label_source)
