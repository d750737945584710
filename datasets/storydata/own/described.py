"""What every kind of source comes down to: episodes, which are shots in order, and what was lost.

A shot is one described moment: a picture, or a time of a video, with everything said of it. Stories
are cut from the shots of one episode; what is not described is no part of the sequence.
"""

from __future__ import annotations

from dataclasses import dataclass

from storydata.kit.drops import Kind
from storydata.kit.raw import RawFile


@dataclass(frozen=True)
class Lost:
    """Something that was there or promised and is in no story; `episode` is None if it has none."""

    id: str
    kind: Kind
    step: str
    reason: str
    episode: str | None = None


@dataclass(frozen=True)
class Shot:
    """One described moment of an episode.

    `name` is the file as its description calls it; `file` is None where there is none, and
    `missing` then says why. `time` is in seconds from the start of a video, None for a picture.
    `characters` are names from a column, None where no column names them; `place` is the row that
    gives them.
    """

    name: str
    file: RawFile | None
    captions: tuple[str, ...]
    time: float | None = None
    characters: tuple[str, ...] | None = None
    licence: str | None = None
    missing: str = ""
    place: str = ""


@dataclass(frozen=True)
class Episode:
    """Shots in the order in which they tell the story; `is_video` if all are of one video."""

    name: str
    shots: tuple[Shot, ...]
    is_video: bool


@dataclass(frozen=True)
class Reading:
    """What one source holds: episodes in order, the files that describe them, losses, remarks."""

    episodes: tuple[Episode, ...]
    tables: tuple[RawFile, ...]
    losses: tuple[Lost, ...] = ()
    notes: tuple[str, ...] = ()
