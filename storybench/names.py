"""What a story may be called: one rule for shards, predictions and submissions."""

from __future__ import annotations

import re

STORY_ID = r"^[a-z0-9][a-z0-9_-]{0,79}$"
"""1 to 80 of a-z, 0-9, "_" and "-", a letter or digit first: safe in file names and addresses."""


def is_story_id(text: str) -> bool:
    r"""Whether a story, or a split, may be called so.

    >>> is_story_id("4391-12-40"), is_story_id("../x"), is_story_id("p-1\n")
    (True, False, False)
    """
    return re.fullmatch(STORY_ID, text) is not None
