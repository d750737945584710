"""Videos whose moments stand in tables: rows of video, start, end and caption.

Rows with the same times in the same video are alternatives of one caption. The moments of a video
follow each other in time, whatever the order of the rows. A video that rows name and that is not
there costs its stories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from storybench.errors import RawDataError
from storydata.kit.raw import RawFile
from storydata.own import columns as cells
from storydata.own.described import Episode, Lost, Reading, Shot
from storydata.own.folder import Folder, check_inside, folder_of, joined, natural, stem
from storydata.own.settings import VideoSource
from storydata.own.tables import Row, Table

NEEDED = ("video", "start", "end", "caption")
OPTIONAL = ("characters", "licence")
Columns = Mapping[str, Sequence[str]]
Times = tuple[float, float]


@dataclass
class _Moment:
    """What the rows say of one stretch of one video."""

    shot: Shot
    licence: str = ""
    captions: dict[str, None] = field(default_factory=dict)
    characters: dict[str, None] = field(default_factory=dict)


def read_segments(
    folder: Folder,
    source: VideoSource,
    tables: Sequence[Table],
    videos: Sequence[RawFile],
    *,
    home: str,
    place: str,
) -> Reading:
    """Every video that the tables of a source list, in natural order of their names.

    Raises:
        InputError: a column is not there, or only in some of the tables.
        RawDataError: a row is not what was expected; names the line.
    """
    maps = [_columns(source, table, place=place) for table in tables]
    cells.check_alike(tables, maps, ("characters",))
    found: dict[str, dict[Times, _Moment]] = {}
    for table, columns in zip(tables, maps, strict=True):
        for row in table.rows:
            shot = _shot(folder, row, columns, homes=(home, folder_of(table.file.name)))
            times = _times(row, columns)
            moment = found.setdefault(shot.name, {}).setdefault(times, _Moment(shot))
            moment.captions |= dict.fromkeys(cells.texts(row, columns["caption"]))
            if "characters" in columns:
                moment.characters |= dict.fromkeys(cells.names(row, columns["characters"]))
            if "licence" in columns:
                moment.licence = moment.licence or cells.text(row, columns["licence"])
    episodes: list[Episode] = []
    losses: list[Lost] = []
    for name in sorted(found, key=natural):
        episode = f"{source.prefix}{stem(name.removeprefix(f'{home}/'))}"
        shots = []
        for times, moment in sorted(found[name].items()):
            made = _made(source, episode, times, moment)
            if isinstance(made, Lost):
                losses.append(made)
            else:
                shots.append(made)
        episodes.append(Episode(episode, tuple(shots), is_video=True))
    losses += [
        Lost(video.name, "file", "in no table", "No row of the segments names it.")
        for video in videos
        if video.name not in found
    ]
    return Reading(tuple(episodes), tuple(table.file for table in tables), tuple(losses))


def too_short(start: float, end: float, source: VideoSource) -> str:
    """One sentence if a moment is shorter than the recipe wants, else nothing."""
    if end - start >= source.min_seconds:
        return ""
    return f"It lasts {end - start:.3g} s, less than the {source.min_seconds:g} s of min_seconds."


def _columns(source: VideoSource, table: Table, *, place: str) -> Columns:
    needed = [*NEEDED, *(["characters"] if source.labels == "column" else [])]
    optional = [key for key in OPTIONAL if key not in needed]
    found = cells.column_map(table, source.columns, needed=needed, optional=optional, place=place)
    ignored = {"characters"} if source.labels == "captions" else set()
    return {key: columns for key, columns in found.items() if key not in ignored}


def _shot(folder: Folder, row: Row, columns: Columns, *, homes: tuple[str, str]) -> Shot:
    written = cells.text(row, columns["video"])
    if not written:
        raise RawDataError(f"Expected the name of a video in {row.place}, found none.")
    name = check_inside(written, place=row.place)
    file = folder.find(name, folders=homes)
    return Shot(
        name=file.name if file else joined(homes[0], name),
        file=file,
        captions=(),
        characters=() if "characters" in columns else None,
        missing="" if file else folder.why_missing(name, folder=homes[0]),
        place=row.place,
    )


def _times(row: Row, columns: Columns) -> Times:
    start, end = (cells.seconds(row, columns[key]) for key in ("start", "end"))
    if end < start:
        raise RawDataError(
            f"Expected the end after the start in {row.place}, found {start:g} to {end:g} s."
        )
    return start, end


def _made(source: VideoSource, episode: str, times: Times, moment: _Moment) -> Shot | Lost:
    """The shot of a moment, or why it is no part of the sequence."""
    start, end = times
    name = f"{moment.shot.name}, {start:g} s"
    short = too_short(start, end, source)
    if short:
        return Lost(name, "description", "too short", short, episode)
    if not moment.captions:
        reason = f"Its caption in {moment.shot.place} is empty."
        return Lost(name, "description", "no caption", reason, episode)
    has_names = moment.shot.characters is not None
    return replace(
        moment.shot,
        captions=tuple(moment.captions),
        licence=moment.licence or source.licence or None,
        characters=tuple(moment.characters) if has_names else None,
        time=start + source.at * (end - start),
    )
