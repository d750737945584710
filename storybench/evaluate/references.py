"""Which real frame belongs to a slot: that of the build, the middle one of its clip, or a draw."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from storybench.evaluate.plan import Plan
from storybench.images import centre_square, pixel_sha256
from storybench.protocols.protocol import Reference
from storybench.shards.clips import Clips, middle
from storybench.types import Image

KEPT = 64
"""Decoded frames that are kept: neighbouring stories share most of theirs."""


@dataclass(frozen=True)
class Pick:
    """The frame of a slot: `k` of the clip in that row of the clips; as built if `row` is None."""

    row: int | None
    k: int = 0


def other(n: int, k: int) -> int:
    """Another frame of a clip of n > 1 frames: the one half a clip further, around the end.

    >>> [other(5, k) for k in range(5)], other(2, 1)
    ([2, 3, 4, 0, 1], 0)
    """
    return (k + n // 2) % n


def picks(plan: Plan, clips: Clips, rule: Reference, seed: int = 0) -> tuple[Pick, ...]:
    """The real frame of every slot, drawn slot by slot where the rule is "random".

    A slot whose clip the build does not keep has the frame of the build.
    """
    rows = clip_rows(plan, clips)
    if rule == "as-built":
        return tuple(Pick(None) for _ in rows)
    counts = clips.counts
    generator = np.random.default_rng(seed)
    found: list[Pick] = []
    for row in rows:
        if row is None:
            found.append(Pick(None))
        elif rule == "middle":
            found.append(Pick(row, middle(counts[row])))
        else:
            found.append(Pick(row, int(generator.integers(counts[row]))))
    return tuple(found)


def clip_rows(plan: Plan, clips: Clips) -> list[int | None]:
    """The row of each slot's clip; None where the build keeps no such clip."""
    if not len(clips):
        return [None] * len(plan.slots)
    places = {clip: row for row, clip in enumerate(clips.ids)}
    return [places.get(plan.origins[index][k].clip) for index, k in plan.slots]


@dataclass(eq=False)
class RealFrames:
    """Real frames by pick, decoded when asked for; a few are kept for the next story."""

    plan: Plan
    clips: Clips
    _kept: OrderedDict[tuple[object, int], Image] = field(default_factory=OrderedDict, repr=False)
    _hashes: dict[tuple[object, int], str] = field(default_factory=dict, repr=False)

    def image(self, slot: int, pick: Pick) -> Image:
        """The frame of a slot, uint8 RGB (h, w, 3), as it is stored."""
        if (row := pick.row) is None:
            return self.built(*self.plan.slots[slot])
        return self._keep((row, pick.k), lambda: self.clips.frame(row, pick.k))

    def built(self, index: int, k: int) -> Image:
        """The frame that the build holds for frame k of a story."""
        return self._keep((self._name(index, k), -1), lambda: self.plan.stories.image(index, k))

    def built_sha256(self, index: int, k: int) -> str:
        """The pixel hash of that frame's centre square; equal frames are decoded once."""
        key = (self._name(index, k), -1)
        if key not in self._hashes:
            self._hashes[key] = pixel_sha256(centre_square(self.built(index, k)))
        return self._hashes[key]

    def _name(self, index: int, k: int) -> object:
        """What equal frames of several stories share: file, clip, place and time."""
        return self.plan.origins[index][k]

    def _keep(self, key: tuple[object, int], read: Callable[[], Image]) -> Image:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        self._kept[key] = image = read()
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return image
