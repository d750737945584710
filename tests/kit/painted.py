"""Small videos whose frames say their own number, and the plainest way to read them back.

The number is painted as sixteen black or white blocks in the upper left, which survive any encoder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from storybench.types import Image

BLOCK = 16
COLUMNS = 8
BITS = 16


class Pipe:
    """A file that can be written forwards only."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        path.write_bytes(b"")

    def write(self, data: bytes) -> int:
        """Append, and say how much."""
        with Path(self.name).open("ab") as file:
            return file.write(data)


def paint(number: int, *, width: int = 160, height: int = 96) -> Image:
    """A moving pattern with the number on it, uint8 (h, w, 3)."""
    y, x = np.mgrid[:height, :width]
    red = 128 + 90 * np.sin((x + 3 * number) / 17)
    green = 128 + 90 * np.sin((y - 2 * number) / 13)
    blue = 128 + 90 * np.sin((x + y + number) / 23)
    image = np.stack([red, green, blue], -1).astype(np.uint8)
    for bit in range(BITS):
        row, column = divmod(bit, COLUMNS)
        image[row * BLOCK : (row + 1) * BLOCK, column * BLOCK : (column + 1) * BLOCK] = (
            255 if number >> bit & 1 else 0
        )
    return image


def read_number(image: NDArray[Any]) -> int:
    """The number painted on a frame."""
    number = 0
    for bit in range(BITS):
        row, column = divmod(bit, COLUMNS)
        top, left = row * BLOCK + 4, column * BLOCK + 4
        number |= int(image[top : top + 8, left : left + 8].mean() > 127) << bit
    return number


def write_video(
    path: Path,
    stamps: Sequence[int],
    *,
    unit: Fraction = Fraction(1, 30),
    size: tuple[int, int] = (160, 96),
    codec: str = "libx264",
    options: Mapping[str, str] | None = None,
    rotation: int | None = None,
    has_audio: bool = False,
    container_options: Mapping[str, str] | None = None,
    is_piped: bool = False,
) -> Path:
    """Write frames 0, 1, … at the given stamps (in units of `unit` seconds), audio track first.

    A piped file is written in one go, so that its header cannot say how long the video became.
    """
    width, height = size
    file: Any = Pipe(path) if is_piped else str(path)
    with av.open(file, "w", options=dict(container_options or {})) as container:
        audio = container.add_stream("aac", rate=44100, layout="mono") if has_audio else None
        stream: Any = container.add_stream(codec, rate=round(1 / unit) if unit < 1 else 1)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = unit
        stream.options = dict(options or {})
        if rotation is not None:
            stream.set_display_rotation(rotation)
        if audio is not None:
            _add_tone(container, audio, seconds=float(stamps[-1] * unit))
        for number, stamp in enumerate(stamps):
            frame = av.VideoFrame.from_ndarray(paint(number, width=width, height=height))
            frame.pts, frame.time_base = stamp, unit
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def decode_everything(path: Path) -> list[tuple[float, int]]:
    """Time from the first frame and painted number of every frame, by decoding the whole file."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [
            (frame.pts, read_number(frame.to_ndarray(format="rgb24")))
            for frame in container.decode(stream)
        ]
        first = frames[0][0]
        assert first is not None
        assert stream.time_base is not None
        return [
            (float((stamp - first) * stream.time_base), number)
            for stamp, number in frames
            if stamp is not None
        ]


def _add_tone(container: Any, audio: Any, *, seconds: float) -> None:
    resampler = AudioResampler(format="fltp", layout="mono", rate=44100)
    samples = np.sin(np.arange(int(seconds * 44100) + 1) / 20).astype(np.float32)[None]
    tone = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    tone.sample_rate = 44100
    for frame in resampler.resample(tone):
        container.mux(audio.encode(frame))
    container.mux(audio.encode(None))
