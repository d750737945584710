"""The real frame of each target that protocol `sb-v1` compares with: the middle one of its clip.

Where a build does not keep the raw clip, it is the frame that the build holds. A classifier that is
judged on these frames has the numbers that `storybench eval` calls its ceiling.
"""

from __future__ import annotations

from functools import lru_cache

from storybench.shards.clips import Clips, middle
from storybench.shards.reader import Stories
from storybench.types import Image

KEPT = 64
"""Decoded frames that are kept: neighbouring stories share most of theirs."""


class MiddleFrames:
    """The frames of some stories, read and decoded when asked for."""

    def __init__(self, stories: Stories) -> None:
        clips = Clips(stories.directory)
        self._stories = stories
        self._counts = dict(zip(clips.ids, clips.counts, strict=True))
        self._rows = {clip: row for row, clip in enumerate(clips.ids)}
        self._origins = lru_cache(KEPT)(stories.origins)
        self._of_clip = lru_cache(KEPT)(clips.frame)

    def image(self, index: int, k: int) -> Image:
        """The frame of target `k` of a story: uint8 RGB, (h, w, 3), as it is stored.

        Raises:
            IndexError: the story has no frame `k`.
        """
        if not self._rows:
            return self._stories.image(index, k)
        clip = self._origins(index)[k].clip
        if clip not in self._rows:
            return self._stories.image(index, k)
        return self._of_clip(self._rows[clip], middle(self._counts[clip]))
