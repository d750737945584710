"""Bytes of frames: kept where nothing must change, written anew where something must."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable

import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest

from storybench.errors import InputError
from storybench.images import decode, upright
from storydata.own.pictures import still
from storydata.own.settings import StoriesTable

IMAGE = np.arange(20 * 30 * 3, dtype=np.uint8).reshape(20, 30, 3)
AS_IT_IS = StoriesTable()


def saved(picture: PIL.Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def rgb() -> PIL.Image.Image:
    return PIL.Image.fromarray(IMAGE)


@pytest.mark.parametrize(("kind", "suffix"), [("PNG", "png"), ("JPEG", "jpg")])
def test_plain_pictures_keep_their_bytes(kind: str, suffix: str) -> None:
    """Whatever is written for others; also where the short side is small enough already."""
    data = saved(rgb(), kind)
    for stories in (AS_IT_IS, StoriesTable(image="jpeg"), StoriesTable(short_side=20)):
        assert still(data, "a", stories) == (data, suffix)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: rgb().convert("L"), "PNG"),
        (lambda: rgb().convert("P"), "PNG"),
        (lambda: rgb().convert("RGBA"), "PNG"),
        (lambda: rgb().convert("CMYK"), "JPEG"),
        (lambda: rgb().convert("L"), "JPEG"),
        (rgb, "WEBP"),
    ],
)
def test_other_pictures_become_rgb(make: Callable[[], PIL.Image.Image], kind: str) -> None:
    """Grey, palette, opaque alpha, CMYK and WebP, with the pixels that any reader sees."""
    data = saved(make(), kind)
    made, suffix = still(data, "a", AS_IT_IS)
    assert suffix == "png"
    assert PIL.Image.open(io.BytesIO(made)).mode == "RGB"
    assert (decode(made, "a") == decode(data, "a")).all()


def test_a_smaller_short_side_is_written_anew() -> None:
    """As PNG, or as JPEG if asked."""
    data = saved(rgb(), "PNG")
    for image, suffix in (("png", "png"), ("jpeg", "jpg")):
        stories = StoriesTable.model_validate({"short_side": 16, "image": image})
        made = still(data, "a", stories)
        assert (decode(made[0], "a").shape, made[1]) == ((16, 24, 3), suffix)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_upright(orientation: int) -> None:
    """A page photographed with a phone says in EXIF how it is to be turned."""
    picture = rgb()
    exif = picture.getexif()
    exif[0x0112] = orientation
    data = saved(picture, "PNG", exif=exif)
    turned = PIL.ImageOps.exif_transpose(PIL.Image.open(io.BytesIO(data)))
    made, _ = still(data, "a", AS_IT_IS)
    assert (decode(made, "a") == np.asarray(turned)).all()
    assert (made == data) is (orientation == 1)


def test_an_unknown_orientation_is_none() -> None:
    """Some cameras write 0."""
    assert upright(IMAGE, 0) is IMAGE
    assert upright(IMAGE, 9) is IMAGE


def test_exif_that_cannot_be_read_is_none() -> None:
    """It costs no picture, and no warning."""
    data = saved(rgb(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12")
    with warnings.catch_warnings(record=True) as said:
        assert still(data, "a", AS_IT_IS) == (data, "jpg")
    assert not said


def test_moving_pictures_show_their_first_frame() -> None:
    """An animated PNG is no picture that others would read as one."""
    data = saved(rgb(), "PNG", save_all=True, append_images=[PIL.Image.new("RGB", (30, 20))])
    made, _ = still(data, "a", AS_IT_IS)
    assert made != data
    assert (decode(made, "a") == IMAGE).all()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "a PNG, JPEG or WebP picture in a, found other bytes"),
        (saved(PIL.Image.new("RGBA", (3, 3)), "PNG"), "an opaque picture in a, found transparent"),
        (saved(PIL.Image.new("I;16", (3, 3)), "PNG"), "8 bits a channel in a, found 16"),
        (saved(PIL.Image.fromarray(IMAGE), "PNG")[:-60], "a whole picture in a"),
    ],
)
def test_what_is_no_picture_of_that_kind_is_refused(data: bytes, sentence: str) -> None:
    """The build names it and goes on."""
    with pytest.raises(InputError, match=sentence):
        still(data, "a", AS_IT_IS)
