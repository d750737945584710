"""Where a generated picture can lie: a file of its own, or a part of a mosaic.

Elements of tensors and arrays are in `storybench.predictions.arrays`. All are read when asked for;
what is shared by neighbours (a decoded mosaic) is kept for the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from storybench.errors import InputError, PredictionError
from storybench.images import decode, header_size
from storybench.predictions.container import Container, container_of
from storybench.types import Image

MAX_FILE_BYTES = 256 * 2**20
"""Of one encoded picture: `storybench.images.MAX_PIXELS` stored without packing, and some room."""

MEND = "Mend that one picture where it lies, or sample it again."
"""What to do about a picture that does not decode: it is somebody's work, so nothing goes."""

HEADER_BYTES = 4096
MOSAICS_KEPT = 2


@dataclass(frozen=True)
class FilePicture:
    """A picture in a file of its own; `name` is its path below the folder."""

    file: Path
    name: str

    def size(self) -> tuple[int, int]:
        """Width and height of its header; raises PredictionError where there is none."""
        return picture_size(self.file, self.name)

    def read(self) -> Image:
        """Its pixels; raises PredictionError where it does not decode."""
        return _decoded(self.encoded(), self.name)

    def encoded(self) -> bytes:
        """The bytes of the file; raises PredictionError where it is gone."""
        return read_bytes(self.file, self.name)

    def container(self) -> Container:
        """By the bytes of the file; raises as `encoded`."""
        return container_of(self.encoded())


@dataclass(frozen=True)
class CropPicture:
    """A rectangle of a mosaic whose exact size is known: `box` is left, top, width, height.

    `whole` is width and height of the mosaic.
    """

    file: Path
    mosaic: str
    whole: tuple[int, int]
    box: tuple[int, int, int, int]

    @property
    def name(self) -> str:
        """The mosaic and the rectangle."""
        left, top, width, height = self.box
        return f"{self.mosaic}[{left}+{width}, {top}+{height}]"

    def size(self) -> tuple[int, int]:
        """Width and height of the rectangle."""
        return self.box[2:]

    def read(self) -> Image:
        """Its pixels; raises PredictionError where the mosaic is of another size."""
        pixels = _mosaic(self.file, self.mosaic, stamp(self.file, self.mosaic))
        height, width = pixels.shape[:2]
        if (width, height) != self.whole:
            raise PredictionError(
                f"Expected {self.whole[0]} x {self.whole[1]} pixels in {self.mosaic}, found "
                f"{width} x {height}. Does another program change the folder?"
            )
        left, top, width, height = self.box
        return pixels[top : top + height, left : left + width]

    def encoded(self) -> None:
        """None: the file holds other pictures too."""
        return

    def container(self) -> Container:
        """That of the mosaic; raises PredictionError where it is gone."""
        return _mosaic_container(self.file, self.mosaic, stamp(self.file, self.mosaic))


def stamp(path: Path, name: str) -> tuple[int, int]:
    """Size and time of a file, so that what is kept of it goes when it changes.

    Raises:
        PredictionError: there is no such file.
    """
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise PredictionError(f"Expected the file {name}, found none.") from error
    return found.st_size, found.st_mtime_ns


def picture_size(path: Path, name: str) -> tuple[int, int]:
    """Width and height in the header of a picture file.

    Raises:
        PredictionError: there is no such file, or it is no picture.
    """
    try:
        with path.open("rb") as file:
            start = file.read(HEADER_BYTES)
            try:
                return header_size(start, name)
            except InputError:  # a JPEG with a preview in its header
                return header_size(start + file.read(MAX_FILE_BYTES), name)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise PredictionError(f"Expected the picture {name}, found no such file.") from error
    except InputError as error:
        raise PredictionError(str(error)) from error


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
        raise PredictionError(f"{error} {MEND}") from error


@lru_cache(maxsize=MOSAICS_KEPT)
def _mosaic(path: Path, name: str, _: tuple[int, int]) -> Image:
    return _decoded(read_bytes(path, name), name)


@lru_cache(maxsize=MOSAICS_KEPT)
def _mosaic_container(path: Path, name: str, _: tuple[int, int]) -> Container:
    return container_of(read_bytes(path, name))
