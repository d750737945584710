"""Pictures whose captions stand in tables: one row a caption, any number of rows a picture.

The rows are the sequence: in their order, or in that of a column `order`. Rows of one picture in
one episode are alternatives of its caption. A row without a caption, and a picture that no row
names, are no part of the sequence; a picture that a row names and that is not there is, and costs
its stories.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from storybench.errors import RawDataError
from storydata.kit.raw import RawFile
from storydata.own import columns as cells
from storydata.own.described import Episode, Lost, Reading, Shot
from storydata.own.folder import Folder, check_inside, episode_name, folder_of, joined, natural
from storydata.own.settings import FramesSource
from storydata.own.tables import Row, Table

NEEDED = ("file", "caption")
OPTIONAL = ("episode", "characters", "licence", "order")
Columns = Mapping[str, Sequence[str]]


@dataclass
class _Gathered:
    """What the rows say of one picture in one episode."""

    shot: Shot
    order: float
    licence: str = ""
    captions: dict[str, None] = field(default_factory=dict)
    characters: dict[str, None] = field(default_factory=dict)


@dataclass
class _Listing:
    """Rows as they come, under their episode and picture; `apart` are rows of one that was left."""

    folder: Folder
    source: FramesSource
    home: str
    gathered: dict[str, dict[str, _Gathered]] = field(default_factory=dict)
    apart: list[str] = field(default_factory=list)
    n_rows: int = 0

    def add(self, row: Row, columns: Columns, *, near: str) -> None:
        """Add a row of a table in the folder `near` to what is known of its picture."""
        shot = self._shot(row, columns, near)
        order = cells.number(row, columns["order"]) if "order" in columns else float(self.n_rows)
        self.n_rows += 1
        episode = f"{self.source.prefix}{_episode_of(row, columns, shot, self.home)}"
        shots = self.gathered.setdefault(episode, {})
        if shot.name in shots and next(reversed(shots)) != shot.name:
            self.apart.append(f"{shot.name} ({row.place})")
        one = shots.setdefault(shot.name, _Gathered(shot, order))
        one.captions |= dict.fromkeys(cells.texts(row, columns["caption"]))
        if "characters" in columns:
            one.characters |= dict.fromkeys(cells.names(row, columns["characters"]))
        if "licence" in columns:
            one.licence = one.licence or cells.text(row, columns["licence"])

    def _shot(self, row: Row, columns: Columns, near: str) -> Shot:
        written = cells.text(row, columns["file"])
        if not written:
            raise RawDataError(f"Expected the name of a picture in {row.place}, found none.")
        name = check_inside(written, place=row.place)
        file = self.folder.find(name, folders=(self.home, near))
        return Shot(
            name=file.name if file else joined(self.home, name),
            file=file,
            captions=(),
            characters=() if "characters" in columns else None,
            missing="" if file else self.folder.why_missing(name, folder=self.home),
            place=row.place,
        )


def read_listed(
    folder: Folder,
    source: FramesSource,
    tables: Sequence[Table],
    pictures: Sequence[RawFile],
    *,
    home: str,
    place: str,
) -> Reading:
    """Every episode that the tables of a source list, in natural order of their names.

    Raises:
        InputError: a column is not there, or only in some of the tables.
        RawDataError: a row is not what was expected; names the line.
    """
    maps = [_columns(source, table, place=place) for table in tables]
    cells.check_alike(tables, maps, ("episode", "characters", "order"))
    listing = _Listing(folder, source, home)
    for table, columns in zip(tables, maps, strict=True):
        for row in table.rows:
            listing.add(row, columns, near=folder_of(table.file.name))
    gathered = listing.gathered
    episodes = [
        _episode(name, gathered[name], source.licence) for name in sorted(gathered, key=natural)
    ]
    listed = {name for shots in gathered.values() for name in shots}
    losses = [*_unsaid(gathered), *_unlisted(pictures, listed)]
    is_ordered = any("order" in columns for columns in maps)
    return Reading(
        episodes=tuple(episodes),
        tables=tuple(table.file for table in tables),
        losses=tuple(losses),
        notes=() if is_ordered else (*_order_notes(episodes), *_apart_notes(listing.apart)),
    )


def _columns(source: FramesSource, table: Table, *, place: str) -> Columns:
    wanted = [*NEEDED]
    wanted += ["episode"] if source.episode == "column" else []
    wanted += ["characters"] if source.labels == "column" else []
    others = [key for key in OPTIONAL if key not in wanted]
    found = cells.column_map(table, source.columns, needed=wanted, optional=others, place=place)
    ignored = {"episode"} if source.episode == "folder" else set()
    ignored |= {"characters"} if source.labels == "captions" else set()
    return {key: columns for key, columns in found.items() if key not in ignored}


def _episode_of(row: Row, columns: Columns, shot: Shot, home: str) -> str:
    if "episode" not in columns:
        return episode_name(folder_of(shot.name, home))
    name = cells.text(row, columns["episode"])
    if not name:
        raise RawDataError(f"Expected the name of an episode in {row.place}, found none.")
    return name


def _episode(name: str, gathered: Mapping[str, _Gathered], licence: str) -> Episode:
    shots = [
        replace(
            one.shot,
            captions=tuple(one.captions),
            licence=one.licence or licence or None,
            characters=None if one.shot.characters is None else tuple(one.characters),
        )
        for one in sorted(gathered.values(), key=lambda one: one.order)
        if one.captions
    ]
    return Episode(name, tuple(shots), is_video=False)


def _unsaid(gathered: Mapping[str, Mapping[str, _Gathered]]) -> Iterator[Lost]:
    for episode, shots in gathered.items():
        for name, one in shots.items():
            if not one.captions:
                reason = f"Its caption in {one.shot.place} is empty."
                yield Lost(name, "description", "no caption", reason, episode)


def _unlisted(pictures: Sequence[RawFile], listed: set[str]) -> Iterator[Lost]:
    for file in pictures:
        if file.name not in listed:
            yield Lost(file.name, "file", "in no table", "No row of the captions names it.")


def _apart_notes(apart: Sequence[str]) -> Iterator[str]:
    """One sentence if a picture comes again after others: it cannot stand in two places."""
    if apart:
        others = f" and {len(apart) - 1:,} more" if len(apart) > 1 else ""
        yield (
            f"Rows of one picture are alternatives of its caption, also where others stand between "
            f"them: {apart[0]}{others}. If it is shown again there, give it a copy."
        )


def _order_notes(episodes: Sequence[Episode]) -> Iterator[str]:
    """One sentence if the rows of an episode do not follow the names of its files."""
    odd = [
        (episode.name, before.name, after.name)
        for episode in episodes
        for before, after in pairwise(episode.shots)
        if natural(before.name) > natural(after.name)
    ]
    if odd:
        episode, before, after = odd[0]
        n_others = len({name for name, _, _ in odd}) - 1
        others = f", and so in {n_others} more episodes" if n_others else ""
        yield (
            f"In {episode} the rows put {before} before {after}{others}: rows are followed, not "
            "names of files. If that is not the story, add a column order."
        )
