"""Frame numbers painted into pictures, readable by machine and by eye.

A strip of blocks says the number in binary, and a second strip below it says the complement, so
each bit is a comparison of two neighbours and not a brightness: that survives H.264 with 4:2:0
chroma, resizing, and a crop to the centre square, to which all positions are relative. Digits
stand underneath.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import PIL.Image

from storybench.errors import InputError
from storybench.images import centre_square
from storybench.types import Image

BITS = 14
BLOCK = 1 / 20
"""Side of a block, as a part of the short side of the picture."""

TOP = 1 / 20
CONTRAST = 60
"""Least difference, 0..255, between the two blocks of a bit."""

DIGITS = {
    "0": "111101101101111", "1": "010110010010111", "2": "111001111100111",
    "3": "111001111001111", "4": "101101111001001", "5": "111100111001111",
    "6": "111100111101111", "7": "111001010010010", "8": "111101111101111",
    "9": "111101111001111",
}  # fmt: skip
"""Three by five dots a digit, row by row."""


def paint(image: Image, number: int) -> Image:
    """A copy of the picture with the number painted on it.

    Raises:
        ValueError: the number is negative or needs more than `BITS` bits.
    """
    if not 0 <= number < 2**BITS:
        raise ValueError(f"Expected a frame number from 0 to {2**BITS - 1}, found {number}.")
    height, width = image.shape[:2]
    side = min(height, width)
    stamp = _stamp(number, side)
    top = (height - side) // 2 + round(TOP * side)
    left = (width - side) // 2 + _left(side)
    painted = image.copy()
    painted[top : top + stamp.shape[0], left : left + stamp.shape[1]] = stamp
    return painted


def read(image: Image) -> int:
    """The number painted on a picture, whole or cropped to its centre square, at any size.

    Raises:
        InputError: no number is painted there, or it can't be read any more.
    """
    square = centre_square(image)
    side = square.shape[0]
    lit = _luma(square)
    bits = []
    for k in range(BITS):
        x = (0.5 - BITS * BLOCK / 2 + (k + 0.5) * BLOCK) * side
        upper, lower = (_mean(lit, x, (TOP + (row + 0.5) * BLOCK) * side, side) for row in (0, 1))
        if abs(upper - lower) < CONTRAST:
            raise InputError(
                f"Expected a painted frame number, found none: bit {k} of {BITS} has a contrast "
                f"of {abs(upper - lower):.0f}, and {CONTRAST} is needed."
            )
        bits.append(int(upper > lower))
    return int("".join(map(str, bits)), 2)


def _left(side: int) -> int:
    return round((0.5 - BITS * BLOCK / 2) * side)


@lru_cache(maxsize=4096)
def _stamp(number: int, side: int) -> Image:
    """The two strips and the digits, uint8 RGB."""
    edges = np.round(np.arange(BITS + 1) * BLOCK * side).astype(int)
    block = round(BLOCK * side)
    stamp = np.full((3 * block, edges[-1], 3), 24, np.uint8)
    for k, bit in enumerate(f"{number:0{BITS}b}"):
        value = 235 if bit == "1" else 20
        stamp[:block, edges[k] : edges[k + 1]] = value
        stamp[block : 2 * block, edges[k] : edges[k + 1]] = 255 - value
    text = _text(str(number), max(1, block // 6))
    top = 2 * block + (block - text.shape[0]) // 2
    left = (stamp.shape[1] - text.shape[1]) // 2
    stamp[top : top + text.shape[0], left : left + text.shape[1]] = text[..., None]
    return stamp


def _text(digits: str, dot: int) -> Image:
    cells = [np.array(list(DIGITS[digit]), np.uint8).reshape(5, 3) for digit in digits]
    row = np.concatenate([np.pad(cell, ((0, 0), (0, 1))) for cell in cells], axis=1)
    return np.kron(24 + 216 * row, np.ones((dot, dot), np.uint8)).astype(np.uint8)


def _luma(image: Image) -> Image:
    return np.asarray(PIL.Image.fromarray(image).convert("L"))


def _mean(lit: Image, x: float, y: float, side: int) -> float:
    half = max(1.0, 0.25 * BLOCK * side)
    rows = slice(int(y - half), int(np.ceil(y + half)))
    columns = slice(int(x - half), int(np.ceil(x + half)))
    return float(lit[rows, columns].mean())
