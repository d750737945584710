"""Open a video file from outside, or say in one sentence why it is none.

Files are untrusted. Only the container formats listed here are tried, so a playlist renamed to .mp4
cannot make the reader open other files or addresses; the size in the header is checked before a
picture is decoded; broken metadata does not matter.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from storybench.errors import MissingError, RawDataError
from storybench.images import MAX_PIXELS

FORMATS = (
    *("mov", "mp4", "matroska", "webm", "avi", "asf", "flv", "ogg", "mpeg", "mpegts", "mxf", "nut"),
    *("mpegvideo", "m4v", "h264", "hevc", "obu", "ivf", "dv", "rm", "gif"),
)
STAMPED_FORMATS = frozenset({"mov", "matroska", "mpegts", "mpeg", "flv", "asf", "ogg"})
OPTIONS = {"format_whitelist": ",".join(FORMATS), "protocol_whitelist": "file"}


@dataclass(frozen=True)
class Video:
    """An open file and its picture stream."""

    path: Path
    container: InputContainer
    stream: VideoStream

    @property
    def is_stamped(self) -> bool:
        """Whether the container stores when frames are shown, not only the order of decoding."""
        return not STAMPED_FORMATS.isdisjoint(self._formats)

    @property
    def n_promised(self) -> int | None:
        """How many packets the index of the file lists; None for formats without a full index."""
        return len(self.stream.index_entries) if "mov" in self._formats else None

    @property
    def claim(self) -> float | None:
        """Seconds that the header says the pictures last, None where it is silent.

        It is false in files that were cut short or written in one go, without a look back.
        """
        if self.stream.duration and self.stream.time_base:
            return float(self.stream.duration * self.stream.time_base)
        return self.container.duration / av.time_base if self.container.duration else None

    @property
    def _formats(self) -> list[str]:
        return self.container.format.name.split(",")


@contextmanager
def opened(path: Path) -> Iterator[Video]:
    """The picture stream of a file, ready to demux and decode on one thread.

    One thread, since builds run one process a core; two threads in each of two processes only get
    in each other's way.

    Raises:
        MissingError: there is no such file.
        RawDataError: it is not a video that can be decoded; says what was found instead.
    """
    try:
        container = av.open(
            f"file:{path}", mode="r", options=OPTIONS, metadata_errors="backslashreplace"
        )
    except FileNotFoundError as error:
        raise MissingError(f"Expected the video {path}, found no such file.") from error
    except FFmpegError as error:
        raise RawDataError(f"Expected a video in {path}, found {_what(path)}.") from error
    with container:
        stream = _pictures(container, path)
        stream.codec_context.thread_count = 1
        yield Video(path, container, stream)


def _pictures(container: InputContainer, path: Path) -> VideoStream:
    streams = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    if not streams:
        found = "sound only" if container.streams.audio else "no picture stream"
        raise RawDataError(f"Expected a video in {path}, found {found}.")
    stream = streams[0]
    if stream.codec_context is None or stream.time_base is None:
        raise RawDataError(f"Expected a video in {path}, found a codec that FFmpeg does not know.")
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > MAX_PIXELS:
        raise RawDataError(
            f"Expected pictures of at most {MAX_PIXELS:,} pixels in {path}, "
            f"found {width} x {height}."
        )
    if width * height == 0:
        raise RawDataError(
            f"Expected a video in {path}, found a header without pictures. Is the file whole?"
        )
    return stream


def _what(path: Path) -> str:
    """What lies there instead of a video."""
    if path.is_dir():
        return "a folder"
    with path.open("rb") as file:
        head = file.read(512)
    if not head:
        return "an empty file"
    if _is_text(head):
        return "a text file (a web page saved by a failed download?)"
    return "bytes that no known video format has, or a file cut short before its index"


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # a character cut at the end is fine
    except UnicodeDecodeError:
        return False
    return True
