"""From the facts of a release to the plan of a build: units, shards and what is lost already.

A unit of stories is what one split has of one episode, a unit of clips one episode whole. Each
story keeps its id and its position whatever is missing; a clip that is missing, or has no caption,
costs the stories that show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from storybench.errors import MissingError
from storydata.kit.building.plan import Plan, ShardPlan, Unit, pack, pack_clips
from storydata.kit.drops import Drop
from storydata.kit.raw import RawFile
from storydata.pororosv import spec
from storydata.pororosv.facts import Facts
from storydata.pororosv.names import Clip, in_folder_order
from storydata.pororosv.options import Options
from storydata.pororosv.splits import subsets, with_lost
from storydata.pororosv.stories import clips_of_story, in_text_order


@dataclass(frozen=True, slots=True)
class ClipNotes:
    """What is known of a clip beside its pictures; `n` is its number in the episode."""

    n: int
    captions: tuple[str, ...]
    characters: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class StoryPlan:
    """One story to be: the number of its first clip, and its places.

    `orders` are pairs of the name of an order and the place in it; `position` is the place among
    the sorted ids of the split.
    """

    n: int
    position: int
    orders: tuple[tuple[str, int], ...]
    subsets: tuple[str, ...]


@dataclass(frozen=True)
class EpisodeStories:
    """What one split has of one episode: the payload of a unit of stories."""

    episode: str
    label_source: str
    clips: tuple[ClipNotes, ...]
    stories: tuple[StoryPlan, ...]


@dataclass(frozen=True)
class EpisodeClips:
    """Every clip of one episode: the payload of a unit of clips."""

    episode: str
    label_source: str
    clips: tuple[ClipNotes, ...]


MISSING = "clip missing"

Loss = tuple[str, str]
"""Why a story cannot be made: the step, and the reason."""


def make_plan(facts: Facts, options: Options) -> Plan:
    """The plan of every story and clip that the release promises."""
    split = with_lost(facts.split, len(facts.starts)) if options.recover_lost else facts.split
    notes = {clip: _notes(facts, clip) for clip in facts.clips}
    losses = {clip: loss for clip in facts.clips if (loss := _loss(facts, clip)) is not None}
    shards: list[ShardPlan] = []
    drops = [*_clip_drops(losses), *_stray_drops(facts)]
    for name, ids in split.items():
        units: list[Unit] = []
        for episode, stories in _by_episode(facts, name, ids):
            lost = {
                story: loss for story in stories if (loss := _first_loss(episode, story, losses))
            }
            units.append(_story_unit(facts, name, episode, stories, lost, notes))
            drops += _story_drops(name, episode, lost)
        shards += pack(units, name, stories_per_shard=options.stories_per_shard)
    episodes = in_folder_order(facts.lengths.by_episode)
    clip_units = [_clip_unit(facts, episode, notes) for episode in episodes]
    shards += pack_clips(clip_units, clips_per_shard=options.clips_per_shard)
    return Plan(
        spec=facts.spec,
        shards=tuple(shards),
        drops=tuple(drops),
        n_planned=sum(map(len, split.values())),
        raw_files=facts.tables,
        options=_recorded(facts, options),
    )


def check_any(plan: Plan, facts: Facts) -> None:
    """Refuse a plan of nothing.

    Raises:
        MissingError: not one story has all its clips and captions.
    """
    if any(shard.holds == "stories" for shard in plan.shards):
        return
    raise MissingError(
        f"Expected the clips of {plan.n_planned:,} stories in {facts.release.folder}, as "
        f"<series>/<episode>/<n>.{facts.release.form}, found {facts.release.n_clips:,} clips and "
        f"not one story whole. Is the archive unpacked there, with {facts.captions_name} of the "
        "same release?"
    )


def _recorded(facts: Facts, options: Options) -> dict[str, Any]:
    """Every option, and what a build found out by itself."""
    return {
        "caption": options.caption,
        "captions_from": facts.captions_name,
        "clips_per_shard": options.clips_per_shard,
        "frame_choice": options.frame_choice,
        "frame_seed": options.frame_seed,
        "labels_from": facts.label_source,
        "lengths_from": facts.lengths.counted_by,
        "recover_lost": options.recover_lost,
        "split": "substitute" if facts.is_substitute else "released",
        "stories_per_shard": options.stories_per_shard,
        "trust_caches": options.trust_caches,
    }


def _notes(facts: Facts, clip: Clip) -> ClipNotes:
    return ClipNotes(clip.n, facts.captions_of(clip), facts.labels_of(clip))


def _loss(facts: Facts, clip: Clip) -> Loss | None:
    if facts.file_of(clip) is None:
        return MISSING, f"No file {facts.release.clip_name(clip.episode, clip.n)}."
    if not facts.captions_of(clip):
        return "caption missing", f"No caption of {clip.id} in {facts.captions_name}."
    return None


def _first_loss(episode: str, story: StoryPlan, losses: Mapping[Clip, Loss]) -> Loss | None:
    clips = (Clip(episode, n) for n in clips_of_story(story.n))
    return next((losses[clip] for clip in clips if clip in losses), None)


def _by_episode(
    facts: Facts, split: str, ids: Sequence[int]
) -> Iterator[tuple[str, tuple[StoryPlan, ...]]]:
    """The stories of a split, episode by episode, in the order of their ids."""
    is_file_order = not facts.is_substitute and split != spec.LOST
    places = {story: place for place, story in enumerate(ids)} if is_file_order else {}
    planned = (
        (facts.starts[story], _story(facts, split, story, position, places.get(story), len(ids)))
        for position, story in enumerate(sorted(ids))
    )
    for episode, group in groupby(planned, key=lambda one: one[0].episode):
        yield episode, tuple(story for _, story in group)


def _story(
    facts: Facts, split: str, story: int, position: int, place: int | None, n_stories: int
) -> StoryPlan:
    orders = (("story-id", story),) if place is None else (("file", place), ("story-id", story))
    parts = () if place is None else subsets(split, place, n_stories)
    return StoryPlan(facts.starts[story].n, position, orders, parts)


def _story_unit(
    facts: Facts,
    split: str,
    episode: str,
    stories: Sequence[StoryPlan],
    lost: Mapping[StoryPlan, Loss],
    notes: Mapping[Clip, ClipNotes],
) -> Unit:
    """What is left of the stories; without files if nothing is."""
    left = tuple(story for story in stories if story not in lost)
    clips = [Clip(episode, n) for n in _numbers(left)]
    return Unit(
        split,
        _files(facts, clips),
        EpisodeStories(episode, facts.label_source, tuple(notes[clip] for clip in clips), left),
        n_stories=len(stories),
    )


def _numbers(stories: Iterable[StoryPlan]) -> list[int]:
    return sorted({n for story in stories for n in clips_of_story(story.n)})


def _clip_unit(facts: Facts, episode: str, notes: Mapping[Clip, ClipNotes]) -> Unit:
    length = facts.lengths.by_episode[episode]
    clips = [Clip(episode, n) for n in in_text_order(range(1, length + 1))]
    there = [clip for clip in clips if facts.file_of(clip)]
    return Unit(
        "",
        _files(facts, there),
        EpisodeClips(episode, facts.label_source, tuple(notes[clip] for clip in there)),
        n_stories=0,
        n_clips=length,
    )


def _files(facts: Facts, clips: Iterable[Clip]) -> tuple[RawFile, ...]:
    return tuple(file for clip in clips if (file := facts.file_of(clip)))


def _clip_drops(losses: Mapping[Clip, Loss]) -> Iterator[Drop]:
    """Clips that are missing, and clips without a caption."""
    for clip, loss in losses.items():
        yield Drop(clip.id, "clip" if loss[0] == MISSING else "description", "", *loss)


def _story_drops(split: str, episode: str, lost: Mapping[StoryPlan, Loss]) -> Iterator[Drop]:
    for story, loss in lost.items():
        yield Drop(Clip(episode, story.n).key, "story", split, *loss)


def _stray_drops(facts: Facts) -> Iterator[Drop]:
    """What is there and belongs to no clip that the release counts: captions and files."""
    for key in facts.captions.strays:
        reason = f"It names no clip <series>/<episode>/<n> in {facts.captions_name}."
        yield Drop(key, "description", "", "names no clip", reason)
    reason = f"{facts.lengths.counted_by} counts no such clip."
    for clip in facts.captions.entries:
        if clip not in facts.lengths:
            yield Drop(clip.id, "description", "", "clip not counted", reason)
    for episode, files in facts.release.clips.items():
        for n, file in files.items():
            if Clip(episode, n) not in facts.lengths:
                yield Drop(file.name, "file", "", "clip not counted", reason)
