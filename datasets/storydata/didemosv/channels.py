"""Do these pictures have red and blue exchanged? Evidence, not proof.

The released DiDeMoSV frames appear to: the ground truth in the authors' own figure shows a
blue-skinned man (adymaharana/storydalle@132dd19:assets/story_dalle_predictions.png, panel C). So a
few frames are looked at before an import and the user is told what was seen. Skin, wood, soil and
lamp light are common in home videos and share a warm range of colours; its mirror image is rare.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from storybench.errors import InputError
from storybench.images import decode
from storybench.types import Image
from storydata.kit.raw import RawFile

N_LOOKED_AT = 48
"""How many of the frames are looked at."""

MARGIN = 2.0
"""How many times more warm pixels one order must have than the other to be believed."""


@dataclass(frozen=True)
class ChannelEvidence:
    """Share of pixels in the colour range of skin: as stored, and with red and blue exchanged."""

    stored: float
    exchanged: float

    @property
    def looks_swapped(self) -> bool | None:
        """Whether red and blue seem exchanged; None where the pictures do not tell."""
        if self.exchanged > MARGIN * self.stored:
            return True
        if self.stored > MARGIN * self.exchanged:
            return False
        return None


def exchange(image: Image) -> Image:
    """The picture with red and blue exchanged.

    >>> exchange(np.array([[[1, 2, 3]]], np.uint8)).tolist()
    [[[3, 2, 1]]]
    """
    return np.ascontiguousarray(image[..., ::-1])


def examine(images: Iterable[Image]) -> ChannelEvidence:
    """Look at some pictures, each with the same weight."""
    shares = [(_skin_share(image), _skin_share(exchange(image))) for image in images]
    if not shares:
        return ChannelEvidence(stored=0.0, exchanged=0.0)
    stored, exchanged = np.mean(shares, axis=0)
    return ChannelEvidence(stored=float(stored), exchanged=float(exchanged))


def examine_files(files: Sequence[RawFile]) -> ChannelEvidence:
    """Look at a few of the frames, evenly over all; a broken one is left for the build to count."""
    return examine(_decoded(files[:: len(files) // N_LOOKED_AT + 1]))


def _decoded(files: Iterable[RawFile]) -> Iterator[Image]:
    for file in files:
        try:
            yield decode(file.path.read_bytes(), file.name)
        except (InputError, OSError):
            continue


def _skin_share(image: Image) -> float:
    """Share of pixels under the explicit skin rule of Kovac, Peer and Solina (2003), daylight."""
    red, green, blue = (image[..., channel].astype(np.int16) for channel in range(3))
    spread = image.max(axis=-1).astype(np.int16) - image.min(axis=-1)
    is_skin = (red > 95) & (green > 40) & (blue > 20) & (spread > 15)
    is_skin &= (red - green > 15) & (red > blue)
    return float(is_skin.mean())
