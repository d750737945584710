"""Ids of clips: `s_<season>_e_<episode>_shot_<first frame>_<last frame>`.

Everything about the order of clips is in their ids: zero padding makes the order of strings that of
time. The official loaders read season and episode as the second and the fourth of the parts between
underscores, as numbers (adymaharana/storydalle@132dd19:story-dalle/flintstones_dataloader.py:75);
so does this, whatever the other parts are. 4,380 published ids are all of the full form, with 75
frames each.
"""

from __future__ import annotations

import re

from storybench.names import is_story_id
from storydata.flintstonessv.spec import N_FRAMES

EXAMPLE = "s_01_e_01_shot_000055_000129"

_REGULAR = re.compile(r"s_[0-9]{2}_e_[0-9]{2}_shot_([0-9]{6})_([0-9]{6})")
_N_PARTS = 4


def is_usable(clip_id: str) -> bool:
    """Whether a clip can be placed in an episode, and a story and a file be named after it.

    >>> is_usable("s_01_e_01_shot_000055_000129"), is_usable("trailer"), is_usable("s_1_e_/_x")
    (True, False, False)
    """
    if not clip_id.isascii() or not is_story_id(key(clip_id)):
        return False
    parts = clip_id.split("_", _N_PARTS)
    return len(parts) >= _N_PARTS and all(part.isdigit() for part in parts[1:_N_PARTS:2])


def episode(clip_id: str) -> tuple[int, int]:
    """Season and episode of a usable id.

    >>> episode("s_01_e_23_shot_000075_000149")
    (1, 23)
    """
    parts = clip_id.split("_", _N_PARTS)
    return int(parts[1]), int(parts[3])


def key(clip_id: str) -> str:
    """What the clip, and the story that it starts, are called in the shards."""
    return clip_id.lower()


def cluster(clip_id: str) -> str:
    """The episode of a usable id, as the shards name it.

    >>> cluster("s_01_e_23_shot_000075_000149")
    's_01_e_23'
    """
    return "s_{:02d}_e_{:02d}".format(*episode(clip_id))


def oddity(clip_id: str) -> str | None:
    """What is unlike every published id, in half a sentence; None if nothing is.

    >>> oddity("s_01_e_23_shot_000075_000150")
    'covers 76 frames'
    """
    found = _REGULAR.fullmatch(clip_id)
    if found is None:
        return "has another form"
    first, last = map(int, found.groups())
    n_frames = last - first + 1
    return None if n_frames == N_FRAMES else f"covers {n_frames} frames"
