"""The options of `storybench build-didemo`, checked once and passed on as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from storydata.kit import options as kit
from storydata.kit.frames.still import ImageFormat
from storydata.kit.options import check_choice, check_limits

StoryRule = Literal["first", "windows", "disjoint"]
ChannelOrder = Literal["release", "fixed"]
CaptionRule = Literal["own", "by-path"]

CHOICES = {
    "stories": get_args(StoryRule),
    "channel_order": (None, *get_args(ChannelOrder)),
    "captions": get_args(CaptionRule),
    "image": get_args(ImageFormat),
}
LIMITS = {"story_len": (2, 8), "short_side": (16, 8192), "stories_per_shard": (1, 100_000)}


@dataclass(frozen=True)
class Options:
    """How to build.

    `videos` and `stories` are for annotations with videos; `channel_order` and `captions` are for
    the released frames: "fixed" swaps red and blue back, "release" leaves them as they were
    published, None is "fixed" unless a look at the frames speaks against it; "own" gives each frame
    the caption beside it, "by-path" the last caption that the split gives that picture, as the
    official loader does
    (adymaharana/storydalle@132dd19:story-dalle/didemo_dataloader.py:110). `story_len` counts the
    source and the targets; `short_side` is in pixels and only ever makes pictures smaller.
    """

    videos: Path | None = None
    stories: StoryRule = "windows"
    story_len: int = 3
    channel_order: ChannelOrder | None = None
    captions: CaptionRule = "own"
    image: ImageFormat = "png"
    short_side: int | None = None
    stories_per_shard: int = 128

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            check_choice(name, getattr(self, name), choices)
        for name, (low, high) in LIMITS.items():
            if name != "short_side" or self.short_side is not None:
                check_limits(name, getattr(self, name), low=low, high=high)

    @property
    def order(self) -> ChannelOrder:
        """What a build does about the channels, asked for or not."""
        return self.channel_order or "fixed"


def parse(options: Mapping[str, Any]) -> Options:
    """Checked options; a None, or a name that is absent, takes the default.

    Raises:
        InputError: an unknown name or a value that is not allowed; says which are.
    """
    videos = options.get("videos")
    return kit.parse(Options, {**options, "videos": None if videos is None else Path(videos)})
