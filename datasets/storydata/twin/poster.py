"""The picture of the READMEs: a few episodes of the toy world, a row each, captions below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from storybench.types import Image
from storydata.twin.sheet import contact_sheet
from storydata.twin.world.cast import DIDEMO_CAST, Cast
from storydata.twin.world.painter import scene_image
from storydata.twin.world.script import episode

FRAMES = 4
SECONDS = 5.0
SIZE = (320, 240)


def poster(seeds: Sequence[int], *, cast: Cast = DIDEMO_CAST) -> Image:
    """One episode of four consecutive clips a seed, uint8 RGB."""
    pictures: list[Image] = []
    captions: list[str] = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        clips = episode(
            cast, rng, seconds=[SECONDS] * FRAMES, n_captions=[1] * FRAMES, aspect=SIZE[0] / SIZE[1]
        )
        pictures += [scene_image(cast, clip.scene, SECONDS / 2, size=SIZE) for clip in clips]
        captions += [clip.captions[0].text for clip in clips]
    return contact_sheet(pictures, columns=FRAMES, captions=captions)
