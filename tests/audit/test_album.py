from __future__ import annotations

import imagehash
import numpy as np
import PIL.Image
import pytest

from storybench.audit import album as room
from storybench.audit.album import Album, perceptual_hash, tones_of
from storybench.errors import InputError
from storybench.images import encode_jpeg, encode_png
from tests.audit.builds import painted


def test_a_picture_is_looked_at_once_however_often_it_comes(monkeypatch):
    """Equal bytes are decoded once; they have one number."""
    looks = []
    look = room._look
    monkeypatch.setattr(room, "_look", lambda data, name: (looks.append(name), look(data, name))[1])
    data = encode_png(painted(1))
    with Album() as album:
        assert [album.add(data, f"{k}.png") for k in range(5)] == [0] * 5
        pictures, picture_of = album.pictures()
    assert looks == ["0.png"]
    assert (len(pictures), picture_of.tolist()) == (1, [0])


def test_pictures_of_equal_pixels_are_one():
    """The container does not matter: a PNG packed otherwise is the same picture, a JPEG is not."""
    image = painted(2)
    packed = encode_png(np.ascontiguousarray(image))
    other = _png(image, level=1)
    assert packed != other
    with Album() as album:
        for name, data in (("a", packed), ("b", encode_jpeg(image)), ("c", other)):
            album.add(data, name)
        pictures, picture_of = album.pictures()
    assert picture_of.tolist() == [0, 1, 0]
    assert len(pictures) == 2


def test_pictures_keep_the_order_in_which_they_came():
    """Threads finish as they like; the numbers do not depend on it."""
    data = [encode_png(painted(k)) for k in range(2 * room.BATCH + 5)]
    with Album() as album:
        for k, of in enumerate(data):
            album.add(of, f"{k}")
        pictures, picture_of = album.pictures()
    assert picture_of.tolist() == list(range(len(data)))
    assert pictures.hashes.tolist() == [
        perceptual_hash(PIL.Image.fromarray(painted(k))) for k in range(len(data))
    ]
    assert np.array_equal(pictures.tones[7], tones_of(PIL.Image.fromarray(painted(7))))


@pytest.mark.parametrize("number", range(5))
def test_the_hash_is_that_of_imagehash(number):
    """The 64 bits are `imagehash.phash`, in the order it writes them."""
    picture = PIL.Image.fromarray(painted(number, size=(90, 120)))
    assert f"{perceptual_hash(picture):016x}" == str(imagehash.phash(picture))


@pytest.mark.parametrize(("spread", "flat"), [(0, True), (6, True), (60, False)])
def test_a_picture_of_one_colour_is_flat(spread, flat):
    """A few levels of grain do not make a picture, a gradient does."""
    image = np.full((64, 64, 3), (200, 30, 90), np.uint8)
    image[:, :, 1] += np.linspace(0, spread, 64).astype(np.uint8)[:, None]
    with Album() as album:
        album.add(encode_png(image), "flat")
        assert album.pictures()[0].is_flat.tolist() == [flat]


def test_what_is_no_picture_is_named():
    """The error of a thread comes out, with the name of the file."""
    with Album() as album, pytest.raises(InputError, match=r"in s-1\.0\.png"):
        album.add(b"nothing of the kind", "s-1.0.png")
        album.pictures()


def _png(image, *, level):
    import io

    buffer = io.BytesIO()
    PIL.Image.fromarray(image).save(buffer, "PNG", compress_level=level)
    return buffer.getvalue()
