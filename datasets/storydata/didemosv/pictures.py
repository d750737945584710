"""Step 8 of the rule "didemo-v1": the frame of each moment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from storydata.didemosv.moments import Loss, Moment, frame_time
from storydata.didemosv.spec import CHUNK_SECONDS, MAX_SECONDS
from storydata.kit.frames.video import FrameLoss, VideoFrame, footage


def take(path: Path, moments: Sequence[Moment]) -> list[VideoFrame | Loss]:
    """The frame that shows each moment, in the same order, or why there is none.

    A moment is lost when the video ends before it begins, or when its frame cannot be decoded. The
    end of the video is that of its packets, not what the header claims.

    Raises:
        RawDataError: the file is not a video that can be decoded.
    """
    with footage(path, until=MAX_SECONDS) as film:
        times = [frame_time(moment, film.end) for moment in moments]
        frames = iter(film.frames_at([time for time in times if time is not None]))
    return [
        _too_late(moment, film.end) if time is None else _checked(moment, next(frames))
        for moment, time in zip(moments, times, strict=True)
    ]


def _checked(moment: Moment, frame: VideoFrame | FrameLoss) -> VideoFrame | Loss:
    if isinstance(frame, FrameLoss):
        return Loss(moment.annotation_id, "frame lost", f"No frame: {frame.reason}.")
    return frame


def _too_late(moment: Moment, duration: float) -> Loss:
    begin = CHUNK_SECONDS * moment.start
    reason = f"Its moment begins at {begin:g} s, the video ends at {duration:.3f} s."
    return Loss(moment.annotation_id, "moment after the end", reason)
