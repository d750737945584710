"""A clip gives the same frames whole or one by one, and a broken one gives a sentence."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storybench import clip_frames
from storybench.clip_frames import Frames, frame_of, frames_of, n_frames_of, remainder_of
from storybench.errors import InputError
from storybench.images import encode_png

PALETTE = np.array([[0, 0, 0], [255, 0, 0], [0, 200, 0], [10, 20, 255]], np.uint8)


def made(k: int, height: int = 8, width: int = 8, seed: int = 0) -> Frames:
    """Random frames of four colours, so that a GIF holds them exactly."""
    picks = np.random.default_rng(seed).integers(0, len(PALETTE), (k, height, width))
    return PALETTE[picks]


def as_strip(frames: Frames, rows_left: int = 0) -> bytes:
    """Frames one below the other, and perhaps rows that make no frame."""
    k, side, width, _ = frames.shape
    foot = np.full((rows_left, width, 3), 99, np.uint8)
    return encode_png(np.concatenate([frames.reshape(k * side, width, 3), foot]))


def as_array(frames: np.ndarray[Any, Any]) -> bytes:
    """Frames as numpy saves them."""
    buffer = io.BytesIO()
    np.save(buffer, frames)
    return buffer.getvalue()


def as_animation(frames: Frames, **options: object) -> bytes:
    """Frames as Pillow saves an animation: after the first, only what changes."""
    first, *rest = [PIL.Image.fromarray(frame) for frame in frames]
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=rest, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


WRITERS = {"png": as_strip, "npy": as_array, "gif": as_animation}
suffixes = pytest.mark.parametrize("suffix", WRITERS)


@suffixes
@pytest.mark.parametrize("k", [1, 2, 5])
def test_frames_come_back_in_order(suffix: str, k: int) -> None:
    """Whole, one by one and counted, every form gives the frames that went in."""
    frames = made(k)
    data = WRITERS[suffix](frames)
    found = frames_of(data, suffix, "clip")
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, frames)
    for index in range(k):
        np.testing.assert_array_equal(frame_of(data, suffix, "clip", index), frames[index])
    assert n_frames_of(data, suffix, "clip") == (k, 8, 8)
    assert remainder_of(data, suffix, "clip") == 0


@suffixes
@pytest.mark.parametrize("index", [-1, 3])
def test_a_frame_that_is_not_there_is_named(suffix: str, index: int) -> None:
    """Frames are counted from 0, and never from the end."""
    with pytest.raises(InputError, match=f"a frame from 0 to 2 of clip, found {index}"):
        frame_of(WRITERS[suffix](made(3)), suffix, "clip", index)


@suffixes
def test_other_bytes_are_no_clip(suffix: str) -> None:
    """A clip is what its name ends in, or it is refused."""
    for data in (b"", b"hello", as_strip(made(1))[:20], b"GIF89a"):
        for read in (frames_of, n_frames_of):
            with pytest.raises(InputError, match="in clip, found"):
                read(data, suffix, "clip")
        with pytest.raises(InputError, match="in clip, found"):
            frame_of(data, suffix, "clip", 0)
    others = [writer(made(1)) for name, writer in WRITERS.items() if name != suffix]
    for data in others:
        with pytest.raises(InputError, match="in clip, found other bytes"):
            frames_of(data, suffix, "clip")


def test_an_unknown_form_is_refused() -> None:
    """The three forms are named."""
    for read in (frames_of, n_frames_of, remainder_of):
        with pytest.raises(InputError, match=r"a clip as png, npy, gif in a\.jpg, found 'jpg'"):
            read(b"", "jpg", "a.jpg")


def test_rows_that_make_no_frame_are_left_out_and_counted() -> None:
    """The foot of a strip is ignored, as by the official code, and a builder can say so."""
    data = as_strip(made(2), rows_left=5)
    np.testing.assert_array_equal(frames_of(data, "png", "clip"), made(2))
    assert n_frames_of(data, "png", "clip") == (2, 8, 8)
    assert remainder_of(data, "png", "clip") == 5


def test_a_strip_that_lies_down_is_refused() -> None:
    """Wider than high has no square frame from top to bottom."""
    data = encode_png(np.zeros((8, 16, 3), np.uint8))
    for read in (frames_of, n_frames_of, remainder_of):
        with pytest.raises(InputError, match=r"one below the other in clip, found .* of 16 x 8"):
            read(data, "png", "clip")


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1"])
def test_strips_of_every_mode_are_rgb(mode: str) -> None:
    """Grey, palette and opaque alpha; one frame alone gives the same as all."""
    strip = PIL.Image.fromarray(made(3).reshape(24, 8, 3)).convert(mode)
    buffer = io.BytesIO()
    strip.save(buffer, "PNG")
    expected = np.asarray(strip.convert("RGB")).reshape(3, 8, 8, 3)
    np.testing.assert_array_equal(frames_of(buffer.getvalue(), "png", "clip"), expected)
    np.testing.assert_array_equal(frame_of(buffer.getvalue(), "png", "clip", 1), expected[1])


def test_a_palette_strip_without_its_palette_is_refused() -> None:
    """Pillow would fail at an assertion of its own."""
    buffer = io.BytesIO()
    PIL.Image.fromarray(made(2).reshape(16, 8, 3)).convert("P").save(buffer, "PNG")
    data = buffer.getvalue().replace(b"PLTE", b"pLTE")
    crc = data.index(b"pLTE") + 4 + int.from_bytes(data[33:37], "big")
    data = data[:crc] + struct.pack(">I", zlib.crc32(data[37:crc])) + data[crc + 4 :]
    with pytest.raises(InputError, match="a whole picture in clip, found no palette"):
        frames_of(data, "png", "clip")


PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"""Adam7: column and row where each pass begins, and their steps."""


def interlaced(picture: np.ndarray[Any, Any]) -> bytes:
    """A PNG whose rows come in seven passes."""
    height, width = picture.shape[:2]
    rows = b"".join(
        b"\0" + row.tobytes()
        for x, y, dx, dy in PASSES
        for row in picture[y::dy, x::dx]
        if row.size
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
        for tag, data in chunks
    )


def test_one_frame_of_an_interlaced_strip() -> None:
    """Where rows come in passes, no row is whole before the end: all of it is decoded."""
    frames = made(3)
    data = interlaced(frames.reshape(24, 8, 3))
    np.testing.assert_array_equal(frames_of(data, "png", "clip"), frames)
    for index in range(3):
        np.testing.assert_array_equal(frame_of(data, "png", "clip", index), frames[index])


def test_one_frame_of_a_strip_needs_only_what_stands_above() -> None:
    """A strip that is damaged at its foot still gives its first frame, and is not whole."""
    noise = np.random.default_rng(0).integers(0, 256, (5 * 64, 64, 3), dtype=np.uint8)
    data = bytearray(encode_png(noise))
    data[-2_000] ^= 1
    np.testing.assert_array_equal(frame_of(bytes(data), "png", "clip", 0), noise[:64])
    for read in (frames_of, n_frames_of):
        with pytest.raises(InputError, match="a whole picture in clip, found"):
            read(bytes(data), "png", "clip")


@pytest.mark.parametrize(
    ("array", "found"),
    [
        (np.zeros((5, 8, 8, 3), np.float32), "float32 of shape"),
        (np.zeros((5, 8, 8), np.uint8), r"uint8 of shape \(5, 8, 8\)"),
        (np.zeros((5, 8, 8, 4), np.uint8), r"uint8 of shape \(5, 8, 8, 4\)"),
        (np.zeros((0, 8, 8, 3), np.uint8), r"uint8 of shape \(0, 8, 8, 3\)"),
        (np.array([None]), "object of shape"),
    ],
)
def test_arrays_of_another_form_are_refused(array: np.ndarray[Any, Any], found: str) -> None:
    """Frames are uint8, rank 4, three channels last, and at least one."""
    for read in (frames_of, n_frames_of):
        with pytest.raises(InputError, match=rf"\(k, h, w, 3\) in clip, found {found}"):
            read(as_array(array), "npy", "clip")


def test_arrays_in_fortran_order_are_the_same_frames() -> None:
    """The order in memory is no part of a clip."""
    frames = made(3)
    data = as_array(np.asfortranarray(frames))
    np.testing.assert_array_equal(frames_of(data, "npy", "clip"), frames)
    np.testing.assert_array_equal(frame_of(data, "npy", "clip", 2), frames[2])


def test_an_animation_is_what_a_viewer_shows() -> None:
    """Frames that paint only what changed are put on what was there before."""
    frames = np.repeat(made(1), 4, axis=0)
    for index in range(4):
        frames[index, index, index] = PALETTE[1] if frames[index, index, index, 1] else PALETTE[2]
    data = as_animation(frames)
    np.testing.assert_array_equal(frames_of(data, "gif", "clip"), frames)


def test_a_transparent_animation_is_refused() -> None:
    """What stands behind it is not known."""
    picture = PIL.Image.new("RGBA", (8, 8), (255, 0, 0, 255))
    picture.putpixel((3, 3), (0, 0, 0, 0))
    buffer = io.BytesIO()
    picture.save(buffer, "GIF")
    for read in (frames_of, n_frames_of):
        with pytest.raises(
            InputError, match=r"opaque frames in clip, found transparent .* frame 0"
        ):
            read(buffer.getvalue(), "gif", "clip")


def test_a_frame_off_the_canvas_is_refused() -> None:
    """A viewer would cut it off, a decoder make room for it: up to 65,535 squared."""
    data = bytearray(as_animation(made(1)))
    at = data.index(b"\x2c\0\0\0\0\x08\0\x08\0")
    data[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(InputError, match=r"within 8 x 8 in clip, found one of 65535 x 65535 at"):
        n_frames_of(bytes(data), "gif", "clip")


@suffixes
def test_a_clip_cut_anywhere_is_not_whole(suffix: str) -> None:
    """Every shorter file is told from the whole one, without decoding where that is possible."""
    data = WRITERS[suffix](made(3))
    for end in range(len(data)):
        with pytest.raises(InputError, match=r"in clip.*, found"):
            n_frames_of(data[:end], suffix, "clip")


@suffixes
def test_clips_are_bounded(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many frames or pixels are refused before any is decoded."""
    data = WRITERS[suffix](made(3))
    monkeypatch.setattr(clip_frames, "MAX_FRAMES", 2)
    for read in (frames_of, n_frames_of):
        with pytest.raises(InputError, match=r"2 frames .* in clip, found 3 frames of 8 x 8"):
            read(data, suffix, "clip")
    monkeypatch.setattr(clip_frames, "MAX_FRAMES", 3)
    monkeypatch.setattr(clip_frames, "MAX_CLIP_PIXELS", 191)
    with pytest.raises(InputError, match="191 pixels in clip, found 3 frames of 8 x 8"):
        frame_of(data, suffix, "clip", 0)


