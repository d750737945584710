"""What a unit of a build is to become: a run of stories of one episode, and the shots they show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ShotWork:
    """One shot: the name of its file, where in it, and everything that goes beside the picture."""

    file: str
    time: float | None
    captions: tuple[str, ...]
    characters: tuple[int, ...] | None
    licence: str | None


@dataclass(frozen=True)
class StoryWork:
    """One story: its key, its place in the split, and which shots of the unit it shows."""

    key: str
    position: int
    members: tuple[int, ...]


@dataclass(frozen=True)
class Work:
    """The payload of a unit. The first `n_known` shots are shown by the unit before it too."""

    episode: str
    is_video: bool
    label_source: str | None
    shots: tuple[ShotWork, ...]
    n_known: int
    stories: tuple[StoryWork, ...]
