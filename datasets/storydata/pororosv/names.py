r"""What episodes, clips and stories are called, and every way in which the tables spell it.

A clip is `<series>/<episode>/<n>`, n from 1, and the episode is `<series>_ep<k>`. Tables that
Python 2 wrote hold that as bytes, tables that were written again as text, as text that shows bytes
("b'…'"), or with slashes at either end, since the official loaders cut the folder off a path, whose
name ends in a slash or does not (adymaharana/storydalle@132dd19:
story-dalle/pororo_dataloader.py:199,268). Here all of these are one name.

>>> clip_of("b'/Pororo_Rescue/Pororo_Rescue_ep2/13.png'")
Clip(episode='Pororo_Rescue_ep2', n=13)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_CLIPS = 9_999
"""Clips of one episode; the longest real one has 210."""

_EPISODE = r"(?P<series>[A-Za-z0-9][A-Za-z0-9_]{0,49})_ep[0-9]{1,4}"
_NUMBER = r"(?P<n>[1-9][0-9]{0,3})"
_FOLDER = re.compile(_EPISODE)
_NAMED = re.compile(rf"(?:(?P<folder>[A-Za-z0-9_]+)/)?(?P<episode>{_EPISODE})")
_CLIP = re.compile(rf"(?P<folder>[A-Za-z0-9_]+)/(?P<episode>{_EPISODE})/{_NUMBER}(?:\.png)?")
_SHOWN_BYTES = re.compile(r"""b'(?P<single>.*)'|b"(?P<double>.*)\"""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip: its episode, and its number in it from 1."""

    episode: str
    n: int

    @property
    def id(self) -> str:
        """As the release names it: `<series>/<episode>/<n>`."""
        return f"{folder_of(self.episode)}/{self.n}"

    @property
    def key(self) -> str:
        """As shards name it, and the story that starts with it: `pororo_rescue_ep2-13`."""
        return f"{self.episode.lower()}-{self.n}"


def series_of(episode: str) -> str:
    """The series of an episode.

    >>> series_of("Pororo_ENGLISH1_1_ep10")
    'Pororo_ENGLISH1_1'
    """
    return episode.rpartition("_ep")[0]


def folder_of(episode: str) -> str:
    """Where the clips of an episode lie: `<series>/<episode>`."""
    return f"{series_of(episode)}/{episode}"


def is_episode_folder(series: str, name: str) -> bool:
    """Whether a folder in a folder is an episode in its series; `masks` and the like are none.

    >>> is_episode_folder("Pororo_Rescue", "Pororo_Rescue_ep2"), is_episode_folder("masks", "a_ep2")
    (True, False)
    """
    found = _FOLDER.fullmatch(name)
    return found is not None and found["series"] == series


def clip_number(file: str, suffix: str) -> int | None:
    """The number of the clip that a file of an episode holds, None if it holds none.

    >>> clip_number("12.png", "png"), clip_number("012.png", "png"), clip_number("12.gif", "png")
    (12, None, None)
    """
    stem, _, end = file.rpartition(".")
    found = re.fullmatch(_NUMBER, stem) if end == suffix else None
    return int(found["n"]) if found else None


def clip_of(name: object) -> Clip | None:
    """The clip of a table's key or of an entry of a cache, None if it names no clip."""
    found = _CLIP.fullmatch(_plain(name))
    if found is None or found["folder"] != found["series"]:
        return None
    return Clip(found["episode"], int(found["n"]))


def episode_of(name: object) -> str | None:
    """The episode of a table's key, with its series before it or without; None if it names none.

    >>> episode_of(b"Pororo_Rescue/Pororo_Rescue_ep2/"), episode_of("Pororo_Rescue_ep2")
    ('Pororo_Rescue_ep2', 'Pororo_Rescue_ep2')
    """
    found = _NAMED.fullmatch(_plain(name))
    if found is None or found["folder"] not in (None, found["series"]):
        return None
    return found["episode"]


def in_folder_order(episodes: Iterable[str]) -> list[str]:
    """Episodes as an image folder lists them: by the name of the series, then by their own."""
    return sorted(episodes, key=lambda episode: (series_of(episode), episode))


def text_of(value: object) -> str | None:
    """Text or bytes as text that can be written as UTF-8, None for anything else."""
    if isinstance(value, bytes):
        return _decoded(value)
    if isinstance(value, str) and not _is_broken(value):
        return str(value)
    return None


def _plain(name: object) -> str:
    """A name as text without the signs of how it was written; "" for what is no text."""
    text = text_of(name) or ""
    shown = _SHOWN_BYTES.fullmatch(text)
    if shown:
        text = shown["single"] or shown["double"] or ""
    return text.strip("/")


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _is_broken(text: str) -> bool:
    """Whether text has half of a surrogate pair in it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
