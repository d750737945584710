"""Steps 8 and 9 of the rule "didemo-v1": the frame of each moment, and its bytes in a shard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from storybench.images import encode_jpeg, encode_png, resize
from storybench.shards.format import Suffix
from storybench.types import Image
from storydata.didemosv.moments import Loss, Moment, frame_time
from storydata.didemosv.options import ImageFormat
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


def shrink(image: Image, short_side: int | None) -> Image:
    """Scale down so that the short side has that many pixels; smaller pictures stay as they are."""
    height, width = image.shape[:2]
    short = min(height, width)
    if short_side is None or short <= short_side:
        return image
    return resize(
        image,
        height=round(height * short_side / short),
        width=round(width * short_side / short),
    )


def encode(image: Image, image_format: ImageFormat) -> tuple[bytes, Suffix]:
    """Lossless PNG, or JPEG of quality 95 without chroma subsampling; bytes and file suffix."""
    if image_format == "jpeg":
        return encode_jpeg(image), "jpg"
    return encode_png(image), "png"


def _checked(moment: Moment, frame: VideoFrame | FrameLoss) -> VideoFrame | Loss:
    if isinstance(frame, FrameLoss):
        return Loss(moment.annotation_id, "frame lost", f"No frame: {frame.reason}.")
    return frame


def _too_late(moment: Moment, duration: float) -> Loss:
    begin = CHUNK_SECONDS * moment.start
    reason = f"Its moment begins at {begin:g} s, the video ends at {duration:.3f} s."
    return Loss(moment.annotation_id, "moment after the end", reason)
