"""The frame at a time: exact against decoding the whole file, or a sentence in its place."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

import av
import numpy as np
import pytest

from storybench.errors import InputError, MissingError, RawDataError
from storydata.kit.frames.video import FrameLoss, VideoFrame, footage, frames_at
from tests.kit.painted import decode_everything, read_number, write_video

N_TIMES = 80
UNIT = Fraction(1, 5)
GOP_250 = {"g": "250", "bf": "3", "preset": "veryfast"}
OPEN_GOP = {
    "bf": "3",
    "x264-params": "open-gop=1:keyint=40:min-keyint=40:scenecut=0:ref=4:b-pyramid=normal",
}
REFRESH = {"x264-params": "intra-refresh=1:keyint=50:bframes=0"}
VARIABLE = [0, *np.cumsum(random.Random(3).choices([20, 33, 40, 67, 150], k=250)).tolist()]

VIDEOS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "constant rate, one long group, B-frames": ("a.mp4", {"options": GOP_250}),
    "variable rate": ("a.mp4", {"stamps": VARIABLE, "unit": Fraction(1, 1000), "options": GOP_250}),
    "29.97 frames a second": ("a.mp4", {"unit": Fraction(1001, 30000), "options": GOP_250}),
    "open groups": ("a.mp4", {"options": OPEN_GOP}),
    "open groups in a transport stream": ("a.ts", {"options": OPEN_GOP}),
    "refreshed bit by bit": ("a.ts", {"options": REFRESH}),
    "first frame not at zero": ("a.mp4", {"stamps": range(45, 345), "options": GOP_250}),
    "first frame not at zero, no index": ("a.ts", {"stamps": range(45, 345), "options": GOP_250}),
    "a single frame": ("a.mp4", {"stamps": [0]}),
    "a sound track first": ("a.mp4", {"options": GOP_250, "has_audio": True}),
    "fragments": (
        "a.mp4",
        {"options": {"g": "60"}, "container_options": {"movflags": "frag_keyframe+empty_moov"}},
    ),
    "Matroska": ("a.mkv", {"options": {"g": "60", "bf": "2"}}),
    "MPEG-2 program stream": ("a.mpg", {"codec": "mpeg2video", "options": {"g": "15", "bf": "2"}}),
    "MPEG-4 part 2": ("a.3gp", {"codec": "mpeg4", "options": {"g": "60"}}),
    "Windows Media": ("a.wmv", {"codec": "wmv2", "unit": Fraction(1, 25)}),
}


@pytest.mark.parametrize("kind", VIDEOS)
def test_every_asked_frame_is_the_one_that_whole_decoding_finds(tmp_path: Path, kind: str) -> None:
    """Eighty random times give the right picture, number and time."""
    name, settings = VIDEOS[kind]
    path = write_video(tmp_path / name, **{"stamps": range(300), **settings})
    truth = decode_everything(path)
    starts = [time for time, _ in truth]
    times = [random.Random(kind).uniform(0, starts[-1] + 0.02) for _ in range(N_TIMES)]
    for time, frame in zip(times, frames_at(path, times), strict=True):
        index = bisect_right(starts, time) - 1
        assert isinstance(frame, VideoFrame), frame
        assert read_number(frame.image) == truth[index][1]
        assert (frame.index, frame.time) == (index, pytest.approx(starts[index]))


def test_avi_frames_follow_the_clock_of_the_container(tmp_path: Path) -> None:
    """AVI stores only the order of decoding; frames are still found in the order of showing."""
    path = write_video(tmp_path / "a.avi", range(200), options=GOP_250)
    found = frames_at(path, [0.0, 1.01, 3.51, 6.6])
    assert [_number(frame) for frame in found] == [0, 30, 105, 198]


def test_avi_gaps_keep_their_length(tmp_path: Path) -> None:
    """Frames that a camera left out of an AVI do not make the later ones come too early."""
    stamps = [0, 1, 2, 5, 6, 10, *range(20, 40)]
    path = write_video(tmp_path / "a.avi", stamps, unit=Fraction(1, 25), codec="mpeg4")
    found = frames_at(path, [4.5 / 25, 15 / 25, 20.5 / 25])
    assert [_number(frame) for frame in found] == [2, 5, 6]


def test_a_time_on_a_frame_boundary_shows_the_new_frame(tmp_path: Path) -> None:
    """At its own presentation time a frame is there, a moment before it is not."""
    path = write_video(tmp_path / "a.mp4", range(60), unit=Fraction(1, 10))
    times = [k / 10 for k in range(60)]
    assert [_number(frame) for frame in frames_at(path, times)] == list(range(60))
    assert [_number(frame) for frame in frames_at(path, [0.2999, 0.3])] == [2, 3]


def test_answers_come_in_the_order_asked(tmp_path: Path) -> None:
    """Times may be unsorted and repeat."""
    path = write_video(tmp_path / "a.mp4", range(90), options=GOP_250)
    assert [_number(f) for f in frames_at(path, [2.0, 0.0, 2.0, 1.0])] == [60, 0, 60, 30]
    assert frames_at(path, []) == []


def test_frames_are_upright(tmp_path: Path) -> None:
    """A rotation flag turns the picture counter-clockwise."""
    for degrees in (90, 180, 270):
        path = write_video(tmp_path / f"{degrees}.mp4", range(40), rotation=degrees)
        (frame,) = frames_at(path, [1.0])
        assert isinstance(frame, VideoFrame)
        assert read_number(np.rot90(frame.image, -degrees // 90)) == 30


def test_a_time_past_the_end_is_a_loss(tmp_path: Path) -> None:
    """Half a second of grace, then a sentence in place of the last frame."""
    path = write_video(tmp_path / "a.mp4", range(90))
    within, beyond = frames_at(path, [3.4, 3.6])
    assert _number(within) == 89
    assert beyond == FrameLoss("video ends at 3.0 s, before 3.6 s")


def test_a_file_cut_short_never_shows_a_wrong_frame(tmp_path: Path) -> None:
    """What is left is exact; what lies past the cut is lost, whatever the header still claims."""
    options = {"g": "30", "bf": "2"}
    flags = {"movflags": "+faststart"}
    path = write_video(tmp_path / "a.mp4", range(300), options=options, container_options=flags)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    times = [k / 10 for k in range(100)]
    found = frames_at(path, times)
    whole = [
        time for time, frame in zip(times, found, strict=True) if isinstance(frame, VideoFrame)
    ]
    assert [_number(frame) for frame in found[: len(whole)]] == [
        int(time * 30 + 1e-6) for time in whole
    ]
    assert 3 < whole[-1] < 7
    assert isinstance(found[-1], FrameLoss)
    assert "video ends at" in found[-1].reason


def test_a_video_cut_without_its_first_key_frame_starts_where_it_can(tmp_path: Path) -> None:
    """Time counts from the first frame that the file can show."""
    path = write_video(tmp_path / "a.ts", range(300), options={"g": "50", "bf": "2"})
    data = path.read_bytes()
    path.write_bytes(data[len(data) // 3 // 188 * 188 :])
    truth = decode_everything(path)
    found = frames_at(path, [0.0, 1.01, 2.51])
    assert [_number(frame) for frame in found] == [truth[k][1] for k in (0, 30, 75)]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("a.mp4", {"container_options": {"movflags": "frag_keyframe+empty_moov"}}),
        ("a.mkv", {"container_options": {"live": "1"}}),
        ("a.webm", {"codec": "libvpx", "container_options": {"live": "1"}}),
        ("a.avi", {"codec": "mpeg4"}),
        ("a.avi", {"options": {"bf": "2"}}),
        ("a.ts", {"options": {"bf": "2"}}),
        ("a.mpg", {"codec": "mpeg2video"}),
    ],
)
@pytest.mark.parametrize("is_piped", [False, True])
def test_the_end_is_that_of_the_packets(
    tmp_path: Path, name: str, settings: dict[str, Any], is_piped: bool
) -> None:
    """Whatever the header claims, or leaves open, the end is when the last frame leaves."""
    path = write_video(tmp_path / name, range(60), unit=UNIT, is_piped=is_piped, **settings)
    with footage(path, until=30.0) as film:
        assert film.end == pytest.approx(12.0)
    with footage(path, until=5.0) as film:
        assert film.end == 5.0


def test_a_claim_is_not_believed(tmp_path: Path) -> None:
    """An AVI written in one go claims minutes that it does not have."""
    path = write_video(tmp_path / "a.avi", range(60), unit=UNIT, codec="mpeg4", is_piped=True)
    with av.open(str(path)) as container:
        assert (container.duration or 0) / av.time_base > 60
    with footage(path, until=30.0) as film:
        assert film.end == 12.0


def test_the_claim_of_a_file_cut_short_is_believed(tmp_path: Path) -> None:
    """An index that promises more packets than are there tells how long the video was."""
    flags = {"movflags": "+faststart"}
    path = write_video(tmp_path / "a.mp4", range(60), unit=UNIT, container_options=flags)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with footage(path, until=30.0) as film:
        assert film.end == 12.0


def test_a_video_is_opened_once(tmp_path: Path) -> None:
    """The packets are read and the frames decoded from one open file."""
    for name in ("a.mp4", "a.mkv"):
        path = write_video(tmp_path / name, range(300), options=GOP_250)
        with patch("storydata.kit.frames.container.av.open", wraps=av.open) as opening:
            found = frames_at(path, [0.0, 1.01, 9.5])
        assert [_number(frame) for frame in found] == [0, 30, 285]
        assert opening.call_count == 1


def test_conversion_is_the_same_every_time(tmp_path: Path) -> None:
    """The same frame has the same pixels, asked for alone or among others."""
    path = write_video(tmp_path / "a.mp4", range(120), options=GOP_250)
    (alone,) = frames_at(path, [2.0])
    among = frames_at(path, [0.5, 1.0, 2.0, 3.0])[2]
    assert isinstance(alone, VideoFrame)
    assert isinstance(among, VideoFrame)
    np.testing.assert_array_equal(alone.image, among.image)
    assert alone.image.dtype == np.uint8
    assert alone.image.flags["C_CONTIGUOUS"]


@pytest.mark.parametrize("time", [-0.1, float("nan"), float("inf")])
def test_times_that_no_video_has_are_refused(tmp_path: Path, time: float) -> None:
    """A negative or endless time is a mistake of the caller."""
    with pytest.raises(InputError, match="times from 0 seconds on, found"):
        frames_at(tmp_path / "a.mp4", [1.0, time])


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"<html>video not found</html>", "a text file"),
        (b"ffconcat version 1.0\nfile other.mp4\n", "a text file"),
        (bytes(range(256)) * 40, "bytes that no known video format has"),
    ],
)
def test_what_is_no_video_is_named(tmp_path: Path, content: bytes, found: str) -> None:
    """It is refused in one sentence that says what it is."""
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(RawDataError, match=f"Expected a video in .*a.mp4, found {found}"):
        frames_at(path, [0.0])


def test_a_file_without_its_header_is_named(tmp_path: Path) -> None:
    """An mp4 whose index, at the end, was cut off."""
    path = write_video(tmp_path / "a.mp4", range(60))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(RawDataError, match="a file cut short before its index"):
        frames_at(path, [0.0])


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    """A sound file is named as one."""
    with pytest.raises(RawDataError, match=r"sound\.m4a, found sound only"):
        frames_at(_write_sound(tmp_path / "sound.m4a"), [0.0])


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    """There is another error for a file that is not there."""
    with pytest.raises(MissingError, match=r"Expected the video .*a\.mp4, found no such file"):
        frames_at(tmp_path / "a.mp4", [0.0])


def test_huge_pictures_are_refused_before_decoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size in the header is bounded."""
    path = write_video(tmp_path / "a.mp4", range(3))
    monkeypatch.setattr("storydata.kit.frames.container.MAX_PIXELS", 10_000)
    with pytest.raises(RawDataError, match=r"at most 10,000 pixels in .*, found 160 x 96"):
        frames_at(path, [0.0])


