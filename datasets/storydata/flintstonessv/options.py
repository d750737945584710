"""The options of `storybench build-flintstones`, checked once and passed on as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from storydata.flintstonessv.spec import SUBSETS
from storydata.kit.options import check_choice, check_limits

FrameSource = Literal["sampled", "full"]

CHOICES: Mapping[str, tuple[str | None, ...]] = {
    "frames": get_args(FrameSource),
    "subset": (None, *SUBSETS),
}
LIMITS = {
    "frame_seed": (-(2**63), 2**63 - 1),
    "stories_per_shard": (1, 100_000),
    "clips_per_shard": (1, 100_000),
}


@dataclass(frozen=True)
class Options:
    """How to build.

    `frames` are the five sampled from each clip, as everyone trains on, or all 75, as VLCStoryGAN
    evaluates on (adymaharana/VLCStoryGan@7411240:vlcgan/flintstones_data.py:562). `subset` builds
    only a named part of the evaluation splits (`storydata.flintstonessv.spec.SUBSETS`). With
    another `frame_seed`, stories show other frames of the same clips.
    """

    frames: FrameSource = "sampled"
    subset: str | None = None
    frame_seed: int = 0
    stories_per_shard: int = 256
    clips_per_shard: int = 256

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            check_choice(name, getattr(self, name), choices)
        for name, (low, high) in LIMITS.items():
            check_limits(name, getattr(self, name), low=low, high=high)
