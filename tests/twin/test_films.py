"""The video files of a release, decoded by PyAV and held against twin.json."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
import av.error
import numpy as np
import pytest

from storybench.errors import InputError
from storydata.twin.film import numbers
from storydata.twin.film.video import CAN_ROTATE


def decoded(path: Any) -> list[tuple[Fraction, int, np.ndarray]]:
    """Presentation time, rotation and picture of every frame."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        start, base = stream.start_time or 0, stream.time_base
        assert base is not None
        return [
            ((frame.pts - start) * base, frame.rotation, frame.to_ndarray(format="rgb24"))
            for frame in container.decode(stream)
            if frame.pts is not None
        ]


def true_times(video: dict[str, Any]) -> list[Fraction]:
    base = Fraction(video["time_base"])
    return [tick * base for tick in video.get("ticks", range(video["n_frames"]))]


def test_all_frames_are_where_twin_json_says(release):
    """Every painted number survives H.264, in order, at exactly the recorded time."""
    for video in release.videos.values():
        if not video["is_decodable"]:
            continue
        frames = decoded(release.path(video))
        turns = [np.rot90(image, rotation // 90) for _, rotation, image in frames]
        assert [numbers.read(image) for image in turns] == list(range(video["n_frames"]))
        assert [time for time, _, _ in frames] == true_times(video)
        assert turns[0].shape == (video["size"][1], video["size"][0], 3)


def test_one_has_a_variable_frame_rate(release):
    """Gaps between frames differ, and its facts hold the tick of each frame."""
    video = release.where(lambda v: v["rate"] is None)
    times = true_times(video)
    gaps = {b - a for a, b in pairwise(times)}
    assert len(gaps) >= 4
    assert max(gaps) < Fraction(1, 2)


def test_lengths_are_those_of_the_real_ones(release):
    """25 to 31 seconds, and one much longer whose annotations end at thirty."""
    lengths = [video["seconds"] for video in release.videos.values()]
    long = release.where(lambda v: v["seconds"] > 31)
    assert sorted(lengths)[-2] <= 31
    assert min(lengths) >= 25
    assert long["seconds"] == 65
    spans = [shot["segments"] for shot in long["shots"]]
    assert [span[1] for span in spans if span is not None][-1] == 5
    assert None in spans


@pytest.mark.skipif(not CAN_ROTATE, reason="this PyAV can't write a display matrix")
def test_the_rotation_flag_reads_back(release):
    """The flagged video is coded lying, and its frames say how to turn them."""
    video = release.where(lambda v: v["rotation"] == 270)
    _, rotation, image = decoded(release.path(video))[0]
    assert rotation == -90
    assert image.shape[:2] == (video["size"][0], video["size"][1])


def test_some_have_sound(release):
    """Where the facts say so there is an audio track as long as the video."""
    for video in release.videos.values():
        if not video["is_decodable"]:
            continue
        with av.open(str(release.path(video))) as container:
            assert len(container.streams.audio) == int(video["has_sound"])
            if video["has_sound"]:
                track = container.streams.audio[0]
                assert track.duration is not None
                assert track.time_base is not None
                assert float(track.duration * track.time_base) == pytest.approx(
                    video["seconds"], abs=0.1
                )
    assert {video["has_sound"] for video in release.videos.values()} == {True, False}


def test_a_long_gop(release):
    """A video with a GOP of 250 has more than four seconds between two key frames."""
    video = release.where(lambda v: v["gop"] == 250)
    with av.open(str(release.path(video))) as container:
        keys = [p.pts for p in container.demux(video=0) if p.is_keyframe and p.pts is not None]
        base = container.streams.video[0].time_base
    assert base is not None
    keys.append(round(video["seconds"] / base))
    assert int(max(np.diff(keys))) * base > 4


def test_the_truncated_one_refuses_to_decode(release):
    """Its file has bytes, and PyAV can't open it."""
    video = release.where(lambda v: not v["is_decodable"])
    assert release.path(video).stat().st_size > 10_000
    with pytest.raises(av.error.FFmpegError):
        av.open(str(release.path(video)))


def test_unnumbered_frames_have_no_number():
    """Without the wish for numbers there is none to read."""
    picture = np.full((240, 320, 3), 128, np.uint8)
    with pytest.raises(InputError, match="Expected a painted frame number"):
        numbers.read(picture)
