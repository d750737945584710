"""The trainings of a study side by side: real frames of a few stories, and what each drew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from storybench.files import write_atomic
from storybench.gallery.sheet import drawn_strip
from storybench.images import encode_png
from storybench.reproduce.trying import Try
from storybench.sheet import Strip, contact_sheet
from storybench.types import Story

SHOWN = 2
"""Stories of each world."""

SIDE = 160


def write_sheet(path: Path, shown: Mapping[str, Try]) -> None:
    """Write a picture: of each world some stories, evenly spread, and under each its trainings.

    Args:
        path: of a PNG.
        shown: one set of pictures by training.

    Raises:
        NoSpaceError: the disk is full.
    """
    worlds: dict[str, list[tuple[str, Try]]] = {}
    for name, one in shown.items():
        worlds.setdefault(one.subject.stories.digest, []).append((name, one))
    strips = [strip for of_world in worlds.values() for strip in _strips(of_world)]
    write_atomic(path, encode_png(contact_sheet(strips, side=SIDE)))


def _strips(tries: list[tuple[str, Try]]) -> list[Strip]:
    stories = tries[0][1].subject.stories
    strips = []
    for at in range(SHOWN):
        story = stories[(2 * at + 1) * len(stories) // (2 * SHOWN)]
        frames = tuple(frame.image for frame in story.frames)
        strips.append(Strip(f"{story.id} · real", frames, _captions(story)))
        strips += [drawn_strip(name, story, one.subject.predictions) for name, one in tries]
    return strips


def _captions(story: Story) -> tuple[str, ...]:
    return ("source", *[frame.caption for frame in story.targets])
