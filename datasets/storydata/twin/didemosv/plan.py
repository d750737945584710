"""Which videos and frames a twin of DiDeMoSV holds: a function of how many stories and the seed.

A story is three neighbouring frames of one video (one source, two targets, every window), so a
video of n frames gives n - 2. The first video of each split already shows the quirks, so that a
tiny release has them all.

Layout and quirks: adymaharana/storydalle@132dd19:story-dalle/didemo_dataloader.py:83-110,147.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from storybench.errors import InputError

SPLITS = ("train", "val", "test")
SHARES = {"val": 0.2, "test": 0.2}
"""Part of the stories in the small splits; train has the rest."""

LENGTHS: dict[str, tuple[int, ...]] = {
    "train": (5, 4, 3, 6),
    "val": (4, 3, 5),
    "test": (3, 4, 3),
}
"""Frames of a video, in turn."""

SIZES = ((320, 240), (240, 320), (384, 216))
"""Width and height of the frames of a video, in turn."""

STORY_LENGTH = 3
LONG_LENGTH = 5
"""Frames that an object lists at least, and that a long one lists."""

SEVERAL = 2
"""The frame of a video that has two captions."""

ODD = 1
"""The frame of a video that is a PNG, grey or cut short, where one is."""

FOLDER = "didemo"
FRAME_NAME = rf"{FOLDER}/frames/twin_[0-9]{{4,}}/[0-9]{{6}}\.(?:jpg|png)"
"""What the pictures of a twin are called, and those of no real release."""

Form = Literal["colour", "grey", "png", "broken"]


@dataclass(frozen=True)
class VideoPlan:
    """One video; with the seed it fixes every pixel and every caption.

    `position` is its place in its split, `place` among all videos, `first_frame` that of its first
    frame among all frames, each from 0.
    """

    split: str
    position: int
    place: int
    first_frame: int
    n_frames: int
    seed: int
    is_broken: bool = False

    @property
    def n_clips(self) -> int:
        """How many pictures are drawn of it."""
        return self.n_frames

    @property
    def name(self) -> str:
        """What its folder is called."""
        return f"twin_{self.place:04d}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its frames."""
        return SIZES[self.place % len(SIZES)]

    @property
    def n_stories(self) -> int:
        """Windows of three frames, none where one of the three is broken."""
        return 0 if self.is_broken else self.n_frames - STORY_LENGTH + 1

    @property
    def is_long(self) -> bool:
        """Whether its first object lists five frames."""
        return self.n_frames == LONG_LENGTH

    @property
    def has_short(self) -> bool:
        """Whether one more object lists two frames."""
        return self._is_turn(val=0, train=3)

    @property
    def has_missing(self) -> bool:
        """Whether one more object lists a fourth frame that is not there."""
        return self._is_turn(test=0, train=7)

    def form(self, index: int) -> Form:
        """What kind of file a frame is."""
        if index != ODD:
            return "colour"
        if self.is_broken:
            return "broken"
        if self._is_turn(train=0):
            return "grey"
        return "png" if self._is_turn(val=0, train=5) else "colour"

    def file(self, index: int) -> str:
        """The path of a frame, as the lists give it and relative to the raw folder."""
        suffix = "png" if index < self.n_frames and self.form(index) == "png" else "jpg"
        milliseconds = 1000 * SECONDS * index + 500 * SECONDS
        return f"{FOLDER}/frames/{self.name}/{milliseconds:06d}.{suffix}"

    def rng(self, purpose: int) -> np.random.Generator:
        """A generator of its own for each purpose."""
        return np.random.default_rng([self.seed, SPLITS.index(self.split), self.place, purpose])

    def _is_turn(self, **turns: int) -> bool:
        """Whether it has a quirk: one in ten training videos, the first of the small splits."""
        period = 10 if self.split == "train" else 2**31
        return not self.is_broken and turns.get(self.split) == self.position % period


SECONDS = 5
"""From one frame to the next: a moment of DiDeMo."""


def plan_videos(stories: int, seed: int) -> tuple[VideoPlan, ...]:
    """The videos of a release with at least that many stories, split by split; the last is broken.

    Raises:
        InputError: fewer than one story, or a negative seed.
    """
    if stories < 1 or seed < 0:
        raise InputError(
            f"Expected one story or more and a seed of 0 or more, found {stories} stories and "
            f"seed {seed}."
        )
    small = {split: max(1, -int(-stories * share // 1)) for split, share in SHARES.items()}
    wanted = {"train": max(1, stories - sum(small.values())), **small}
    kinds = [(split, *one) for split in SPLITS for one in _lengths(split, wanted[split])]
    plans: list[VideoPlan] = []
    first_frame = 0
    for place, (split, position, n_frames) in enumerate(kinds):
        plans.append(VideoPlan(split, position, place, first_frame, n_frames, seed))
        first_frame += n_frames
    position = sum(plan.split == "train" for plan in plans)
    broken = VideoPlan(
        "train", position, len(plans), first_frame, STORY_LENGTH, seed, is_broken=True
    )
    return (*plans, broken)


def _lengths(split: str, wanted: int) -> list[tuple[int, int]]:
    """Position and number of frames of each whole video of a split."""
    found: list[tuple[int, int]] = []
    n_stories = 0
    while n_stories < wanted:
        n_frames = LENGTHS[split][len(found) % len(LENGTHS[split])]
        found.append((len(found), n_frames))
        n_stories += n_frames - STORY_LENGTH + 1
    return found
