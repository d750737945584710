"""Where each generated picture stands: `<story id>/<k>.png`, k = 1…T, beside `predictions.json`.

The writer, the readers and the doctor all ask here, so they cannot disagree on what a picture is
called and on what is nobody's picture. Frame 0 would be the source: it is given, not generated, and
is never part of a set of predictions.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from storybench.errors import PredictionError
from storybench.names import is_story_id

MANIFEST = "predictions.json"
UNFINISHED = ".unfinished.json"
SUFFIXES = (".png", ".webp", ".jpg", ".jpeg")
"""Endings of pictures that are read, in lower case; `suffix` gives that of any name."""

LOCK = ".lock"

_FRAME = re.compile(r"[1-9][0-9]{0,3}")
_LEFT_BEHIND = frozenset(
    ("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "$recycle.bin")
)
"""What file managers and archivers leave in folders without hiding it, in lower case."""


def story_dir(directory: Path, story_id: str) -> Path:
    """The folder of one story.

    Raises:
        PredictionError: the id could not be a folder of ours (`../x`, `.hidden`, upper case).
    """
    if not is_story_id(story_id):
        raise PredictionError(
            f"Expected a story id of lower-case letters, digits, '-' and '_', found {story_id!r}. "
            "Use the ids of the dataset as they are."
        )
    return directory / story_id


def frame_name(k: int) -> str:
    """The file name of target k.

    >>> frame_name(1)
    '1.png'
    """
    return f"{k}{SUFFIXES[0]}"


def frame_number(name: str) -> int | None:
    """Which target a file name stands for, None if for no target.

    >>> [frame_number(name) for name in ("2.png", "2.JPG", "0.png", "02.png", "grid.png")]
    [2, 2, None, None, None]
    """
    stem = name[: -len(suffix(name))] if is_picture(name) else ""
    return int(stem) if _FRAME.fullmatch(stem) else None


def suffix(name: str) -> str:
    """The ending of a name or path in lower case, with its dot.

    >>> suffix("a/1.PNG")
    '.png'
    """
    return PurePosixPath(name).suffix.lower()


def is_picture(name: str) -> bool:
    """Whether a name ends as pictures do, in whatever case."""
    return suffix(name) in SUFFIXES


def is_seen(name: str) -> bool:
    """Whether a file or folder counts: neither hidden nor what a file manager leaves behind.

    >>> [name for name in (".DS_Store", "Thumbs.db", "Desktop.ini", "1.png") if is_seen(name)]
    ['1.png']
    """
    return not name.startswith(".") and name.lower() not in _LEFT_BEHIND


def partial_dir(directory: Path, story_id: str) -> Path:
    """Where a story is written before it is whole."""
    return directory / f".{story_id}.partial"
