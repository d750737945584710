"""Decode some frames of a video and as little else as possible.

Between a key frame and the frame asked for, only frames that others lean on are decoded: leaving
out a frame that nothing refers to changes no pixel of any other.

Decoders cover damage up and go on; here a frame that leans on a damaged one is damaged too, up to
the next key frame, and is never handed out as whole. Only what the decoder notices counts: a few
changed bytes at the end of a packet can be a picture like any other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

from av import VideoFrame
from av.error import FFmpegError
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext

from storydata.kit.frames.container import Video, opened
from storydata.kit.frames.timeline import Timeline, demuxed

SKIPPABLE_CODECS = frozenset({"h264", "mpeg1video", "mpeg2video"})
"""Codecs whose bitstream says which frames no other frame needs, in a way decoders can act on."""

NEAR = 32
"""Packets that are sooner passed over than jumped over by a seek."""


@dataclass(frozen=True)
class Run:
    """Packets to decode in one go, from `start` to `stop`, both included, and those wanted."""

    start: int
    stop: int
    wanted: frozenset[int]


@dataclass(frozen=True)
class Shown:
    """A decoded frame, its number in the order of presentation, its time in seconds.

    `is_whole` is false from a damaged frame up to the next key frame.
    """

    frame: VideoFrame
    number: int
    time: float
    is_whole: bool = True


def runs(timeline: Timeline, wanted: Collection[int]) -> list[Run]:
    """Cover the wanted packets with as few packets as can be, in the order of the file."""
    spans: list[list[int]] = []
    for start, stop in sorted((timeline.start_for(position), position) for position in wanted):
        if spans and start <= spans[-1][1]:
            spans[-1][1] = max(stop, spans[-1][1])
        else:
            spans.append([start, stop])
    return [
        Run(start, stop, frozenset(p for p in wanted if start <= p <= stop))
        for start, stop in spans
    ]


def decode_wanted(
    video: Video, timeline: Timeline, wanted: Collection[int]
) -> Iterator[tuple[int, VideoFrame | None]]:
    """Positions and frames of the wanted packets, None for a damaged one.

    A position that does not come at all may still be found by `decode_slowly`. The file is opened
    again only where it cannot be wound back.
    """
    with _Reader(video, timeline) as reader:
        for run in runs(timeline, wanted):
            yield from _decode_run(reader, run, timeline)


def decode_slowly(
    path: Path, timeline: Timeline, wanted: Collection[int]
) -> Iterator[tuple[int, VideoFrame]]:
    """As `decode_wanted`, whole frames only, by decoding every frame from the start of the file.

    This helps where a packet flagged as key is none (a picture that is refreshed bit by bit).
    """
    left = {timeline.packets[position].shown_at: position for position in wanted}
    with opened(path) as video:
        for shown in decode_all(video):
            stamp = shown.frame.pts
            if stamp in left and shown.is_whole:
                yield left.pop(stamp), shown.frame
            if not left or (stamp is not None and stamp > max(left)):
                return


def decode_all(video: Video) -> Iterator[Shown]:
    """Every frame in the order of presentation, for videos whose packets do not tell.

    Where the container stores the order of decoding only, the frames take the times of decoding in
    turn: frames leave a decoder in another order than packets enter it, the times are the same. A
    frame without any time follows at the nominal rate.
    """
    clock = _Clock(video)
    decoded_at: deque[int | None] = deque()
    number, is_whole = 0, True
    for packet, frames in _decoded_packets(video):
        decoded_at.append(packet.dts if packet else None)
        is_whole = is_whole and frames is not None
        for frame in frames or ():
            in_turn = decoded_at.popleft() if decoded_at else None
            is_whole = not frame.is_corrupt and (is_whole or frame.key_frame)
            time = clock.read(frame.pts if video.is_stamped else in_turn)
            yield Shown(frame, number, time, is_whole)
            number += 1


class _Clock:
    """Seconds since the first frame, from stamps that may be missing."""

    def __init__(self, video: Video) -> None:
        rate = video.stream.average_rate
        self._step = 1 / rate if rate else Fraction(0)
        self._unit = video.stream.time_base or Fraction(0)
        self._first: Fraction | None = None
        self._time = -self._step

    def read(self, stamp: int | None) -> float:
        """The time of the next frame."""
        if stamp is None:
            self._time += self._step
        else:
            seconds = stamp * self._unit
            self._first = seconds if self._first is None else self._first
            self._time = seconds - self._first
        return float(self._time)


class _Reader:
    """Hands out packets by their position on the timeline, wherever the container stands."""

    def __init__(self, video: Video, timeline: Timeline) -> None:
        self.video = video
        self._timeline = timeline
        self._stack = ExitStack()
        self._packets: Iterator[tuple[int, Packet]] = iter(())
        self._next = len(timeline.packets)  # where reading the timeline has left it

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def go_to(self, position: int) -> None:
        """Stand at or a little before a packet; by a seek only where that is the shorter way."""
        if not self._next <= position <= self._next + NEAR:
            self._seek(position)

    def read(self, stop: int) -> Iterator[tuple[int, Packet]]:
        """Packets from here to `stop`; ends early where the file no longer fits its timeline."""
        for position, packet in self._packets:
            if position != self._next:
                return
            self._next += 1
            yield position, packet
            if position == stop:
                return

    def _open(self) -> None:
        self._stack.close()
        self.video = self._stack.enter_context(opened(self.video.path))
        self._packets = self._located()
        self._next = 0

    def _seek(self, position: int) -> None:
        target = self._timeline.packets[position].decoded_at
        try:
            self.video.container.seek(target, stream=self.video.stream)
        except FFmpegError:  # this container cannot
            self._open()
            return
        packets = self._located()
        landed = next(packets, None)
        if landed is None or landed[0] > position:  # too late: go there from the start
            self._open()
            return
        self._packets = chain([landed], packets)
        self._next = landed[0]

    def _located(self) -> Iterator[tuple[int, Packet]]:
        positions = self._timeline.positions
        for packet in demuxed(self.video):
            if packet.pts in positions:
                yield positions[packet.pts], packet


def _decode_run(
    reader: _Reader, run: Run, timeline: Timeline
) -> Iterator[tuple[int, VideoFrame | None]]:
    reader.go_to(run.start)
    context = reader.video.stream.codec_context
    context.flush_buffers()
    others = "NONREF" if context.codec.canonical_name in SKIPPABLE_CODECS else "DEFAULT"
    found: dict[int, VideoFrame] = {}
    damaged: list[int] = []
    for position, packet in chain(reader.read(run.stop), [(run.stop, None)]):
        if position < run.start:
            continue
        context.skip_frame = "DEFAULT" if position in run.wanted else others
        frames = _decode(context, packet)
        if frames is None or (packet is not None and packet.is_corrupt):
            damaged.append(position)
        for frame in frames or ():
            shown = -1 if frame.pts is None else timeline.positions.get(frame.pts, -1)
            if frame.is_corrupt:
                damaged.append(shown)
            elif shown in run.wanted:
                found[shown] = frame
    for position in run.wanted:
        if any(timeline.start_for(position) <= place <= position for place in damaged):
            yield position, None
        elif position in found:
            yield position, found[position]


def _decoded_packets(video: Video) -> Iterator[tuple[Packet | None, list[VideoFrame] | None]]:
    """Each packet with the frames that come out after it, None for those of a damaged one."""
    for packet in chain(demuxed(video), [None]):
        yield packet, _decode(video.stream.codec_context, packet)


def _decode(context: VideoCodecContext, packet: Packet | None) -> list[VideoFrame] | None:
    try:
        return context.decode(packet)
    except FFmpegError:
        return None
