"""The frame of a video at a time, by one written rule.

THE FRAME AT t IS THE LAST FRAME WHOSE PRESENTATION TIME, COUNTED FROM THE FIRST FRAME'S, IS AT OR
BEFORE t. This holds for variable frame rates, B-frames, edit lists and start offsets alike, and
does not depend on how a player or a library seeks.

A time past the end is a loss, not the last frame: the display of the last frame must reach t, give
or take `END_TOLERANCE`. A file that was cut short gets no such grace.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from av import VideoFrame as Decoded
from av.error import FFmpegError
from av.video.stream import VideoStream

from storybench.errors import InputError, RawDataError
from storybench.images import MAX_PIXELS
from storybench.types import Image
from storydata.kit.frames.container import Video, opened
from storydata.kit.frames.decoding import Shown, decode_all, decode_slowly, decode_wanted
from storydata.kit.frames.picture import to_picture
from storydata.kit.frames.timeline import Timeline, read_timeline, rough_end

END_TOLERANCE = 0.5
"""Seconds that a time may lie past the end of the video and still see its last frame."""


@dataclass(frozen=True, eq=False)
class VideoFrame:
    """A frame as shown: uint8 RGB (h, w, 3), upright.

    `index` is its number in the order of presentation from 0; `time` is its own presentation
    time in seconds from the first frame.
    """

    image: Image
    index: int | None
    time: float


@dataclass(frozen=True)
class FrameLoss:
    """Why there is no frame at a time."""

    reason: str


Answer = VideoFrame | FrameLoss


@dataclass(frozen=True)
class Footage:
    """An open video, its packets read as far as `until` seconds.

    `end` is when the last frame stops being shown, in seconds and at most `until`. Packets say so,
    not the header, whose claim may be absent or false; only of a file that lacks packets which its
    index promises is the claim believed, or else `until` assumed.
    """

    video: Video
    timeline: Timeline | None
    until: float
    end: float

    def frames_at(self, times: Sequence[float]) -> list[Answer]:
        """The frame at each time (seconds up to `until`, in any order), or why there is none.

        Raises:
            RawDataError: not one frame of the video can be decoded.
            InputError: a time is negative or not finite.
        """
        _check_times(times, self.video.path)
        if not times:
            return []
        assert max(times) <= self.until, f"asked for {max(times)} s, read to {self.until} s"
        if self.timeline is None:
            found = _by_decoding(self.video.path, times)
        else:
            found = _by_timeline(self.video, times, self.timeline)
        return [found[time] for time in times]


@contextmanager
def footage(path: Path, *, until: float) -> Iterator[Footage]:
    """Open a video to take frames from its first `until` seconds; no picture is decoded yet.

    Raises:
        MissingError: there is no such file.
        RawDataError: it is not a video that can be decoded: text, nothing, sound only, a broken or
            missing header.
    """
    with opened(path) as video:
        timeline = read_timeline(video, until=until)
        end = _rough_end(path, until) if timeline is None else _end(video, timeline, until)
        yield Footage(video, timeline, until, min(end, until))


def frames_at(path: Path, times: Sequence[float]) -> list[Answer]:
    """The frame at each time (seconds, in any order), or why there is none.

    Raises:
        MissingError: there is no such file.
        RawDataError: it is not a video that can be decoded.
        InputError: a time is negative or not finite.
    """
    _check_times(times, path)
    if not times:
        return []
    with footage(path, until=max(times)) as film:
        return film.frames_at(times)


def _check_times(times: Sequence[float], path: Path) -> None:
    for time in times:
        if not 0 <= time < math.inf:
            raise InputError(f"Expected times from 0 seconds on, found {time} for {path}.")


def _end(video: Video, timeline: Timeline, until: float) -> float:
    """When the whole video ends, as far as a file that may be cut short lets one know."""
    if timeline.is_cut:
        return max(video.claim or until, timeline.end)
    return timeline.end


def _rough_end(path: Path, until: float) -> float:
    with opened(path) as video:
        end = rough_end(video, until=until)
    if end is None:
        raise _no_frame(path)
    return end


def _no_frame(path: Path) -> RawDataError:
    return RawDataError(f"Expected a video in {path}, found no frame that can be decoded.")


def _by_timeline(video: Video, times: Sequence[float], timeline: Timeline) -> dict[float, Answer]:
    """Answers by packets: every frame is known before the first is decoded."""
    grace = 0.0 if timeline.is_cut else END_TOLERANCE
    found: dict[float, Answer] = {
        time: _too_late(time, timeline.end) for time in times if time >= timeline.end + grace
    }
    number_at = {time: timeline.number_at(time) for time in times if time not in found}
    shown: dict[int, Answer] = {}
    for frame in _decoded(video, timeline, set(number_at.values())):
        shown[frame.number] = _as_seen(frame)
    for time, number in number_at.items():
        found[time] = shown.get(number) or FrameLoss(f"the frame shown at {time:.1f} s is damaged")
    return found


def _decoded(video: Video, timeline: Timeline, numbers: set[int]) -> Iterator[Shown]:
    """The whole frames among these; what the short way does not give is sought from the start."""
    number_of = {int(timeline.order[number]): number for number in numbers}
    missing = set(number_of)
    for position, frame in decode_wanted(video, timeline, number_of):
        missing.discard(position)
        if frame is not None:
            yield _numbered(frame, number_of[position], timeline)
    if missing:
        for position, frame in decode_slowly(video.path, timeline, missing):
            yield _numbered(frame, number_of[position], timeline)


def _numbered(frame: Decoded, number: int, timeline: Timeline) -> Shown:
    return Shown(frame=frame, number=number, time=float(timeline.times[number]))


def _by_decoding(path: Path, times: Sequence[float]) -> dict[float, Answer]:
    """Answers by decoding from the start until the frame after the last time."""
    found: dict[float, Answer] = {}
    pending = sorted(set(times))
    last: Shown | None = None
    with opened(path) as video:
        for shown in decode_all(video):
            if last is not None and pending[0] < shown.time:
                due = [time for time in pending if time < shown.time]
                found.update(dict.fromkeys(due, _as_seen(last)))
                pending = pending[len(due) :]
            if not pending:
                return found
            last = shown
        if last is None:
            raise _no_frame(path)
        end = last.time + _display_seconds(last, video.stream)
    answer = _as_seen(last)
    rest = {t: answer if t < end + END_TOLERANCE else _too_late(t, end) for t in pending}
    return {**found, **rest}


def _as_seen(shown: Shown) -> Answer:
    frame = shown.frame
    if not shown.is_whole:
        return FrameLoss(f"the frame shown from {shown.time:.1f} s on is damaged")
    if frame.width * frame.height > MAX_PIXELS:
        return FrameLoss(
            f"the frame shown from {shown.time:.1f} s on has {frame.width} x {frame.height} "
            f"pixels, more than {MAX_PIXELS:,}"
        )
    try:
        return VideoFrame(image=to_picture(frame), index=shown.number, time=shown.time)
    except FFmpegError:
        return FrameLoss(f"pixels of format {frame.format.name} cannot be turned into RGB")


def _too_late(time: float, end: float) -> FrameLoss:
    digits = 1 if time - end > 0.1 else 3
    return FrameLoss(f"video ends at {end:.{digits}f} s, before {time:.{digits}f} s")


def _display_seconds(shown: Shown, stream: VideoStream) -> float:
    """How long the last frame is shown: as it says itself, or one frame at the nominal rate."""
    if shown.frame.duration and stream.time_base:
        return float(shown.frame.duration * stream.time_base)
    return float(1 / stream.average_rate) if stream.average_rate else 0.0
