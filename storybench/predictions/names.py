"""Where each generated picture stands: `<story id>/<k>.png`, k = 1…T, beside `predictions.json`.

The writer, the reader and the doctor all ask here, so they cannot disagree. Frame 0 would be the
source: it is given, not generated, and is never part of a set of predictions.
"""

from __future__ import annotations

import re
from pathlib import Path

from storybench.errors import PredictionError
from storybench.names import is_story_id

MANIFEST = "predictions.json"
UNFINISHED = ".unfinished.json"
SUFFIXES = (".png", ".webp", ".jpg", ".jpeg")
LOCK = ".lock"

_FRAME = re.compile(r"([1-9][0-9]{0,3})\.(?:png|webp|jpg|jpeg)")


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

    >>> [frame_number(name) for name in ("2.png", "2.jpg", "0.png", "02.png", "grid.png")]
    [2, 2, None, None, None]
    """
    match = _FRAME.fullmatch(name)
    return int(match[1]) if match else None


def partial_dir(directory: Path, story_id: str) -> Path:
    """Where a story is written before it is whole."""
    return directory / f".{story_id}.partial"
