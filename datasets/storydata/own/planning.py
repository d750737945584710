"""From gathered episodes to the plan of a build: stories, their places, and what is lost already.

Stories are settled from what tables and texts say. A story stands whole or is dropped: when a
picture is missing, no other moves up, so two people who lack different files still have the same
stories under the same names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from storybench.types import StorySpec
from storydata.kit.building.plan import Plan, ShardPlan, Unit, pack
from storydata.kit.drops import Drop
from storydata.kit.raw import RawFile
from storydata.own.cast import check_names, label_source, labels
from storydata.own.described import Episode, Lost, Shot
from storydata.own.gathering import Gathered, cut
from storydata.own.settings import DatasetTable, RecipeDocument
from storydata.own.sharing import find_shared, settle
from storydata.own.slugs import slugs
from storydata.own.work import ShotWork, StoryWork, Work

MISSING = "file missing"

Losses = Mapping[str, Drop]
"""Why files can show nothing in a split, by name."""


@dataclass(frozen=True)
class _Split:
    """One split on its way into shards."""

    name: str
    document: RecipeDocument
    keys: Mapping[str, str]
    losses: Losses


def draft_plan(gathered: Gathered) -> Plan:
    """Every story that the descriptions promise, and the files that are there for them.

    Raises:
        InputError: two splits share a file, and the recipe does not say what to do about it.
        RawDataError: a column names a character that the recipe does not know.
    """
    document = gathered.document
    told = [one for episodes in gathered.splits.values() for one in episodes]
    check_names(told, document.dataset.characters)
    keys = slugs(one.name for one in told)
    shared = settle(find_shared(_files(gathered)), document.split.shared_frames)
    shards: list[ShardPlan] = []
    drops = [_as_drop(loss, gathered.homes) for loss in gathered.losses]
    n_planned = 0
    for name, episodes in gathered.splits.items():
        losses = {**_missing(name, episodes), **_leaking(name, shared)}
        units, dropped = _units(_Split(name, document, keys, losses), episodes)
        shards += pack(units, name, stories_per_shard=document.stories.stories_per_shard)
        drops += [*losses.values(), *dropped]
        n_planned += sum(unit.n_stories for unit in units)
    return Plan(
        spec=_spec(document),
        shards=tuple(shards),
        drops=tuple(drops),
        n_planned=n_planned,
        raw_files=gathered.tables,
        options=recorded(document),
    )


def recorded(document: RecipeDocument) -> dict[str, Any]:
    """Every key of the recipe that has a value, given or by default, as the manifest has it."""
    tables = {"stories": document.stories, "split": document.split}
    tables |= {f"source.{n}": source for n, source in enumerate(document.sources, start=1)}
    found = {place: table.model_dump(exclude_none=True) for place, table in tables.items()}
    return dict(_flat(found))


def _flat(value: Mapping[str, Any], start: str = "") -> Iterator[tuple[str, Any]]:
    for key, one in value.items():
        name = f"{start}{key}"
        if isinstance(one, Mapping):
            yield from _flat(one, f"{name}.")
        elif isinstance(one, tuple | list):
            yield name, ", ".join(one)
        elif one != "":
            yield name, one


def _files(gathered: Gathered) -> dict[str, dict[str, RawFile]]:
    """The files that stories of each split show, by name."""
    return {
        split: {
            episode.shots[k].name: file
            for episode in episodes
            for members in cut(episode, gathered.document.stories)
            for k in members
            if (file := episode.shots[k].file) is not None
        }
        for split, episodes in gathered.splits.items()
    }


def _missing(split: str, episodes: Sequence[Episode]) -> dict[str, Drop]:
    return {
        shot.name: Drop(shot.name, "file", split, MISSING, shot.missing)
        for episode in episodes
        for shot in episode.shots
        if shot.file is None
    }


def _leaking(split: str, shared: Mapping[tuple[str, str], str]) -> dict[str, Drop]:
    return {
        name: Drop(name, "file", split, "in a later split too", reason)
        for (home, name), reason in shared.items()
        if home == split
    }


def _units(split: _Split, episodes: Sequence[Episode]) -> tuple[list[Unit], list[Drop]]:
    units: list[Unit] = []
    drops: list[Drop] = []
    position = 0
    for episode in episodes:
        stories = _stories(episode, split, position)
        position += len(stories)
        last_shown = -1
        for run in _runs(stories, split.document.stories.stories_per_shard):
            kept = [story for story in run if _lost_shot(story, episode, split.losses) is None]
            drops += _dropped(run, episode, split)
            units.append(_unit(split, episode, kept, last_shown, n_stories=len(run)))
            last_shown = max((k for story in kept for k in story.members), default=last_shown)
    return units, drops


def _stories(episode: Episode, split: _Split, position: int) -> list[StoryWork]:
    key = split.keys[episode.name]
    return [
        StoryWork(f"{key}-{members[0]:04d}", position + number, members)
        for number, members in enumerate(cut(episode, split.document.stories))
    ]


def _runs(stories: Sequence[StoryWork], length: int) -> Iterator[Sequence[StoryWork]]:
    for start in range(0, len(stories), length):
        yield stories[start : start + length]


def _lost_shot(story: StoryWork, episode: Episode, losses: Losses) -> Shot | None:
    shots = (episode.shots[k] for k in story.members)
    return next((shot for shot in shots if shot.name in losses), None)


def _dropped(run: Sequence[StoryWork], episode: Episode, split: _Split) -> Iterator[Drop]:
    for story in run:
        shot = _lost_shot(story, episode, split.losses)
        if shot is not None:
            loss = split.losses[shot.name]
            reason = f"Its frame {shot.name} is lost. {loss.reason}"
            yield Drop(story.key, "story", split.name, loss.step, reason)


def _unit(
    split: _Split,
    episode: Episode,
    stories: Sequence[StoryWork],
    last_shown: int,
    *,
    n_stories: int,
) -> Unit:
    """The stories of a run that can be made, with their shots numbered anew from 0."""
    shown = sorted({k for story in stories for k in story.members})
    number = {k: n for n, k in enumerate(shown)}
    shots = [episode.shots[k] for k in shown]
    work = Work(
        episode=episode.name,
        is_video=episode.is_video,
        label_source=label_source(episode, split.document.dataset.characters),
        shots=tuple(_shot_work(shot, split.document.dataset) for shot in shots),
        n_known=sum(k <= last_shown for k in shown),
        stories=tuple(
            replace(story, members=tuple(number[k] for k in story.members)) for story in stories
        ),
    )
    files = {shot.file.name: shot.file for shot in shots if shot.file is not None}
    return Unit(split.name, tuple(files.values()), payload=work, n_stories=n_stories)


def _shot_work(shot: Shot, dataset: DatasetTable) -> ShotWork:
    return ShotWork(
        file=shot.name,
        time=shot.time,
        captions=shot.captions,
        characters=labels(shot, dataset.characters),
        licence=shot.licence or dataset.licence or None,
    )


def _spec(document: RecipeDocument) -> StorySpec:
    table: DatasetTable = document.dataset
    return StorySpec(
        name=table.name,
        version=table.version,
        n_targets=document.stories.length - 1,
        characters=table.characters,
        licence=table.licence,
        citation=table.citation,
    )


def _as_drop(loss: Lost, homes: Mapping[str, str]) -> Drop:
    return Drop(loss.id, loss.kind, homes.get(loss.episode or "", ""), loss.step, loss.reason)
