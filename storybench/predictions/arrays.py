"""Pictures inside arrays: `.npy` files and the tensors of `.pt` files, one story read at a time.

A block is an array that lies in a file as plain numbers. Nothing of it is read but the stretch that
holds the story asked for, so a file of several gigabytes costs the memory of one story.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from storybench.errors import InputError, PredictionError
from storybench.npy import MAX_HEADER, check_whole, parse_header
from storybench.predictions.pictures import stamp
from storybench.types import Image

Axes = Literal["tchw", "cthw"]
"""How one story lies in an array: frames of channels, or channels of frames."""

Values = Literal["0..1", "-1..1", "0..255"]
"""What black and white are."""

TOLERANCE = 1e-3
"""How far beyond black and white a number may lie, as a share of that range."""

MAX_ELEMENT_BYTES = 512 * 2**20
"""Of one story: sixteen float32 frames of 1,600 pixels."""

BFLOAT = "bfloat16"
STORIES_KEPT = 4
PREFIX = 12


@dataclass(frozen=True)
class Block:
    """An array from `offset` of a file; `dtype` is a numpy code, or "bfloat16".

    `strides` count numbers, not bytes, from one index of an axis to the next.
    """

    file: Path
    name: str
    offset: int
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def itemsize(self) -> int:
        """Bytes of one number."""
        return 2 if self.dtype == BFLOAT else np.dtype(self.dtype).itemsize

    @property
    def reach(self) -> int:
        """How many numbers, from `offset`, hold the whole array."""
        return _reach(self.shape, self.strides)

    @property
    def is_whole_numbers(self) -> bool:
        """Whether it holds bytes 0…255 rather than fractions."""
        return self.dtype != BFLOAT and np.dtype(self.dtype).kind == "u"

    def element(self, index: int) -> NDArray[Any]:
        """The part of story `index`, shape[1:], read from the disk.

        Raises:
            PredictionError: the file is gone, cut short, or one story takes too much memory.
        """
        return _element(self, index, stamp(self.file, self.name))


@dataclass(frozen=True)
class ArrayPicture:
    """Frame `frame` of story `story` of a block of five axes (n, then `axes`)."""

    block: Block
    story: int
    frame: int
    axes: Axes
    values: Values

    @property
    def name(self) -> str:
        """The array and the two numbers."""
        return f"{self.block.name}[{self.story}, {self.frame}]"

    @property
    def file(self) -> Path:
        """The file of the array."""
        return self.block.file

    def size(self) -> tuple[int, int]:
        """Width and height by the array's shape."""
        return self.block.shape[4], self.block.shape[3]

    def read(self) -> Image:
        """Its pixels, to the nearest whole number.

        Raises:
            PredictionError: gone, cut short, not a number, or beyond black and white.
        """
        story = self.block.element(self.story)
        planes = story[self.frame] if self.axes == "tchw" else story[:, self.frame]
        return to_image(np.moveaxis(planes, 0, 2), self.values, self.name)

    def encoded(self) -> None:
        """None: the file holds other pictures too."""
        return

    def container(self) -> None:
        """None: what its numbers went through before is not known."""
        return


def to_image(pixels: NDArray[Any], values: Values, name: str) -> Image:
    """Numbers (h, w, 3) as uint8 RGB, to the nearest whole number; `name` is for the message.

    >>> to_image(np.array([[[-1.0, 0.0, 1.0]]]), "-1..1", "a").tolist()
    [[[0, 128, 255]]]

    Raises:
        PredictionError: a number is none, or lies beyond black or white.
    """
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels)
    low, high = {"0..1": (0.0, 1.0), "-1..1": (-1.0, 1.0), "0..255": (0.0, 255.0)}[values]
    numbers = pixels.astype(np.float64)
    slack = TOLERANCE * (high - low)
    if not np.all((numbers >= low - slack) & (numbers <= high + slack)):
        found = "numbers that are none (NaN)"
        if np.isfinite(numbers).all():
            found = f"{numbers.min():.3g} to {numbers.max():.3g}"
        raise PredictionError(
            f"Expected numbers from {low:g} to {high:g} in {name}, found {found}. Say what black "
            "and white are with --range."
        )
    shades = np.floor((numbers - low) / (high - low) * 255 + 0.5)
    return np.clip(shades, 0, 255).astype(np.uint8)


def npy_block(path: Path, name: str) -> Block:
    """The array of a `.npy` file, none of it read.

    Raises:
        PredictionError: not a whole `.npy` file of bytes or real numbers.
    """
    try:
        with path.open("rb") as file:
            header = parse_header(file.read(PREFIX + MAX_HEADER), name)
        check_whole(header, path.stat().st_size, name)
    except InputError as error:
        raise PredictionError(str(error)) from error
    if header.dtype.str[1:] not in ("u1", "f2", "f4", "f8"):
        raise PredictionError(
            f"Expected uint8 or float numbers in {name}, found {header.dtype}. Save pictures as "
            "uint8, or as float between their black and white."
        )
    strides = contiguous(header.shape)
    if header.is_fortran:
        strides = contiguous(header.shape[::-1])[::-1]
    return Block(path, name, header.offset, header.dtype.str, header.shape, strides)


def contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides, in numbers, of an array in C order.

    >>> contiguous((2, 3, 4))
    (12, 4, 1)
    """
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def spread(block: Block, n: int = 3) -> tuple[float, float]:
    """Smallest and largest number among `n` of its stories, from the first to the last.

    Raises:
        PredictionError: as `Block.element`; or a number is none.
    """
    last = block.shape[0] - 1
    stories = [block.element(round(last * i / max(n - 1, 1))) for i in range(n)]
    low, high = float(min(map(np.min, stories))), float(max(map(np.max, stories)))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise PredictionError(f"Expected numbers in {block.name}, found some that are none (NaN).")
    return low, high


@lru_cache(maxsize=STORIES_KEPT)
def _element(block: Block, index: int, _: tuple[int, int]) -> NDArray[Any]:
    shape, strides = block.shape[1:], block.strides[1:]
    n_bytes = _reach(shape, strides) * block.itemsize
    if n_bytes > MAX_ELEMENT_BYTES:
        raise PredictionError(
            f"Expected at most {MAX_ELEMENT_BYTES:,} bytes for one story of {block.name}, found "
            f"{n_bytes:,}: its stories do not lie one after another. Save it in C order, with "
            "np.ascontiguousarray(array) or tensor.contiguous()."
        )
    data = _read(block, block.offset + index * block.strides[0] * block.itemsize, n_bytes)
    if block.dtype == BFLOAT:  # the upper half of a float32
        flat = (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    else:
        flat = np.frombuffer(data, block.dtype)
    steps = tuple(stride * flat.itemsize for stride in strides)
    return as_strided(flat, shape, steps, writeable=False)


def _reach(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    if 0 in shape:
        return 0
    return 1 + sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True))


def _read(block: Block, offset: int, n_bytes: int) -> bytes:
    try:
        descriptor = os.open(block.file, os.O_RDONLY)
    except FileNotFoundError as error:
        raise PredictionError(f"Expected the array {block.name}, found no such file.") from error
    try:
        data = os.pread(descriptor, n_bytes, offset)
    finally:
        os.close(descriptor)
    if len(data) < n_bytes:
        raise PredictionError(f"Expected {n_bytes:,} bytes of {block.name}, found it cut short.")
    return data
