"""The options of `storybench build-pororo`, checked once and passed on as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from storybench.errors import InputError
from storydata.kit.options import check_choice, check_limits, flag

CaptionRule = Literal["first", "last"]
FrameChoice = Literal["per-clip", "per-story"]

CHOICES = {"caption": get_args(CaptionRule), "frame_choice": get_args(FrameChoice)}

LIMITS = {
    "frame_seed": (0, 2**32 - 1),
    "stories_per_shard": (1, 100_000),
    "clips_per_shard": (1, 100_000),
}
OF_THE_RELEASED_SPLIT = {"recover_lost": "loses no story", "trust_caches": "reads no caches"}
"""Options that make no sense with the substitute, and why."""


@dataclass(frozen=True)
class Options:
    """How to build; the manifest records every one.

    `caption` says which of a clip's captions is the default: "first", as StoryDALL-E and AR-LDM
    have it (adymaharana/storydalle@132dd19:story-dalle/pororo_dataloader.py:450), or "last", as
    those do who read the table into a dictionary row by row (adymaharana/StoryViz@6e1126d:
    mart/data_loader.py:430, yonseivnl/cmota@781528d:cmota/loader.py:485). `frame_seed` chooses the
    frame of each clip: by `frame_choice` the same in all stories that show it, or another in each,
    since the official loaders draw one anew at every access
    (adymaharana/storydalle@132dd19:story-dalle/pororo_dataloader.py:423-427). `substitute_split`
    splits by hashes instead of the released ids, under another name; `recover_lost` puts the
    stories that the released ids leave out into a split "lost". `trust_caches` takes the story
    starts from `img_cache4.npy` as they stand there, for a release in which they differ from the
    rule.
    """

    caption: CaptionRule = "first"
    frame_seed: int = 0
    frame_choice: FrameChoice = "per-clip"
    substitute_split: bool = False
    recover_lost: bool = False
    trust_caches: bool = False
    stories_per_shard: int = 256
    clips_per_shard: int = 512

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            check_choice(name, getattr(self, name), choices)
        for name, (low, high) in LIMITS.items():
            check_limits(name, getattr(self, name), low=low, high=high)
        for name in ("substitute_split", "recover_lost", "trust_caches"):
            if not isinstance(getattr(self, name), bool):
                raise InputError(f"Expected {flag(name)} to be true or false.")
        for name, why in OF_THE_RELEASED_SPLIT.items():
            if self.substitute_split and getattr(self, name):
                raise InputError(
                    f"Expected {flag(name)} with the released split, found it with "
                    f"--substitute-split, which {why}. Leave one of them out."
                )
