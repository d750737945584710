"""Where a generated picture can lie: a file of its own, or a part of a mosaic.

Elements of tensors and arrays are in `storybench.predictions.arrays`. All are read when asked for;
what is shared by neighbours (a decoded mosaic) is kept for the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from storybench.errors import InputError, PredictionError
from storybench.images import decode
from storybench.types import Image

MAX_FILE_BYTES = 256 * 2**20
"""Of one encoded picture: `storybench.images.MAX_PIXELS` stored without packing, and some room."""

MOSAICS_KEPT = 2


@dataclass(frozen=True)
class FilePicture:
    """A picture in a file of its own; `name` is its path below the folder."""

    file: Path
    name: str

    def read(self) -> Image:
        """Its pixels; raises PredictionError where it does not decode."""
        return _decoded(self.encoded(), self.name)

    def encoded(self) -> bytes:
        """The bytes of the file; raises PredictionError where it is gone."""
        return read_bytes(self.file, self.name)


@dataclass(frozen=True)
class CropPicture:
    """A rectangle of a mosaic whose exact size is known: `box` is left, top, width, height."""

    file: Path
    mosaic: str
    size: tuple[int, int]
    box: tuple[int, int, int, int]

    @property
    def name(self) -> str:
        """The mosaic and the rectangle."""
        left, top, width, height = self.box
        return f"{self.mosaic}[{left}+{width}, {top}+{height}]"

    def read(self) -> Image:
        """Its pixels; raises PredictionError where the mosaic is of another size."""
        whole = _mosaic(self.file, self.mosaic)
        height, width = whole.shape[:2]
        if (width, height) != self.size:
            raise PredictionError(
                f"Expected {self.size[0]} x {self.size[1]} pixels in {self.mosaic}, found "
                f"{width} x {height}. Does another program change the folder?"
            )
        left, top, width, height = self.box
        return whole[top : top + height, left : left + width]

    def encoded(self) -> None:
        """None: the file holds other pictures too."""
        return


def read_bytes(path: Path, name: str) -> bytes:
    """The bytes of a picture's file.

    Raises:
        PredictionError: there is no such file, or it is too large for a picture.
    """
    try:
        if (size := path.stat().st_size) > MAX_FILE_BYTES:
            raise PredictionError(
                f"Expected a picture of at most {MAX_FILE_BYTES:,} bytes in {name}, found {size:,}."
            )
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise PredictionError(f"Expected the picture {name}, found no such file.") from error


def _decoded(data: bytes, name: str) -> Image:
    try:
        return decode(data, name)
    except InputError as error:
        raise PredictionError(str(error)) from error


@lru_cache(maxsize=MOSAICS_KEPT)
def _mosaic(path: Path, name: str) -> Image:
    return _decoded(read_bytes(path, name), name)
