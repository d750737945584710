"""Pictures survive the trip, and what is no picture is refused."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image
import pytest

from storybench import images
from storybench.errors import InputError


def noise(height: int, width: int, seed: int = 0) -> images.Image:
    """A random picture."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_png_is_lossless_and_repeatable() -> None:
    """The same pixels come back, and the same pixels give the same bytes."""
    picture = noise(31, 17)
    data = images.encode_png(picture)
    assert np.array_equal(images.decode(data, "a.png"), picture)
    assert images.encode_png(picture.copy()) == data


def test_jpeg_keeps_the_colour_of_thin_lines() -> None:
    """4:4:4: a one-pixel red line on blue stays red."""
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[..., 2] = 255
    picture[:, 15] = (255, 0, 0)
    back = images.decode(images.encode_jpeg(picture), "a.jpg")
    assert back[16, 15, 0] > 200
    assert back[16, 15, 2] < 60


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "P"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    """Greyscale, palette, alpha and CMYK pictures decode to three channels."""
    buffer = io.BytesIO()
    PIL.Image.new(mode, (5, 4)).save(buffer, "JPEG" if mode == "CMYK" else "PNG")
    assert images.decode(buffer.getvalue(), "a").shape == (4, 5, 3)


def test_what_is_no_picture_is_named() -> None:
    """Text, a cut file, and a GIF are each one sentence with the file's name."""
    with pytest.raises(InputError, match=r"picture in a\.png, found other bytes"):
        images.decode(b"hello", "a.png")
    whole = images.encode_png(noise(64, 64))
    with pytest.raises(InputError, match=r"whole picture in b\.png"):
        images.decode(whole[: len(whole) // 2], "b.png")
    buffer = io.BytesIO()
    PIL.Image.new("L", (4, 4)).save(buffer, "GIF")
    with pytest.raises(InputError, match="other bytes"):
        images.decode(buffer.getvalue(), "c.gif")


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture over the bound is refused by its header."""
    monkeypatch.setattr(images, "MAX_PIXELS", 99)
    with pytest.raises(InputError, match=r"at most 99 pixels in a.png, found 10 x 10"):
        images.decode(images.encode_png(noise(10, 10)), "a.png")


@pytest.mark.parametrize(
    ("shape", "top", "left"), [((4, 7), 0, 1), ((8, 5), 1, 0), ((6, 6), 0, 0), ((5, 6), 0, 0)]
)
def test_the_centre_square_is_cut_by_the_written_rule(
    shape: tuple[int, int], top: int, left: int
) -> None:
    """Offset `(long - short) // 2`, rounding towards the top left."""
    picture = noise(*shape)
    side = min(shape)
    assert np.array_equal(
        images.centre_square(picture), picture[top : top + side, left : left + side]
    )


def test_resizing_to_the_same_size_changes_nothing() -> None:
    """No resampling where none is asked for."""
    picture = noise(12, 9)
    assert images.resize(picture, height=12, width=9) is picture
    assert images.resize(picture, height=6, width=5).shape == (6, 5, 3)


def test_the_pixel_hash_sees_pixels_and_shape_only() -> None:
    """PNG and memory agree; a reshaped picture does not."""
    picture = noise(4, 6)
    assert images.pixel_sha256(picture) == images.pixel_sha256(
        images.decode(images.encode_png(picture), "a.png")
    )
    assert images.pixel_sha256(picture) == images.pixel_sha256(picture[:, ::-1][:, ::-1])
    assert images.pixel_sha256(picture) != images.pixel_sha256(picture.reshape(6, 4, 3))
