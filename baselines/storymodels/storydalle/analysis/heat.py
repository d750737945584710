"""Heat on pictures: places that count are lit and warm, the rest is dim.

Heat is from 0 to 1. What it stands for is the same on every picture of a kind, so that an even look
is evenly dim and never stretched into a pattern.
"""

from __future__ import annotations

import numpy as np
import PIL.Image
from numpy.typing import ArrayLike, NDArray

from storybench.images import resize
from storybench.types import Image

RAMP = ("#fbfaf6", "#f6d98b", "#ee9a3a", "#c8452d", "#5b1640")
"""From nothing to full heat, on paper."""

GLOW = np.array([255, 148, 26], np.float64)
"""The colour that warms a lit place of a picture."""

DIM, WARM = 0.34, 0.38
"""How bright a picture stays without heat, and how much of `GLOW` full heat has."""

FULL_LOOK = 4.0
"""Times the even share of a look that are full heat."""

FULL_NATS = 2.0
"""Nats saved that are full heat."""

Heat = NDArray[np.float64]


def of_look(weights: ArrayLike) -> Heat:
    """The heat of weights that sum to 1 along the last axis: the even share is a quarter.

    >>> of_look([0.25, 0.25, 0.5, 0.0]).tolist()
    [0.25, 0.25, 0.5, 0.0]
    """
    found = np.asarray(weights, np.float64)
    return np.clip(found * found.shape[-1] / FULL_LOOK, 0, 1)


def of_nats(saved: ArrayLike) -> Heat:
    """The heat of nats that were saved; what was lost has none.

    >>> of_nats([-1.0, 1.0, 3.0]).tolist()
    [0.0, 0.5, 1.0]
    """
    return np.clip(np.asarray(saved, np.float64) / FULL_NATS, 0, 1)


def lit(picture: Image, heat: Heat) -> Image:
    """A picture (h, w, 3) with the heat of a square grid of places, row by row, laid over it."""
    height, width = picture.shape[:2]
    side = round(heat.size**0.5)
    grid = PIL.Image.fromarray(heat.reshape(side, side).astype(np.float32))
    smooth = np.asarray(grid.resize((width, height), PIL.Image.Resampling.BICUBIC), np.float64)
    share = smooth.clip(0, 1)[..., None]
    return _lit(picture.astype(np.float64), share)


def boxed(picture: Image, place: int, *, n_places: int, colour: str) -> Image:
    """A picture with a frame around one place of its grid."""
    side = round(n_places**0.5)
    row, column = divmod(place, side)
    height, width = picture.shape[:2]
    top, bottom = round(row * height / side), round((row + 1) * height / side)
    left, right = round(column * width / side), round((column + 1) * width / side)
    edge = max(2, height // 90)
    made = picture.copy()
    made[max(0, top - edge) : bottom + edge, max(0, left - edge) : right + edge] = _rgb(colour)
    made[top:bottom, left:right] = picture[top:bottom, left:right]
    return made


def matrix(heat: Heat, *, width: int) -> Image:
    """Heat (rows, columns) as a picture on paper, so many pixels wide and in proportion."""
    height = max(1, round(width * heat.shape[0] / heat.shape[1]))
    grid = PIL.Image.fromarray(coloured(heat))
    is_larger = width >= heat.shape[1]
    how = PIL.Image.Resampling.NEAREST if is_larger else PIL.Image.Resampling.BOX
    return np.asarray(grid.resize((width, height), how))


def coloured(heat: Heat) -> Image:
    """Each number by the ramp: heat (…,) to uint8 RGB (…, 3).

    >>> coloured(np.array([0.0, 1.0])).tolist()
    [[251, 250, 246], [91, 22, 64]]
    """
    stops = np.array([_rgb(colour) for colour in RAMP], np.float64)
    at = np.linspace(0, 1, len(stops))
    return _levels(np.stack([np.interp(heat, at, stops[:, c]) for c in range(3)], -1))


def bar(*, width: int = 180, height: int = 10) -> Image:
    """All of the ramp, from nothing to full heat."""
    return np.repeat(coloured(np.linspace(0, 1, width))[None], height, 0)


def lit_bar(*, width: int = 180, height: int = 10) -> Image:
    """A light grey under all heat that `lit` knows."""
    share = np.linspace(0, 1, width)[None, :, None]
    return np.repeat(_lit(np.full((1, width, 3), 205.0), share), height, 0)


def scaled(picture: Image, side: int) -> Image:
    """A square picture, so many pixels wide."""
    return resize(picture, height=side, width=side)


def _lit(colours: Heat, share: Heat) -> Image:
    dim = DIM * (colours + colours.mean(-1, keepdims=True)) / 2
    shown = dim + share * (colours - dim)
    return _levels(shown + WARM * share * (GLOW - shown))


def _levels(colours: NDArray[np.float64]) -> Image:
    return colours.round().clip(0, 255).astype(np.uint8)


def _rgb(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
