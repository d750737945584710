"""Which videos a twin of DiDeMo holds: a pure function of how many stories are asked and the seed.

A story is three neighbouring descriptions of one video (one source, two targets, every window),
so a video with d different descriptions gives d - 2. `TRAITS` and `PLAIN` deal out what real
files are like; the first of each split already show every quirk, so that a tiny release has them
all.

Schema and quirks: LisaAnne/LocalizingMoments@b6a555c (data/, README.md, download/).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from storybench.errors import InputError

SPLITS = ("train", "val", "test")
SHARES = {"val": 0.2, "test": 0.2}
"""Part of the stories in the small splits; train has the rest."""

DESCRIPTIONS: dict[str, tuple[int, ...]] = {
    "train": (5, 6, 5, 4, 7),
    "val": (4, 3, 5),
    "test": (3, 4, 3),
}
"""Different descriptions per video, in turn."""

LICENCES = ("by-nc-sa", "by-nc-nd", "by", "by-nc", "by-sa", "by-nd")
SEGMENT_SECONDS = 5
MAX_SEGMENTS = 6
STORY_LENGTH = 3
BROKEN_POSITION = 2**31

FILM_NAME = r"[0-9]{8}@N[0-9]{2}_9[0-9]{11}_[0-9a-f]{10}\.[0-9a-z.]*"
"""What names of files in `videos/` look like; see `make_stem`."""

WIDE, FULL, TALL = (384, 216), (320, 240), (240, 320)
SavedAs = Literal["video", "video.mp4", "stem.mp4", "stem.other"]
Quirk = Literal["newline", "edges", "duplicate", "none"]


@dataclass(frozen=True)
class Traits:
    """What one video file is like; `rate` None is a variable frame rate.

    `extension` is the one annotations name ("" for a name that ends with a dot), `other` a second
    one that some annotations of the same video use, `saved` under which name the file was
    downloaded.
    """

    rate: Fraction | None = Fraction(10)
    size: tuple[int, int] = FULL
    gop: int = 30
    rotation: int = 0
    has_sound: bool = False
    extension: str = "mov"
    other: str | None = None
    saved: SavedAs = "video.mp4"
    quirk: Quirk = "none"
    seconds: float | None = None
    n_annotators: int = 4
    n_descriptions: int | None = None
    has_collision: bool = False
    has_tie: bool = False
    is_broken: bool = False


TRAITS: dict[str, tuple[Traits, ...]] = {
    "train": (
        Traits(rate=None, has_sound=True, other="avi", quirk="newline"),
        Traits(extension="3gp", size=WIDE, saved="stem.mp4", has_collision=True),
        Traits(extension="mp4", size=TALL, saved="video"),
        Traits(rate=Fraction(30000, 1001), extension="m4v", gop=250, seconds=25.1),
        Traits(extension="avi", size=WIDE, saved="stem.other", has_sound=True, has_tie=True),
        Traits(rate=Fraction(12), extension="mpg", quirk="edges", n_annotators=5),
        Traits(rate=Fraction(8), n_descriptions=2),
        Traits(rate=Fraction(30), extension="mp4", other="mov", has_sound=True, seconds=25.2),
    ),
    "val": (
        Traits(rotation=270, size=TALL, has_sound=True, extension="", quirk="edges",
               n_annotators=7),
        Traits(rate=Fraction(12), extension="mts", saved="stem.mp4", has_tie=True),
        Traits(size=WIDE, quirk="newline"),
        Traits(rate=None, extension="mp4", saved="video", other="mov", quirk="duplicate"),
    ),
    "test": (
        Traits(rate=Fraction(6), extension="avi", saved="stem.mp4", seconds=65.0,
               has_collision=True),
        Traits(rate=Fraction(15), extension="mp4", size=WIDE, gop=250, saved="video",
               quirk="duplicate", has_tie=True),
        Traits(rotation=180, has_sound=True),
        Traits(rate=Fraction(12), extension="3g2", size=TALL, quirk="edges"),
        Traits(extension="m2ts", saved="stem.other", other="mov", size=WIDE),
    ),
}  # fmt: skip
"""What the first videos of each split are like."""

PLAIN = (
    Traits(gop=250),
    Traits(extension="mp4", size=WIDE, saved="video"),
    Traits(rate=Fraction(12), extension="avi", saved="stem.mp4"),
    Traits(rate=None, extension="mp4", size=TALL),
    Traits(rate=Fraction(8), extension="wmv", has_sound=True, gop=250),
    Traits(extension="mpg", other="mp4", size=WIDE, has_collision=True),
)
"""What all the others are like, in turn."""

BROKEN = Traits(rate=Fraction(5), extension="mp4", saved="video", seconds=26.0, is_broken=True)
"""The download that stopped half way."""


@dataclass(frozen=True)
class VideoPlan:
    """One video of the release; with the seed it fixes every pixel and every caption."""

    split: str
    position: int
    seed: int
    traits: Traits
    stem: str
    seconds: float
    n_descriptions: int

    @property
    def names(self) -> tuple[str, ...]:
        """The `video` strings that annotations use, most often the first."""
        extensions = [self.traits.extension]
        if self.traits.other is not None:
            extensions.append(self.traits.other)
        return tuple(f"{self.stem}.{extension}" for extension in extensions)

    @property
    def file_name(self) -> str:
        """The name of the file in `videos/`."""
        return {
            "video": self.names[0],
            "video.mp4": f"{self.names[0]}.mp4",
            "stem.mp4": f"{self.stem}.mp4",
            "stem.other": f"{self.stem}.mkv",
        }[self.traits.saved]

    @property
    def n_segments(self) -> int:
        """Chunks of five seconds that annotators saw."""
        return min(MAX_SEGMENTS, round(self.seconds / SEGMENT_SECONDS))

    @property
    def n_stories(self) -> int:
        """Windows of three descriptions, none where the file is broken."""
        return 0 if self.traits.is_broken else max(0, self.n_descriptions - STORY_LENGTH + 1)

    @property
    def owner(self) -> str:
        """The flickr name of who uploaded it."""
        return self.stem.split("_")[0]

    @property
    def flickr_id(self) -> str:
        """The number of the video."""
        return self.stem.split("_")[1]

    def rng(self, purpose: int) -> np.random.Generator:
        """A generator of its own for each purpose."""
        return video_rng(self.seed, self.split, self.position, purpose)


def plan_videos(stories: int, seed: int) -> tuple[VideoPlan, ...]:
    """The videos of a release with at least that many stories, split by split.

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
    plans = []
    for split in SPLITS:
        plans += _split_videos(split, wanted[split], seed)
    return (*plans, _video("train", BROKEN_POSITION, seed, BROKEN, 4))


