"""From the pictures of a story to what a network is fed: scaled, cropped, turned, in its range.

One draw a story: source and targets are cropped at the same place and mirrored together, since a
story's frames show the same scene. The released DiDeMo loader draws anew for each frame, so that
what stood left in the source may stand outside a target (spec D10;
adymaharana/storydalle@132dd19:story-dalle/didemo_dataloader.py:147): `per_frame=True` does so too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.loader.choice import Draw, pick
from storybench.loader.resize import Planes, scaled
from storybench.types import Image

Crop = Literal["centre", "random"]
Scale = Literal["signed", "unit", "bytes"]


@dataclass(frozen=True)
class Transform:
    """Short side to `size`, then a square of it; (t, h, w, 3) in any sizes to (t, 3, size, size).

    Attributes:
        size: side of the square, in pixels.
        crop: "centre", or "random": anywhere along the long side.
        flip: how often a story is mirrored left to right, 0 to 1.
        per_frame: crop and mirror each frame by a draw of its own, as the released code does.
        scale: "signed" float32, -1..1, bit for bit torchvision's ToTensor and Normalize(0.5, 0.5);
            "unit" float32, 0..1, ToTensor alone; "bytes" uint8, 0..255, a quarter of the memory.
    """

    size: int = 256
    crop: Crop = "centre"
    flip: float = 0.0
    per_frame: bool = False
    scale: Scale = "signed"

    def __post_init__(self) -> None:
        if self.size < 1 or not 0 <= self.flip <= 1:
            raise InputError(
                f"Expected a size of at least 1 pixel and flips of a share from 0 to 1, found "
                f"{self.size} and {self.flip}."
            )
        for name, value, known in (("crop", self.crop, CROPS), ("scale", self.scale, SCALES)):
            if value not in known:
                raise InputError(f"Expected {name} to be {' or '.join(known)}, found {value!r}.")

    def __call__(self, frames: Sequence[Image], draw: Draw) -> NDArray[Any]:
        """The frames of one story, source first; `draw` gives the story's random numbers."""
        out = np.empty((len(frames), 3, self.size, self.size), _DTYPES[self.scale])
        place = self._place(draw)
        for k, frame in enumerate(frames):
            if self.per_frame:
                place = self._place(draw, of=f"/{k}")
            _fill(out[k], place.cut(scaled(frame, self.size), self.size), self.scale)
        return out

    def _place(self, draw: Draw, of: str = "") -> _Place:
        is_flipped = self.flip > 0 and draw(f"flip{of}") < self.flip
        if self.crop == "centre":
            return _Place(None, None, is_flipped)
        return _Place(draw(f"top{of}"), draw(f"left{of}"), is_flipped)


@dataclass(frozen=True)
class _Place:
    """Where the square is cut: as a share of the room there is, None for the middle."""

    top: float | None
    left: float | None
    is_flipped: bool

    def cut(self, planes: Planes, size: int) -> Planes:
        top = _offset(planes.shape[1] - size, self.top)
        left = _offset(planes.shape[2] - size, self.left)
        square = planes[:, top : top + size, left : left + size]
        return square[..., ::-1] if self.is_flipped else square


def _offset(room: int, share: float | None) -> int:
    """Torchvision's middle rounds halves to even numbers; a random offset may use all the room."""
    return round(room / 2) if share is None else pick(room + 1, share)


def _fill(out: NDArray[Any], square: Planes, scale: Scale) -> None:
    if scale == "bytes":
        out[...] = square
        return
    np.divide(square, np.float32(_DIVISORS[scale]), out=out)
    if scale == "signed":
        np.subtract(out, np.float32(1), out=out)


CROPS = ("centre", "random")
SCALES = ("signed", "unit", "bytes")
_DTYPES = {"signed": np.float32, "unit": np.float32, "bytes": np.uint8}
_DIVISORS = {"signed": 127.5, "unit": 255.0}
