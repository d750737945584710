"""Frames to H.264 in MP4 by PyAV: constant or variable rate, sound, rotation flag, long GOPs.

The same frames give the same bytes, on processors with the same vector units. That needs one
thread, bit-exact flags, and x264 without its macroblock tree: with it, pictures with hard black
and white blocks (painted numbers) came out in several versions (x264 core 165, up to 20 in 30
runs; without it, 1 in 360). `moov` stands at the end, as in most real downloads: a file that is
cut short cannot be opened.

The rotation flag: stream metadata `rotate` is accepted and not written (PyAV 18, FFmpeg 8). What
works is `VideoStream.set_display_rotation`, new in PyAV 18, which writes the display matrix of
the track header; read back, `VideoFrame.rotation` is 90 for 90, -90 for 270 and -180 for 180
(anticlockwise degrees that turn the coded picture upright). An older PyAV can't, so the frames
are coded upright.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from storybench.types import Image
from storydata.twin.film.tune import RATE

OPTIONS = {
    "preset": "veryfast",
    "crf": "23",
    "threads": "1",
    "mbtree": "0",
    "flags": "+bitexact",
}
"""What libx264 is told."""

CAN_ROTATE = hasattr(VideoStream, "set_display_rotation")
"""Whether this PyAV can write a rotation flag."""


@dataclass(frozen=True)
class Clock:
    """When frames are shown: at `ticks[i] * time_base` seconds from the start, rising from 0."""

    time_base: Fraction
    ticks: tuple[int, ...]
    is_variable: bool

    @property
    def times(self) -> tuple[float, ...]:
        """Presentation times in seconds."""
        return tuple(float(tick * self.time_base) for tick in self.ticks)


def steady(rate: Fraction, seconds: float) -> Clock:
    """A constant frame rate.

    >>> steady(Fraction(2), 1.5).times
    (0.0, 0.5, 1.0)
    """
    count = round(seconds * rate)
    return Clock(1 / rate, tuple(range(count)), is_variable=False)


def jittered(mean_rate: float, seconds: float, rng: np.random.Generator) -> Clock:
    """A variable frame rate in milliseconds, as a phone in the dark or a screen recorder writes."""
    gaps = np.array([0.5, 0.75, 1.0, 1.0, 1.25, 2.0]) * 1000 / mean_rate / 1.08
    ticks, now = [], 0
    while now < 1000 * seconds:
        ticks.append(now)
        now += int(gaps[rng.integers(len(gaps))])
    return Clock(Fraction(1, 1000), tuple(ticks), is_variable=True)


@dataclass(frozen=True)
class Coding:
    """How a video is written; `rotation` is what a player must turn anticlockwise, in degrees."""

    size: tuple[int, int]
    gop: int
    rotation: int = 0


def encode(
    frames: Iterable[Image],
    clock: Clock,
    coding: Coding,
    *,
    sound: NDArray[np.float32] | None = None,
) -> bytes:
    """The bytes of an MP4 with those frames, one per tick of the clock.

    Frames are upright, uint8 RGB, `coding.size` wide and high; where `coding.rotation` is set they
    are coded lying and flagged, if this PyAV can flag them.
    """
    rotation = coding.rotation if CAN_ROTATE else 0
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = _add_video(container, clock, coding, rotation)
        speaker = None if sound is None else _add_audio(container)
        container.start_encoding()
        for tick, image in zip(clock.ticks, frames, strict=True):
            lying = np.ascontiguousarray(np.rot90(image, -rotation // 90)) if rotation else image
            frame = av.VideoFrame.from_ndarray(lying, format="rgb24")
            frame.pts, frame.time_base = tick, clock.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if speaker is not None and sound is not None:
            _mux_sound(container, speaker, sound)
    return buffer.getvalue()


def _add_video(
    container: OutputContainer, clock: Clock, coding: Coding, rotation: int
) -> VideoStream:
    rate = 30 if clock.is_variable else 1 / clock.time_base
    stream = container.add_stream("libx264", rate=rate, options=OPTIONS)
    width, height = coding.size
    stream.width, stream.height = (height, width) if rotation % 180 else (width, height)
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = clock.time_base
    stream.codec_context.gop_size = coding.gop
    if rotation:
        stream.set_display_rotation(rotation)
    return stream


def _add_audio(container: OutputContainer) -> AudioStream:
    options = {"threads": "1", "flags": "+bitexact"}
    return container.add_stream("aac", rate=RATE, options=options, layout="mono", bit_rate=32000)


def _mux_sound(container: OutputContainer, stream: AudioStream, sound: NDArray[np.float32]) -> None:
    chunk = 1024
    for start in range(0, len(sound), chunk):
        frame = av.AudioFrame.from_ndarray(
            sound[None, start : start + chunk], format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts = RATE, start
        frame.time_base = Fraction(1, RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def half_of(data: bytes) -> bytes:
    """A download that stopped: three fifths of the media, and nothing of the index after it."""
    return data[: data.rindex(b"moov") * 3 // 5]