def licence_url(kind: str) -> str:
    """The address that DiDeMo's list gives for a kind of licence."""
    return f"http://creativecommons.org/licenses/{kind}/2.0/"


def licence_kind(position: int) -> str:
    """The licence of the n-th video of the release."""
    return LICENCES[position % len(LICENCES)]


def video_rng(seed: int, split: str, position: int, purpose: int) -> np.random.Generator:
    """The generator of one video and purpose: equal on every machine and in every process."""
    return np.random.default_rng([seed, SPLITS.index(split), position, purpose])


def make_stem(rng: np.random.Generator) -> str:
    """`<owner>_<flickr id>_<secret>`: ids of twelve digits, which no real video has."""
    owner = f"{rng.integers(10**7, 10**8)}@N{rng.integers(0, 9):02d}"
    secret = "".join("0123456789abcdef"[digit] for digit in rng.integers(0, 16, 10))
    return f"{owner}_{rng.integers(9 * 10**11, 10**12)}_{secret}"


def _split_videos(split: str, wanted: int, seed: int) -> list[VideoPlan]:
    plans: list[VideoPlan] = []
    counts = DESCRIPTIONS[split]
    while sum(plan.n_stories for plan in plans) < wanted:
        position = len(plans)
        first = TRAITS[split]
        traits = first[position] if position < len(first) else PLAIN[position % len(PLAIN)]
        n_descriptions = traits.n_descriptions or counts[position % len(counts)]
        plans.append(_video(split, position, seed, traits, n_descriptions))
    return plans


def _video(split: str, position: int, seed: int, traits: Traits, descriptions: int) -> VideoPlan:
    rng = video_rng(seed, split, position, 0)
    stem = make_stem(rng)
    seconds = traits.seconds or round(float(rng.uniform(25, 31)), 1)
    return VideoPlan(split, position, seed, traits, stem, seconds, descriptions)
