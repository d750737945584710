"""The frames of a short square clip: a moving picture of a scene, or something quick in its place.

A `Paint` makes the frames of one clip. `drawn` is what a twin is made of; `flat` and `Borrowed` are
for releases of many thousands of clips, where only the files matter, or their size and texture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from storydata.twin.film import numbers
from storydata.twin.world.cast import Cast
from storydata.twin.world.painter import Painter
from storydata.twin.world.scene import Scene

SIDE = 128
"""Pixels of a side, in the real releases."""

NUMBERS_PER_CLIP = 8
"""Painted numbers of a clip start at this multiple of its place in the release."""

Frames = NDArray[np.uint8]
"""uint8 RGB (k, h, w, 3)."""

Paint = Callable[[Cast, Scene, Sequence[float], int], Frames]
"""Cast, scene, times in seconds and the clip's place in the release, to frames."""


def drawn(cast: Cast, scene: Scene, times: Sequence[float], place: int) -> Frames:
    """The scene at each of the times."""
    painter = Painter(cast, scene, (SIDE, SIDE))
    return np.stack([painter.paint(time) for time in times])


def drawn_with_numbers(cast: Cast, scene: Scene, times: Sequence[float], place: int) -> Frames:
    """The same, with `frame_number` painted on each."""
    frames = drawn(cast, scene, times, place)
    return np.stack([numbers.paint(one, frame_number(place, k)) for k, one in enumerate(frames)])


def flat(
    cast: Cast, scene: Scene, times: Sequence[float], place: int, *, side: int = SIDE
) -> Frames:
    """One colour a frame, which tells clips and frames apart."""
    colours = [(k * 36 % 256, place % 256, place // 256 % 256) for k in range(len(times))]
    return np.array(colours, np.uint8)[:, None, None].repeat(side, axis=1).repeat(side, axis=2)


@dataclass
class Borrowed:
    """A `Paint` that draws the first clip of each setting and lends its frames to the others.

    Shifted sideways, with a pixel of `flat`, so that no two clips are alike: as rich as drawn ones.
    """

    side: int = SIDE
    pool: dict[tuple[str, int], Frames] = field(default_factory=dict)

    def __call__(self, cast: Cast, scene: Scene, times: Sequence[float], place: int) -> Frames:
        """The frames of one clip."""
        key = (scene.setting, len(times))
        if key not in self.pool:
            painter = Painter(cast, scene, (self.side, self.side))
            self.pool[key] = np.stack([painter.paint(time) for time in times])
        frames = np.roll(self.pool[key], place % self.side, axis=2)
        frames[:, :1, :1] = flat(cast, scene, times, place, side=1)
        return frames


tiny: Paint = partial(flat, side=8)
"""One colour a frame, of eight pixels a side."""


def frame_number(place: int, index: int) -> int:
    """The number painted on frame `index` of a clip: different for 2,048 clips in a row."""
    return (place * NUMBERS_PER_CLIP + index) % 2**numbers.BITS
