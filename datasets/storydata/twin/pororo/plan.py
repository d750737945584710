"""Which episodes and clips a twin of PororoSV holds: a function of how many stories and the seed.

A story is five clips in a row of one episode, every window, so an episode of n clips has n - 4. As
in the real release, the last episodes are lost: whoever made the split took story ids for image
ids, and there are four images more than stories in every episode. So a twin ends with a series of
which the first episode is long (it reaches over the gap) and the others are short (they fall in).

Names and numbers: Kyung-Min/PororoQA@5599bd7 (descriptions.csv: 27 to 210 clips an episode, 183
episodes); adymaharana/storydalle@132dd19 (story-dalle/pororo_dataloader.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isqrt

import numpy as np

from storybench.errors import InputError

STORY_LENGTH = 5
EPISODES_PER_SERIES = 13
SERIES_PER_SEASON = 4
LAST_SERIES = "Pororo_The_Twin_Adventure"
"""Sorts after every other series, and no real one is called so."""

FIRST_LENGTHS = (11, 4, 5, 7)
"""Clips of the first episodes: one to sort as text, one without a story, one with one, a short."""

SHORTEST, ROOT_OFFSET = 6, 6
LENGTHS = (0.8, 1.2)
"""An episode's length, as parts of the mean; the mean grows with the root of the stories."""

FRAMES = (5, 1, 7, 2, 5, 3, 2, 4, 3, 2)
"""Frames of a strip, in turn."""

SEVERAL = (1, 1, 2, 1, 1, 1, 1, 3, 1, 1, 1, 1, 1, 2, 1, 1, 1)
"""Captions of a clip, in turn."""

BROKEN_CLIP, ODD_CLIP = 2, 5
"""Of the first episode: the strip cut short, and the one of odd height."""

N_BROKEN_STORIES = 2
"""Stories with the broken strip: those that start with the first and the second clip."""

STRIP_NAME = r"pororo_png/(Pororo_(?:TWIN[0-9]+_[0-9]|The_Twin_Adventure))/\1_ep[0-9]+/[0-9]+\.png"
MASK_NAME = r"pororo_png/masks/Pororo_(?:TWIN[0-9]+_[0-9]|The_Twin_Adventure)_ep[0-9]+_[0-9]+\.png"
"""What the pictures of a twin are called, and those of no real release."""


@dataclass(frozen=True)
class ClipPlan:
    """One clip; `number` counts from 1 in its episode, `place` from 0 in the release."""

    episode: EpisodePlan
    number: int

    @property
    def id(self) -> str:
        """What the lists of the release call it."""
        return f"{self.episode.key}/{self.number}"

    @property
    def file(self) -> str:
        """The path of the strip in the raw folder."""
        return f"pororo_png/{self.id}.png"

    @property
    def place(self) -> int:
        """Its place among all clips, in the order of series, episode and number."""
        return self.episode.first_place + self.number - 1

    @property
    def n_frames(self) -> int:
        """How many frames the strip holds."""
        return FRAMES[self.place % len(FRAMES)]

    @property
    def n_captions(self) -> int:
        """How many captions it has; the very first clip has the most."""
        return 4 if self.place == 0 else SEVERAL[self.place % len(SEVERAL)]

    @property
    def is_broken(self) -> bool:
        """Whether the strip was cut short."""
        return self.place + 1 == BROKEN_CLIP

    @property
    def is_odd(self) -> bool:
        """Whether the height of the strip is no multiple of its width."""
        return self.place + 1 == ODD_CLIP


@dataclass(frozen=True)
class EpisodePlan:
    """One episode; with the seed it fixes every pixel and every caption.

    `place` is its own among all episodes from 0, `first_place` that of its first clip among all.
    Where a character is held out, it is `without` it or has it in the `lead`.
    """

    series: str
    number: int
    n_clips: int
    place: int
    first_place: int
    seed: int
    without: str | None = None
    lead: str | None = None

    @property
    def key(self) -> str:
        """`<series>/<episode>`, as ids begin."""
        return f"{self.series}/{self.name}"

    @property
    def name(self) -> str:
        """The episode as `descriptions.csv` calls it."""
        return f"{self.series}_ep{self.number}"

    @property
    def n_stories(self) -> int:
        """Windows of five clips."""
        return _n_stories(self.n_clips)

    @cached_property
    def clips(self) -> tuple[ClipPlan, ...]:
        """Its clips, by number."""
        return tuple(ClipPlan(self, number + 1) for number in range(self.n_clips))

    def rng(self, purpose: int) -> np.random.Generator:
        """A generator of its own for each purpose: equal on every machine and in every process."""
        return np.random.default_rng([self.seed, self.first_place, purpose])


def plan_episodes(stories: int, seed: int) -> tuple[EpisodePlan, ...]:
    """The episodes of a release with at least that many stories in its splits, sorted by name.

    Raises:
        InputError: fewer than one story, or a negative seed.
    """
    if stories < 1 or seed < 0:
        raise InputError(
            f"Expected one story or more and a seed of 0 or more, found {stories} stories and "
            f"seed {seed}."
        )
    mean = max(SHORTEST, ROOT_OFFSET + isqrt(stories))
    rng = np.random.default_rng([seed, 0])
    main: list[int] = [*FIRST_LENGTHS]
    while True:
        tail = _tail(len(main), mean)
        n_spare = sum(map(_n_stories, (*main, tail[0]))) - stories - N_BROKEN_STORIES
        if n_spare >= 0:
            if len(main) > len(FIRST_LENGTHS):
                main[-1] = max(SHORTEST, main[-1] - n_spare)
            return _named(main, tail, seed)
        low, high = LENGTHS
        main.append(max(SHORTEST, round(mean * float(rng.uniform(low, high)))))


def _n_stories(n_clips: int) -> int:
    return max(0, n_clips - STORY_LENGTH + 1)


def _tail(n_main: int, mean: int) -> list[int]:
    """Lengths of the last series: a long episode that is kept, and those after it that are lost."""
    n_lost = 1
    while True:
        n_images_more = (STORY_LENGTH - 1) * (n_main + 1 + n_lost)
        long = n_images_more - n_lost * mean + 2
        if long <= 2 * mean:
            return [max(long, mean), *[mean] * n_lost]
        n_lost += 1


def _named(main: list[int], tail: list[int], seed: int) -> tuple[EpisodePlan, ...]:
    """Plans with names and places: series in order, thirteen episodes each, four a season."""
    found, place = [], 0
    for k, length in enumerate((*main, *tail)):
        series, number = LAST_SERIES, k - len(main) + 1
        if k < len(main):
            season, part = divmod(k // EPISODES_PER_SERIES, SERIES_PER_SEASON)
            series = f"Pororo_TWIN{season + 1}_{part + 1}"
            number = k % EPISODES_PER_SERIES + 1
        found.append(EpisodePlan(series, number, length, k, place, seed))
        place += length
    return tuple(found)
