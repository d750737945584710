"""The frames of moments, whatever the header of the video claims."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

import av
import pytest

from storydata.didemosv.moments import Loss, Moment
from storydata.didemosv.pictures import take
from storydata.kit.frames.video import VideoFrame
from tests.kit.painted import read_number, write_video

MOMENTS = [
    Moment(k, f"thing {k}", start, end) for k, (start, end) in enumerate(((0, 0), (1, 3), (3, 3)))
]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("a.mp4", {}),
        ("a.mkv", {"container_options": {"live": "1"}}),
        ("a.webm", {"codec": "libvpx", "container_options": {"live": "1"}}),
        ("a.avi", {"codec": "mpeg4", "is_piped": True}),
        ("a.mkv", {"is_piped": True}),
    ],
)
def test_a_moment_ends_with_the_last_frame(
    tmp_path: Path, name: str, settings: dict[str, Any]
) -> None:
    """Twelve seconds are twelve seconds with a true duration, an absent and a false one."""
    path = write_video(tmp_path / name, range(60), unit=Fraction(1, 5), **settings)
    first, second, third = take(path, MOMENTS)
    assert isinstance(first, VideoFrame)
    assert isinstance(second, VideoFrame)
    assert (read_number(first.image), first.time) == (12, pytest.approx(2.4))
    assert (read_number(second.image), second.time) == (42, pytest.approx(8.4))
    reason = "Its moment begins at 15 s, the video ends at 12.000 s."
    assert third == Loss(2, "moment after the end", reason)


def test_a_video_is_opened_once(tmp_path: Path) -> None:
    """Its end and its frames come from one open file."""
    path = write_video(tmp_path / "a.mp4", range(150), unit=Fraction(1, 5))
    with patch("storydata.kit.frames.container.av.open", wraps=av.open) as opening:
        taken = take(path, MOMENTS)
    assert all(isinstance(frame, VideoFrame) for frame in taken)
    assert opening.call_count == 1
