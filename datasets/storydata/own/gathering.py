"""All sources of a recipe together: every episode once, in its split, and what is known of it.

Nothing here opens a picture or a video.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from storybench.errors import InputError, RawDataError
from storybench.shards.format import split_rank
from storydata.kit.raw import RawFile
from storydata.kit.windows import CUTS
from storydata.own.described import Episode, Lost, Reading
from storydata.own.document import find_recipe, read_document
from storydata.own.folder import Folder, open_folder
from storydata.own.settings import FramesSource, RecipeDocument, Source, StoriesTable
from storydata.own.splits import assign
from storydata.own.stills import read_stills
from storydata.own.videos import read_videos


@dataclass(frozen=True)
class Gathered:
    """A recipe with all that lies below it, put in order.

    `splits` has the episodes with stories of each split: train, val, test. `homes` has the split of
    every episode that has one, `tables` the recipe and whatever describes the files.
    """

    document: RecipeDocument
    splits: dict[str, tuple[Episode, ...]]
    homes: dict[str, str]
    tables: tuple[RawFile, ...]
    losses: tuple[Lost, ...]
    notes: tuple[str, ...]


def gather(raw: Path) -> Gathered:
    """Read a recipe and everything that describes its files.

    Raises:
        MissingError: the recipe is not there, or what it speaks of.
        InputError: the recipe is not what was expected, or does not fit the files.
        RawDataError: a table or text is not what was expected; names the line.
    """
    file = find_recipe(raw)
    document = read_document(file)
    folder = open_folder(file.path.parent)
    places = [f"[[source]] {n} of {file.name}" for n in range(1, len(document.sources) + 1)]
    readings = [
        _read(folder, source, place) for source, place in zip(document.sources, places, strict=True)
    ]
    episodes = _once(readings, places)
    losses = [loss for reading in readings for loss in reading.losses]
    told = [one for one in episodes if cut(one, document.stories)]
    if not told:
        raise RawDataError(_no_story(episodes, document.stories, losses))
    homes = assign(
        [one.name for one in episodes],
        document.split,
        dataset=document.dataset.name,
        storied=frozenset(one.name for one in told),
    )
    _check_told(homes, told, document.stories)
    return Gathered(
        document=document,
        splits={
            split: tuple(one for one in told if homes[one.name] == split)
            for split in sorted({homes[one.name] for one in told}, key=split_rank)
        },
        homes=homes,
        tables=(file, *_tables(readings)),
        losses=(*losses, *_too_few(episodes, document.stories)),
        notes=tuple(note for reading in readings for note in reading.notes),
    )


def cut(episode: Episode, stories: StoriesTable) -> list[tuple[int, ...]]:
    """The stories of an episode as positions of its shots."""
    return CUTS[stories.rule](episode.shots, length=stories.length)


def _read(folder: Folder, source: Source, place: str) -> Reading:
    if isinstance(source, FramesSource):
        return read_stills(folder, source, place=place)
    return read_videos(folder, source, place=place)


def _once(readings: Sequence[Reading], places: Sequence[str]) -> list[Episode]:
    """Every episode of every source, each with a name of its own."""
    found: dict[str, tuple[Episode, str]] = {}
    for reading, place in zip(readings, places, strict=True):
        for episode in reading.episodes:
            if episode.name not in found:
                found[episode.name] = (episode, place)
                continue
            other, where = found[episode.name]
            files = [one.shots[0].name if one.shots else one.name for one in (other, episode)]
            raise InputError(
                f"Expected every episode once, found {episode.name} in {where} ({files[0]}) and in "
                f'{place} ({files[1]}). Give a source a prefix = "…", or choose fewer files.'
            )
    return [episode for episode, _ in found.values()]


def _tables(readings: Sequence[Reading]) -> list[RawFile]:
    """Every file that describes others, once; two sources may use one."""
    return list({file.name: file for reading in readings for file in reading.tables}.values())


def _check_told(homes: dict[str, str], told: Sequence[Episode], stories: StoriesTable) -> None:
    """Refuse a split that is asked for and would be empty."""
    names = {one.name for one in told}
    for split in sorted(set(homes.values()), key=split_rank):
        members = [name for name, home in homes.items() if home == split]
        if names.isdisjoint(members):
            raise InputError(
                f"Expected a story in {split}, found none: {', '.join(members[:3])} "
                f"{'has' if len(members) == 1 else 'have'} fewer than the {stories.length} "
                "described frames of a story. Choose other episodes or a smaller length."
            )


def _too_few(episodes: Sequence[Episode], stories: StoriesTable) -> list[Lost]:
    return [
        Lost(
            one.name,
            "description",
            "too few frames for a story",
            f"{len(one.shots)} of its frames are described, a story needs {stories.length}.",
            one.name,
        )
        for one in episodes
        if len(one.shots) < stories.length
    ]


def _no_story(episodes: Sequence[Episode], stories: StoriesTable, losses: Sequence[Lost]) -> str:
    if episodes:
        longest = max(episodes, key=lambda one: len(one.shots))
        found = f"{len(longest.shots)} at most ({longest.name})"
    else:
        found = "none"
    first = f" The first loss: {losses[0].id}: {losses[0].reason}" if losses else ""
    return (
        f"Expected an episode with at least {stories.length} described frames, found {found}. "
        f"Is each folder, file or value of the column an episode?{first}"
    )
