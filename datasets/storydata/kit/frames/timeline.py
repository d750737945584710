"""What is in a video and when it is shown, read from its packets without decoding any.

Demuxing is some fifty times cheaper than decoding, so the packets are read first: they say which
frame is on the screen at a time, how far back decoding must start to see it, and the number of that
frame in the video. Nothing is left to a container's index, which may be absent or wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np
from av.error import FFmpegError
from av.packet import Packet
from numpy.typing import NDArray

from storydata.kit.frames.container import Video

WHOLE_FRAME_CODECS = frozenset(
    {"h264", "hevc", "mpeg1video", "mpeg2video", "vp9", "av1", "mjpeg", "prores", "dnxhd", "ffv1"}
)
"""Codecs whose packets are one shown frame each. Others may hide, repeat or merge frames."""

SLACK = 1.0
"""Seconds to read on after the last time asked for, so that all frames shown by then are known."""


class PacketTimes(NamedTuple):
    """What one packet says: stamps in units of the stream, flags, and how long it is shown."""

    shown_at: int
    decoded_at: int
    is_key: bool
    is_shown: bool
    duration: int


@dataclass(frozen=True)
class Timeline:
    """The packets of a video in decoding order, from the first where decoding can start.

    `unit` is (numerator, denominator) of one stamp in seconds. Presentation counts from the first
    shown frame: numbers from 0, times in seconds. A file that `is_cut` lacks packets at its end;
    only what is shown before the last packet there would be decoded is certain.
    """

    packets: tuple[PacketTimes, ...]
    unit: tuple[int, int]
    is_cut: bool

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Positions (in decoding order) of the shown packets, in the order of presentation.

        A frame that follows the first key frame in the file and is shown before it leans on frames
        that the file does not have; it is not counted.
        """
        start, stop = self.packets[0].shown_at, self._certain_until
        shown = [
            position
            for position, packet in enumerate(self.packets)
            if packet.is_shown and start <= packet.shown_at < stop
        ]
        return np.array(sorted(shown, key=lambda position: self.packets[position].shown_at))

    @cached_property
    def times(self) -> NDArray[np.float64]:
        """When each frame is shown, in the order of presentation."""
        stamps = np.array([self.packets[position].shown_at for position in self.order])
        return self._seconds(stamps - stamps[0])

    @cached_property
    def end(self) -> float:
        """When the last frame stops being shown, or the part of a cut file that is certain ends."""
        first, last = (self.packets[self.order[place]] for place in (0, -1))
        if self.is_cut:
            return float(self._seconds(int(self._certain_until) - first.shown_at))
        if last.duration:
            return float(self._seconds(last.shown_at + last.duration - first.shown_at))
        spacing = float(np.median(np.diff(self.times))) if len(self.times) > 1 else 0.0
        return float(self.times[-1]) + spacing

    @cached_property
    def positions(self) -> dict[int, int]:
        """Position of the packet with each presentation stamp."""
        return {packet.shown_at: position for position, packet in enumerate(self.packets)}

    def number_at(self, time: float) -> int:
        """Number of the last frame whose time is at or before `time`."""
        return int(np.searchsorted(self.times, time, side="right")) - 1

    def start_for(self, position: int) -> int:
        """Where decoding must start for the frame of the packet at `position` to be exact.

        That is the key packet before it; or the one before that, if the frame is shown before the
        key frame that it follows in the file and so may lean on older frames (an open group).
        """
        rank = int(np.searchsorted(self._key_positions, position, side="right")) - 1
        key = self._key_positions[rank]
        if rank and self.packets[position].shown_at < self.packets[key].shown_at:
            key = self._key_positions[rank - 1]
        return int(key)

    @property
    def _certain_until(self) -> float:
        return self.packets[-1].decoded_at if self.is_cut else math.inf

    @cached_property
    def _key_positions(self) -> NDArray[np.int64]:
        return np.flatnonzero([packet.is_key for packet in self.packets])

    def _seconds(self, stamps: NDArray[np.int64] | int) -> NDArray[np.float64]:
        return np.asarray(stamps) * self.unit[0] / self.unit[1]


def read_timeline(video: Video, *, until: float) -> Timeline | None:
    """Demux past the frame shown at `until` seconds, or to the end of the file.

    Returns None where packets do not tell when frames are shown: presentation times are absent,
    repeated or jump back, there is no key packet, or a packet of the codec may not be one frame.
    """
    stream = video.stream
    if stream.codec.canonical_name not in WHOLE_FRAME_CODECS or stream.time_base is None:
        return None
    if not video.is_stamped:
        return None
    unit = (stream.time_base.numerator, stream.time_base.denominator)
    timeline = _read_packets(video, unit, span=round((until + SLACK) * unit[1] / unit[0]))
    return timeline if timeline is not None and _is_sound(timeline) else None


def rough_end(video: Video, *, until: float) -> float | None:
    """When the last packet stops being shown, for videos without a timeline; None without packets.

    Counted from the earliest stamp, or at the nominal rate where packets have none; `until` if that
    is unknown too. Reading stops past `until` seconds.
    """
    unit, rate = video.stream.time_base or Fraction(0), video.stream.average_rate
    step = 1 / rate if rate else Fraction(0)
    starts: list[Fraction] = []
    ends: list[Fraction] = []
    n_packets = 0
    for packet in demuxed(video):
        n_packets += 1
        stamp = packet.pts if video.is_stamped and packet.pts is not None else packet.dts
        if stamp is not None:
            starts.append(stamp * unit)
            ends.append(starts[-1] + (packet.duration * unit if packet.duration else step))
            if ends[-1] - starts[0] > until + SLACK:
                break
    if starts:
        return float(max(ends) - min(starts))
    return float(n_packets * step) or until if n_packets else None


def demuxed(video: Video) -> Iterator[Packet]:
    """The packets of the pictures from where the container stands; a broken file ends early."""
    try:
        for packet in video.container.demux(video.stream):
            if packet.size:
                yield packet
    except FFmpegError:
        return


def _read_packets(video: Video, unit: tuple[int, int], *, span: int) -> Timeline | None:
    """Packets from the first key packet on; None if one of them has no presentation time."""
    packets: list[PacketTimes] = []
    first_shown: int | None = None
    n_read, is_broken = 0, False
    for packet in demuxed(video):
        n_read, is_broken = n_read + 1, packet.is_corrupt
        if not packets and not packet.is_keyframe:
            continue
        if packet.pts is None:
            return None
        packets.append(_packet_times(packet))
        if first_shown is None and packets[-1].is_shown:
            first_shown = packets[-1].shown_at
        if first_shown is not None and packets[-1].decoded_at > first_shown + span:
            return Timeline(tuple(packets), unit, is_cut=False)
    is_cut = is_broken or n_read < (video.n_promised or 0)
    return Timeline(tuple(packets), unit, is_cut=is_cut)


def _packet_times(packet: Packet) -> PacketTimes:
    assert packet.pts is not None
    return PacketTimes(
        shown_at=packet.pts,
        decoded_at=packet.pts if packet.dts is None else min(packet.dts, packet.pts),
        is_key=packet.is_keyframe,
        is_shown=not packet.is_discard,
        duration=packet.duration or 0,
    )


def _is_sound(timeline: Timeline) -> bool:
    stamps = [packet.shown_at for packet in timeline.packets]
    keys = [packet.shown_at for packet in timeline.packets if packet.is_key]
    has_order = len(set(stamps)) == len(stamps) and keys == sorted(keys)
    return bool(stamps) and has_order and len(timeline.order) > 0
