"""Near-duplicates: pictures that show the same in other pixels.

Two looks. The first is a perceptual hash (`imagehash.phash`, 64 bits): pictures at most `BITS`
apart are candidates. Backgrounds of a cartoon come back with other figures before them, and such a
hash sees little else, so the second compares tiny copies in colour, 16 x 16 pixels, each channel
less its mean: candidates that differ by more than `TONES` grey levels on average are let go.

Both were set on the toy world (`storybench twin didemo --stories 200 --seed 1`: 378 pictures). All
are found again as JPEG of quality 20, at half size, with noise of 8 levels, a tenth brighter or
with a tenth less contrast; 99.7 % cut by 1 % at every side or moved by two pixels; 71 % cut by 2 %;
45 % with a fifth less contrast; hardly any cut by 4 %, none mirrored. Of 70,556 pairs from two
videos 9 are within 6 bits: the same room, other figures. They differ by 7 levels or more, so none
is taken for a copy.

Pictures of one colour have no perceptual hash to speak of and are left out. All pairs are compared,
in blocks, as a product of +1 and -1 (the number of equal bits less that of others).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storybench.audit.material import Material, Numbers
from storybench.audit.sharing import Pair, pair
from storybench.types import Progress

BITS = 6
TONES = 5.0
N_BITS = 64
ROWS = 1024
COLUMNS = 8192
AT_ONCE = 4096
MAX_CANDIDATES = 4_000_000
"""Candidates looked at twice; where there are more, what was counted is a lower bound."""


@dataclass(frozen=True)
class NearSplits:
    """Pictures of `split` with a near-duplicate in `other` (equal ones aside), stories with one."""

    split: str
    other: str
    n_pictures: int
    of_pictures: int
    n_stories: int
    of_stories: int


@dataclass(frozen=True)
class NearInside:
    """Pictures of a split with a near-duplicate in it: of another episode, or of their own."""

    split: str
    n_elsewhere: int
    n_own_episode: int
    of_pictures: int


@dataclass(frozen=True)
class Near:
    """Near-duplicates across splits and inside them, with the closest pairs as examples.

    `is_complete` is False where there were too many candidates to look at all.
    """

    bits: int
    n_pictures: int
    n_flat: int
    across: tuple[NearSplits, ...]
    inside: tuple[NearInside, ...]
    across_examples: tuple[Pair, ...]
    inside_examples: tuple[Pair, ...]
    is_complete: bool


def near_duplicates(
    material: Material, *, bits: int = BITS, n_examples: int, on_progress: Progress | None = None
) -> Near:
    """Find them all; `bits` is how far two hashes may be apart."""
    search = _Search(material, bits)
    for done, total, first, second in _candidates(material.pictures.hashes, bits):
        search.look(first, second)
        if on_progress is not None:
            on_progress(done, total, "pictures compared")
    return search.report(n_examples)


def _candidates(
    hashes: NDArray[np.uint64], bits: int
) -> Iterator[tuple[int, int, Numbers, Numbers]]:
    """Pairs (first < second) at most `bits` apart, block by block, with how much is done."""
    signs = np.unpackbits(hashes.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)
    signs = signs.astype(np.float32) * 2 - 1  # (p, 64)
    n = len(signs)
    for top in range(0, n, ROWS):
        rows = signs[top : top + ROWS]
        for left in range(top // COLUMNS * COLUMNS, n, COLUMNS):
            block = rows @ signs[left : left + COLUMNS].T
            first, second = np.nonzero(block >= N_BITS - 2 * bits)
            first, second = first + top, second + left
            above = first < second
            yield min(top + ROWS, n), n, first[above], second[above]


class _Search:
    """What is known of every picture so far, as bits: one for each split.

    `home` are the splits that show it, `abroad` the others that show a near-duplicate; `elsewhere`
    and `own` say whether its own splits do, in another episode or in the same.
    """

    def __init__(self, material: Material, bits: int) -> None:
        self.material, self.bits = material, bits
        slots, n = material.slots, len(material.pictures)
        flags = np.left_shift(1, material.split_of[slots.story])
        self.home = np.zeros(n, np.int64)
        np.bitwise_or.at(self.home, slots.picture, flags)
        _, self.slot = np.unique(slots.picture, return_index=True)
        self.cluster = material.cluster_of[slots.story[self.slot]]
        self.is_flat = material.pictures.is_flat
        self.abroad, self.elsewhere, self.own = (np.zeros(n, np.int64) for _ in range(3))
        self.n_looked = 0
        self.is_complete = True
        self.found: list[tuple[float, int, int]] = []

    def look(self, first: Numbers, second: Numbers) -> None:
        """Take in candidates, leaving out those that would add nothing."""
        keep = ~(self.is_flat[first] | self.is_flat[second])
        first, second = first[keep], second[keep]
        for start in range(0, len(first), AT_ONCE):
            self._look(first[start : start + AT_ONCE], second[start : start + AT_ONCE])

    def _look(self, first: Numbers, second: Numbers) -> None:
        new = self._is_new(first, second) | self._is_new(second, first)
        first, second = first[new], second[new]
        if self.n_looked + len(first) > MAX_CANDIDATES:
            self.is_complete = False
            return
        self.n_looked += len(first)
        apart = _tones_apart(self.material.pictures.tones, first, second)
        near = apart <= TONES
        first, second = first[near], second[near]
        self._mark(first, second)
        self._mark(second, first)
        self.found += zip(apart[near].tolist(), first.tolist(), second.tolist(), strict=True)

    def _is_new(self, first: Numbers, second: Numbers) -> NDArray[np.bool_]:
        abroad, elsewhere, own = self._bits(first, second)
        return (
            (abroad & ~self.abroad[first])
            | (elsewhere & ~self.elsewhere[first])
            | (own & ~self.own[first])
        ) != 0

    def _mark(self, first: Numbers, second: Numbers) -> None:
        abroad, elsewhere, own = self._bits(first, second)
        np.bitwise_or.at(self.abroad, first, abroad)
        np.bitwise_or.at(self.elsewhere, first, elsewhere)
        np.bitwise_or.at(self.own, first, own)

    def _bits(self, first: Numbers, second: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """What `second` would say about `first`."""
        home, other = self.home[first], self.home[second]
        here = home & other
        is_own = self.cluster[first] == self.cluster[second]
        return other & ~home, np.where(is_own, 0, here), np.where(is_own, here, 0)

    def report(self, n_examples: int) -> Near:
        splits = range(len(self.material.splits))
        across = [(a, b) for a, b in self._closest() if not self.home[a] & self.home[b]]
        inside = [
            (a, b)
            for a, b in self._closest()
            if self.home[a] & self.home[b] and self.cluster[a] != self.cluster[b]
        ]
        return Near(
            bits=self.bits,
            n_pictures=len(self.home),
            n_flat=int(self.is_flat.sum()),
            across=tuple(self._across(a, b) for a in splits for b in splits if a != b),
            inside=tuple(self._inside(split) for split in splits),
            across_examples=self._examples(across, n_examples),
            inside_examples=self._examples(inside, n_examples),
            is_complete=self.is_complete,
        )

    def _across(self, a: int, b: int) -> NearSplits:
        mine = (self.home >> a & 1).astype(bool)
        near = mine & (self.abroad >> b & 1).astype(bool)
        slots = self.material.slots_in(a)
        touched = slots[near[self.material.slots.picture[slots]]]
        return NearSplits(
            split=self.material.splits[a],
            other=self.material.splits[b],
            n_pictures=int(near.sum()),
            of_pictures=int(mine.sum()),
            n_stories=len(np.unique(self.material.slots.story[touched])),
            of_stories=self.material.n_stories(a),
        )

    def _inside(self, split: int) -> NearInside:
        return NearInside(
            split=self.material.splits[split],
            n_elsewhere=int((self.elsewhere >> split & 1).sum()),
            n_own_episode=int((self.own >> split & 1).sum()),
            of_pictures=int((self.home >> split & 1).sum()),
        )

    def _closest(self) -> Iterator[tuple[int, int]]:
        for _, first, second in sorted(self.found):
            yield first, second

    def _examples(self, pairs: list[tuple[int, int]], n: int) -> tuple[Pair, ...]:
        """The first pairs in which no picture and no two stories come twice."""
        seen: set[object] = set()
        chosen: list[Pair] = []
        for first, second in pairs:
            slots = (int(self.slot[first]), int(self.slot[second]))
            marks = {first, second, tuple(self.material.slots.story[list(slots)].tolist())}
            if seen.isdisjoint(marks) and len(chosen) < n:
                seen |= marks
                chosen.append(pair(self.material, *slots))
        return tuple(chosen)


def _tones_apart(tones: NDArray[np.uint8], first: Numbers, second: Numbers) -> NDArray[np.float64]:
    """How far tiny copies are apart, in grey levels, brightness aside: (n,)."""
    apart = tones[first].astype(np.float32) - tones[second]  # (n, 16, 16, 3)
    apart -= apart.mean(axis=(1, 2), keepdims=True)
    return np.abs(apart).mean(axis=(1, 2, 3)).astype(np.float64)
