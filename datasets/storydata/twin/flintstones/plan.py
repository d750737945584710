"""Which seasons, episodes and clips a twin of FlintstonesSV holds: a function of stories and seed.

A story is five annotated clips in a row of one episode, every window, so an episode of n clips has
n - 4. Splits are by episode: val and test are the last episodes of each season. Clips have 75
frames and stand at irregular distances.

Ids, splits and distances: janak11111/FlintstonesSV_Plus_Plus@ffc9091 (Data/, the starts of val and
test); adymaharana/storydalle@132dd19 (story-dalle/flintstones_dataloader.py:72-101).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, isqrt

import numpy as np

from storybench.errors import InputError

SPLITS = ("train", "val", "test")
SHARES = {"val": 0.15, "test": 0.2}
"""Part of the stories in the small splits; train has the rest."""

STORY_LENGTH = 5
CLIP_FRAMES = 75
FIRST_SEASON = 91
"""The real show has six seasons, so no id of a twin is a real one."""

MOST_SEASONS = 6
STORIES_PER_SEASON = 30
SHORTEST, ROOT_OFFSET = 9, 3
"""The mean length of a train episode grows with the root of the stories from this on, in clips."""

LEAST = 6
SMALL_PART = 0.7
"""Clips of a val or test episode, as a part of those of a train episode."""

LENGTHS = (0.85, 1.15)
CLOSE_CHANCE = 0.3
"""Chance that a clip starts with the frame after the last one."""

GAPS = (9, 900)
"""Frames between two clips that are not close."""

BROKEN_CLIP, SHORT_CLIP, SHORT_FRAMES = 2, 4, 3
"""Of the first episode: the array cut short, and the one with fewer frames."""

N_BROKEN_STORIES = 2
"""Stories with the array cut short: those that start with the first and the second clip."""

FRAMES = 5
ARRAY_NAME = r"flintstones/video_frames_sampled/s_9[1-6]_e_[0-9]{2}_shot_[0-9]{6}_[0-9]{6}\.npy"
"""What the arrays of a twin are called, and those of no real release."""

GAPS_PURPOSE = 3


@dataclass(frozen=True)
class ClipPlan:
    """One clip; `number` counts from 1 in its episode, `first` is its first frame there."""

    episode: EpisodePlan
    number: int
    first: int

    @property
    def id(self) -> str:
        """The `globalID`."""
        season, number = self.episode.season, self.episode.number
        last = self.first + CLIP_FRAMES - 1
        return f"s_{season:02}_e_{number:02}_shot_{self.first:06}_{last:06}"

    @property
    def file(self) -> str:
        """The path of its array in the raw folder."""
        return f"flintstones/video_frames_sampled/{self.id}.npy"

    @property
    def place(self) -> int:
        """Its place among all clips, sorted by id."""
        return self.episode.first_place + self.number - 1

    @property
    def n_frames(self) -> int:
        """How many of its frames were sampled."""
        return SHORT_FRAMES if self.place + 1 == SHORT_CLIP else FRAMES

    @property
    def is_broken(self) -> bool:
        """Whether the array was cut short."""
        return self.place + 1 == BROKEN_CLIP


@dataclass(frozen=True)
class EpisodePlan:
    """One episode; with the seed it fixes every pixel and every caption.

    `place` is its own among all episodes from 0, `first_place` that of its first clip among all.
    Where a character is held out, it is `without` it or has it in the `lead`.
    """

    season: int
    number: int
    split: str
    n_clips: int
    place: int
    first_place: int
    seed: int
    without: str | None = None
    lead: str | None = None

    @property
    def n_stories(self) -> int:
        """Windows of five clips."""
        return self.n_clips - STORY_LENGTH + 1

    @cached_property
    def clips(self) -> tuple[ClipPlan, ...]:
        """Its clips in order, which is that of their ids."""
        rng = self.rng(GAPS_PURPOSE)
        first = int(rng.integers(0, 200))
        found = []
        for number in range(1, self.n_clips + 1):
            found.append(ClipPlan(self, number, first))
            gap = 0 if rng.random() < CLOSE_CHANCE else int(rng.integers(*GAPS))
            first += CLIP_FRAMES + gap
        return tuple(found)

    def rng(self, purpose: int) -> np.random.Generator:
        """A generator of its own for each purpose: equal on every machine and in every process."""
        return np.random.default_rng([self.seed, self.first_place, purpose])


def plan_episodes(stories: int, seed: int) -> tuple[EpisodePlan, ...]:
    """The episodes of a release with at least that many stories, sorted by season and number.

    Raises:
        InputError: fewer than one story, or a negative seed.
    """
    if stories < 1 or seed < 0:
        raise InputError(
            f"Expected one story or more and a seed of 0 or more, found {stories} stories and "
            f"seed {seed}."
        )
    n_seasons = min(MOST_SEASONS, max(1, stories // STORIES_PER_SEASON))
    lengths = _lengths(stories, n_seasons, np.random.default_rng([seed, 0]))
    found: list[EpisodePlan] = []
    first = 0
    for season in range(n_seasons):
        of_season = [(split, n) for split in SPLITS for n in lengths[split][season::n_seasons]]
        for number, (split, n_clips) in enumerate(of_season, start=1):
            found.append(
                EpisodePlan(FIRST_SEASON + season, number, split, n_clips, len(found), first, seed)
            )
            first += n_clips
    return tuple(found)


def hold_out(episodes: Sequence[EpisodePlan], name: str) -> tuple[EpisodePlan, ...]:
    """The same episodes, with one of the cast in none of train and val; it leads those of test."""
    return tuple(
        replace(one, lead=name) if one.split == "test" else replace(one, without=name)
        for one in episodes
    )


def windows(clips: list[ClipPlan]) -> dict[str, list[str]]:
    """The ids that follow each clip, as the cache of the release has them; clips sorted by id.

    Four in one episode, or fewer for the last clips of all: the code that made the cache looked
    only at those that are there.
    """
    found = {}
    for k, clip in enumerate(clips):
        after = clips[k + 1 : k + STORY_LENGTH]
        if all(other.episode == clip.episode for other in after):
            found[clip.id] = [other.id for other in after]
    return found


def _n_stories(lengths: list[int]) -> int:
    return sum(lengths) - (STORY_LENGTH - 1) * len(lengths)


def _lengths(stories: int, n_seasons: int, rng: np.random.Generator) -> dict[str, list[int]]:
    """Clips of the episodes of each split; every season has one of each split."""
    small = {split: ceil(stories * share) for split, share in SHARES.items()}
    wanted = {"train": max(1, stories - sum(small.values())) + N_BROKEN_STORIES, **small}
    mean = max(SHORTEST, ROOT_OFFSET + isqrt(stories))
    found = {}
    for split in SPLITS:
        part = 1.0 if split == "train" else SMALL_PART
        lengths: list[int] = []
        while _n_stories(lengths) < wanted[split] or len(lengths) < n_seasons:
            lengths.append(max(LEAST, round(mean * part * float(rng.uniform(*LENGTHS)))))
        lengths[-1] = max(LEAST, lengths[-1] - max(0, _n_stories(lengths) - wanted[split]))
        found[split] = lengths
    return found