def test_a_damaged_picture_is_lost_and_not_shown(tmp_path: Path) -> None:
    """Decoders cover damage up; a frame that leans on damaged bytes is never taken for whole."""
    options = {"g": "40", "bf": "3", "preset": "veryfast"}
    path = write_video(tmp_path / "a.mp4", range(160), options=options)
    times = [k / 10 for k in range(53)]
    whole, data = frames_at(path, times), path.read_bytes()
    generator = random.Random(0)
    n_lost = 0
    for start in generator.sample(_large_packets(path, n_bytes=150), k=8):
        damaged = bytearray(data)
        damaged[start + 20 : start + 80] = generator.randbytes(60)
        path.write_bytes(damaged)
        for before, after in zip(whole, frames_at(path, times), strict=True):
            if isinstance(after, FrameLoss):
                assert "is damaged" in after.reason
                n_lost += 1
                continue
            assert isinstance(before, VideoFrame)
            np.testing.assert_array_equal(after.image, before.image)
    assert 8 <= n_lost <= 8 * 20


def _large_packets(path: Path, *, n_bytes: int) -> list[int]:
    """Where packets of at least that size start in the file, key packets left out."""
    with av.open(str(path)) as container:
        packets = list(container.demux(container.streams.video[0]))
    return [p.pos for p in packets if p.size >= n_bytes and p.pos and not p.is_keyframe]


def test_damaged_bytes_never_escape_as_a_traceback(tmp_path: Path) -> None:
    """Whatever is overwritten, the answer is frames, losses or one sentence."""
    path = write_video(tmp_path / "a.mp4", range(60), options={"g": "20"})
    data = path.read_bytes()
    generator = random.Random(5)
    for _ in range(40):
        damaged = bytearray(data)
        start = generator.randrange(len(data))
        damaged[start : start + generator.randrange(400)] = generator.randbytes(40)
        path.write_bytes(damaged)
        try:
            found = frames_at(path, [0.0, 0.7, 1.9])
        except RawDataError:
            continue
        assert all(isinstance(frame, VideoFrame | FrameLoss) for frame in found)


def _number(frame: VideoFrame | FrameLoss) -> int:
    assert isinstance(frame, VideoFrame), frame
    return read_number(frame.image)


def _write_sound(path: Path) -> Path:
    video = write_video(path.with_suffix(".mp4"), range(30), has_audio=True)
    with av.open(str(video)) as source, av.open(str(path), "w", format="mp4") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return path
