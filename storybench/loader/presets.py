"""What published models are fed, as their released code feeds it.

    dataset = StoryDataset.like(STORYDALLE_TRAIN, "shards", "train", seed=1)

Read in adymaharana/storydalle@132dd19 (story-dalle/train_t2i.py:256-268, infer_t2i.py:159-164,
*_dataloader.py; mega-story-dalle/train_t2i.py:274-284) and xichenpan/ARLDM@9d8feeb
(datasets/pororo.py). All are given the captions of the targets (`captions[1:]`); AR-LDM reads
those of the source too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from storybench.loader.transform import Transform


@dataclass(frozen=True)
class Preset:
    """The arguments of `StoryDataset` that a published model fixes.

    The released loaders draw a frame of every clip at every access, in evaluation too (spec P7);
    here the draw is seeded, and `frames="stored"` has the frame that our protocols fix.
    """

    transform: Transform
    frames: Literal["stored", "random"] = "random"
    captions: Literal["default", "first", "last", "random"] = "first"
    lower: bool = True


STORYDALLE_TRAIN = Preset(Transform(size=256, crop="random", scale="signed"))
"""StoryDALL-E on PororoSV and FlintstonesSV; on square frames the crop changes nothing."""

STORYDALLE_EVAL = Preset(Transform(size=256, crop="centre", scale="signed"))
"""The same, for validation and test."""

STORYDALLE_DIDEMO_TRAIN = Preset(
    Transform(size=256, crop="random", per_frame=True, scale="signed"),
    frames="stored",
    lower=False,
)
"""On DiDeMoSV: each frame cropped on its own (D10), captions not lower-cased (D9)."""

STORYDALLE_DIDEMO_EVAL = replace(STORYDALLE_DIDEMO_TRAIN, transform=STORYDALLE_EVAL.transform)
"""The same, for validation and test."""

MEGA_TRAIN = Preset(Transform(size=256, crop="random", scale="unit"))
"""mega-StoryDALL-E: pictures from 0 to 1, since its loader does not normalise."""

MEGA_EVAL = Preset(Transform(size=256, crop="centre", scale="unit"))
"""The same, for validation and test."""

ARLDM_TRAIN = Preset(Transform(size=512, scale="signed"), lower=False)
"""AR-LDM: 512 pixels. Its second network wants the source at 224 pixels, from `Stories`."""

ARLDM_EVAL = Preset(Transform(size=128, scale="bytes"), lower=False)
"""AR-LDM's test frames: as they are, 128 pixels, 0..255."""
