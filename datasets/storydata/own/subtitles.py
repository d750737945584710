r"""SubRip (.srt) and WebVTT (.vtt): cues with a time and a text, as they are found in the wild.

A cue is a line with "-->" between two times and the lines below it, up to a blank one. Numbers and
names above it, headers, notes and styles are passed over. Where the times cannot be read, or end
before they start, the cue is lost under the number of its line.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

from storydata.kit.captions import normalise
from storydata.own.columns import clock_seconds

ARROW = "-->"
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,100})?\s+([^<>]{1,100})>")
_DASH = re.compile(r"^\s*[-\u2010-\u2015]+\s*")
_SPEAKER = re.compile(r"^\s*(?:[-\u2010-\u2015]+\s*)?[^\W\d_a-z][^a-z:.!?]{0,40}:(?=\s|$)\s*")
_SOUND = re.compile(
    r"\[[^\[\]]{0,300}\]|\([^()]{0,300}\)|\u266a[^\u266a]{0,300}\u266a|[\u266a\u266b]"
)


@dataclass(frozen=True)
class Cue:
    """One cue: its line in the file, seconds from the start, and its text with line ends."""

    line: int
    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Unreadable:
    """A cue that cannot be used: its line in the file, and why."""

    line: int
    reason: str


def parse_subtitles(text: str) -> list[Cue | Unreadable]:
    r"""Every cue in the order of the file.

    >>> parse_subtitles("1\n00:00:01,000 --> 00:00:02,500\nHello!\n")
    [Cue(line=2, start=1.0, end=2.5, text='Hello!')]
    """
    return list(_cues(text.split("\n")))


def clean_text(text: str, cleaning: Collection[str]) -> str:
    r"""The text of a cue on one line, without what is to be taken out of it.

    "tags" are `<i>` and `{\an8}`, where a voice `<v Mina>` becomes "Mina:"; "speakers" are names
    in capitals with a colon, and voices; "dashes" stand before the lines of a dialogue; "sounds"
    are notes in brackets and between notes of music.

    >>> clean_text("- <i>Hello!</i>\n- [door slams] MINA: Who is it?", ["tags", "dashes"])
    'Hello! [door slams] MINA: Who is it?'
    >>> clean_text("- [door slams] MINA: Who is it?", ["dashes", "sounds", "speakers"])
    'Who is it?'
    """
    if "tags" in cleaning:
        text = _VOICE.sub("" if "speakers" in cleaning else r"\1: ", text)
        text = html.unescape(_TAG.sub("", text))
    if "sounds" in cleaning:
        text = _SOUND.sub(" ", text)
    lines = text.split("\n")
    if "speakers" in cleaning:
        lines = [_SPEAKER.sub("", line) for line in lines]
    if "dashes" in cleaning:
        lines = [_DASH.sub("", line) for line in lines]
    return normalise(" ".join(lines))


def _cues(lines: list[str]) -> Iterator[Cue | Unreadable]:
    for block in _blocks(lines):
        arrows = [number for number in block if ARROW in lines[number]]
        for at, after in pairwise([*arrows, block.stop]):
            said = lines[at + 1 : after]
            if after < block.stop and said and said[-1].strip().isdigit():
                said.pop()  # the number of the next cue, where the blank line is missing
            yield _cue(at + 1, lines[at], "\n".join(said))


def _blocks(lines: list[str]) -> Iterator[range]:
    """Numbers of lines between blank ones, without the notes and styles of WebVTT."""
    start = 0
    for number, line in enumerate([*lines, ""]):
        if line.strip():
            continue
        if number > start and lines[start].split()[0] not in ("NOTE", "STYLE", "REGION"):
            yield range(start, number)
        start = number + 1


def _cue(number: int, line: str, text: str) -> Cue | Unreadable:
    before, _, after = line.partition(ARROW)
    start = clock_seconds(before)
    end = clock_seconds(after.split()[0]) if after.split() else None
    if start is None or end is None:
        return Unreadable(number, f"Expected two times with --> between them, found {line[:60]!r}.")
    if end < start:
        return Unreadable(number, f"It ends before it starts: {line[:60]!r}.")
    return Cue(number, start, end, text)
