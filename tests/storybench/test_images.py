"""Pictures survive the trip, and what is no picture is refused."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import PIL.Image
import PIL.ImageOps
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


def encoded(picture: PIL.Image.Image, container: str = "PNG", **options: object) -> bytes:
    """A picture as Pillow writes it."""
    buffer = io.BytesIO()
    picture.save(buffer, container, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def png_of(*, width: int, height: int, depth: int = 8, colour: int = 2, rows: bytes = b"") -> bytes:
    """A PNG that says of itself what it is told to, whatever its pixels are."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    body = (
        struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
        for tag, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


GREY = PIL.Image.new("L", (5, 4), 77)


@pytest.mark.parametrize(
    ("data", "pixel"),
    [
        (encoded(GREY), (77, 77, 77)),
        (encoded(PIL.Image.new("1", (5, 4), 1)), (255, 255, 255)),
        (encoded(PIL.Image.new("RGB", (5, 4), (1, 2, 3)).quantize(2)), (1, 2, 3)),
        (encoded(PIL.Image.new("RGBA", (5, 4), (1, 2, 3, 255))), (1, 2, 3)),
        (encoded(PIL.Image.new("LA", (5, 4), (9, 255))), (9, 9, 9)),
        (encoded(PIL.Image.new("RGB", (5, 4), (1, 2, 3)), transparency=(4, 4, 4)), (1, 2, 3)),
        (encoded(PIL.Image.new("RGBA", (5, 4), (8, 9, 7, 255)), "WEBP", lossless=True), (8, 9, 7)),
        (encoded(PIL.Image.new("CMYK", (5, 4), (0, 0, 0, 0)), "JPEG"), (255, 255, 255)),
    ],
    ids=["grey", "bits", "palette", "rgba", "la", "trns", "webp", "cmyk"],
)
def test_every_mode_becomes_rgb(data: bytes, pixel: tuple[int, int, int]) -> None:
    """Grey, palette, CMYK and opaque alpha decode to the colour that they show."""
    expected = np.broadcast_to(np.array(pixel, np.uint8), (4, 5, 3))
    np.testing.assert_array_equal(images.decode(data, "a"), expected)


@pytest.mark.parametrize("colour", [0, 2, 4, 6])
def test_sixteen_bits_are_refused_and_not_cut_down(colour: int) -> None:
    """Grey or colour, with alpha or without: 8 bits of 16 are another picture."""
    rows = b"\0" + b"\x12\x34" * {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    data = png_of(width=1, height=1, depth=16, colour=colour, rows=rows)
    with pytest.raises(InputError, match=r"8 bits a channel in a\.png, found 16"):
        images.decode(data, "a.png")


def see_through(mode: str) -> PIL.Image.Image:
    """A picture with one pixel that is not opaque."""
    picture = PIL.Image.new("RGBA", (5, 4), (200, 100, 50, 255))
    picture.putpixel((3, 2), (200, 100, 50, 254))
    return picture.convert(mode)


@pytest.mark.parametrize(
    "data",
    [
        encoded(see_through("RGBA")),
        encoded(see_through("LA")),
        encoded(see_through("RGBA"), "WEBP", lossless=True),
        encoded(PIL.Image.new("RGB", (5, 4), (1, 2, 3)), transparency=(1, 2, 3)),
        encoded(PIL.Image.new("P", (5, 4)), transparency=b"\x80"),
    ],
    ids=["rgba", "la", "webp", "trns", "palette"],
)
def test_one_transparent_pixel_is_refused(data: bytes) -> None:
    """What stands behind it is not known, so no colour is made up."""
    with pytest.raises(InputError, match=r"opaque picture in a\.png, found transparent pixels"):
        images.decode(data, "a.png")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_it_is_shown(kind: str, orientation: int) -> None:
    """As Pillow itself turns it; `decode` alone leaves it as it is stored."""
    exif = PIL.Image.Exif()
    exif[images.ORIENTATION] = orientation
    buffer = io.BytesIO()
    PIL.Image.fromarray(noise(20, 30)).save(buffer, kind, exif=exif)
    data = buffer.getvalue()
    assert images.orientation_of(data, "a") == orientation
    shown = PIL.ImageOps.exif_transpose(PIL.Image.open(io.BytesIO(data)))
    assert np.array_equal(images.decode_upright(data, "a"), np.asarray(shown.convert("RGB")))
    assert images.decode(data, "a").shape == (20, 30, 3)


def test_exif_that_cannot_be_read_is_upright() -> None:
    """It costs no picture and no warning; some cameras write 0."""
    buffer = io.BytesIO()
    broken = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12"
    PIL.Image.fromarray(noise(20, 30)).save(buffer, "JPEG", exif=broken)
    with warnings.catch_warnings(record=True) as said:
        assert images.decode_upright(buffer.getvalue(), "a").shape == (20, 30, 3)
    assert not said
    picture = noise(2, 3)
    assert images.upright(picture, 0) is picture


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


@pytest.mark.parametrize("side", [9_000, 12_000, 20_000, 60_000])
def test_a_hostile_header_is_the_same_sentence_at_any_size(side: int) -> None:
    """Above and below Pillow's own two bounds, where it warns and where it raises."""
    with pytest.raises(InputError, match=f"at most 64,000,000 .* found {side} x {side}"):
        images.decode(png_of(width=side, height=side), "a.png")


def test_a_webp_that_claims_too_large_a_canvas_is_refused() -> None:
    """Pillow's WebP reader has a bound of its own; its error is a sentence too."""
    data = bytearray(encoded(see_through("RGBA"), "WEBP", exif=b"Exif\0\0x"))
    assert data[12:16] == b"VP8X"
    data[24:30] = (16_000 - 1).to_bytes(3, "little") * 2
    with pytest.raises(InputError, match=r"at most 64,000,000 pixels in a\.webp, found a larger"):
        images.decode(bytes(data), "a.webp")


def test_threads_do_not_disturb_each_other() -> None:
    """Good pictures and bombs at once: each gets its own answer, and no warning leaks out."""
    data = [images.encode_png(noise(8, 8)), png_of(width=12_000, height=12_000)]

    def answer(number: int) -> str:
        try:
            return str(images.decode(data[number % 2], "a.png").shape)
        except InputError as error:
            return str(error).partition("found ")[2]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(answer, range(400)))
    assert answers == ["(8, 8, 3)", "12000 x 12000."] * 200


def test_the_size_is_read_from_the_header_alone() -> None:
    """A head is enough, unless it ends before the header does."""
    data = encoded(PIL.Image.new("RGB", (30, 20)), "JPEG", icc_profile=bytes(100_000))
    assert images.header_size(data[:101_000], "a.jpg") == (30, 20)
    with pytest.raises(InputError, match=r"whole picture in a\.jpg"):
        images.header_size(data[:70_000], "a.jpg")
    assert images.header_size(images.encode_png(noise(6, 9))[:60], "a.png") == (9, 6)


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


def test_a_palette_picture_without_its_palette_is_refused() -> None:
    """Pillow asserts that it is there; to the user that is a damaged file."""
    buffer = io.BytesIO()
    PIL.Image.new("P", (4, 4)).save(buffer, "PNG")
    data = buffer.getvalue()
    start = data.index(b"PLTE") - 4
    length = int.from_bytes(data[start : start + 4], "big")
    without = data[:start] + data[start + 12 + length :]
    with pytest.raises(InputError, match=r"Expected a whole picture in x\.png, found"):
        images.decode(without, "x.png")
