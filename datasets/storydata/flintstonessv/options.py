"""The options of `storybench build-flintstones`, checked once and passed on as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from storybench.errors import InputError
from storydata.flintstonessv.spec import SUBSETS

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
            _check_choice(name, getattr(self, name), choices)
        for name, (low, high) in LIMITS.items():
            _check_limits(name, getattr(self, name), low=low, high=high)


def parse(options: Mapping[str, Any]) -> Options:
    """Checked options; a None, or a name that is absent, takes the default.

    Raises:
        InputError: an unknown name or a value that is not allowed; says which are.
    """
    known = [field.name for field in fields(Options)]
    for name in options:
        if name not in known:
            raise InputError(f"Expected an option among {', '.join(known)}, found {name!r}.")
    return Options(**{name: value for name, value in options.items() if value is not None})


def _check_choice(name: str, value: object, choices: tuple[str | None, ...]) -> None:
    if value not in choices:
        names = " or ".join(choice for choice in choices if choice)
        raise InputError(f"Expected {_flag(name)} to be {names}, found {value!r}.")


def _check_limits(name: str, value: object, *, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise InputError(
            f"Expected {_flag(name)} to be a whole number from {low} to {high}, found {value!r}."
        )


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