def test_a_hostile_header_is_refused_by_its_numbers() -> None:
    """Sizes that no clip has take no memory."""
    strip = bytearray(as_strip(made(1)))
    strip[16:24] = struct.pack(">II", 60_000, 60_000)
    with pytest.raises(InputError, match="found 1 frames of 60000 x 60000"):
        n_frames_of(bytes(strip), "png", "clip")
    array = as_array(made(1)).replace(b"(1, 8, 8, 3)", b"(9, 9999, 9999, 3)")
    with pytest.raises(InputError, match="found 9 frames of 9999 x 9999"):
        frames_of(array, "npy", "clip")
    animation = bytearray(as_animation(made(1)))
    animation[6:10] = b"\xff" * 4
    with pytest.raises(InputError, match="found 1 frames of 65535 x 65535"):
        frames_of(bytes(animation), "gif", "clip")


@settings(max_examples=250, deadline=None)
@given(st.data(), st.sampled_from(sorted(WRITERS)))
def test_damaged_clips_end_in_frames_or_a_sentence(data: st.DataObject, suffix: str) -> None:
    """Bytes changed, cut out or added anywhere: frames of one size, or our own error."""
    whole = WRITERS[suffix](made(3))
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 8)))
    damaged = whole[:start] + data.draw(st.binary(max_size=6)) + whole[end:]
    try:
        size = n_frames_of(damaged, suffix, "clip")
        assert frames_of(damaged, suffix, "clip").shape == (*size, 3)
    except InputError:
        pass
    for index in (0, 2):
        try:
            assert frame_of(damaged, suffix, "clip", index).shape[2] == 3
        except InputError:
            pass
