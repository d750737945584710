import numpy as np
import PIL.Image
import pytest

from storybench.metrics.pixels import CLEAN64, CLEAN299, clean_resize, normalise


def picture(height, width, seed=0):
    """Noise, uint8 RGB."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def test_a_picture_of_the_right_size_keeps_its_pixels():
    """At 299 x 299 only the normalisation happens."""
    image = picture(299, 299)
    expected = (image.astype(np.float32).transpose(2, 0, 1) - 128) / 128
    np.testing.assert_array_equal(CLEAN299(image), expected)


@pytest.mark.parametrize("side", [64, 128, 512])
def test_each_channel_is_a_float_picture_resized_bicubic(side):
    """Pillow's mode F, bicubic, antialiased, is what comes out, bit for bit."""
    image = picture(side, side)
    for channel in range(3):
        plane = PIL.Image.fromarray(image[:, :, channel].astype(np.float32))
        assert plane.mode == "F"
        expected = np.asarray(plane.resize((299, 299), PIL.Image.Resampling.BICUBIC)).clip(0, 255)
        np.testing.assert_array_equal(clean_resize(image, 299)[:, :, channel], expected)


def test_nothing_is_rounded_to_uint8():
    """Halfway pixels keep their fractions."""
    resized = clean_resize(picture(64, 64), 299)
    assert np.abs(resized - resized.round()).max() > 0.4


def test_overshoot_is_clipped():
    """Bicubic rings at an edge between 0 and 255; the result stays inside."""
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, 32:] = 255
    raw = np.asarray(
        PIL.Image.fromarray(image[:, :, 0].astype(np.float32)).resize(
            (299, 299), PIL.Image.Resampling.BICUBIC
        )
    )
    assert raw.min() < -1
    assert raw.max() > 256
    resized = clean_resize(image, 299)
    assert (resized.min(), resized.max()) == (0, 255)


def test_shrinking_is_antialiased():
    """A one-pixel checkerboard shrunk eight times is even grey, not a pattern."""
    board = np.indices((512, 512)).sum(0) % 2 * 255
    image = np.repeat(board[:, :, None], 3, axis=2).astype(np.uint8)
    shrunk = clean_resize(image, 64)
    np.testing.assert_allclose(shrunk[4:-4, 4:-4], 127.5, atol=0.5)


def test_a_wide_picture_is_cropped_to_its_centre():
    """Offset (long - short) // 2, then the square path."""
    image = picture(64, 101)
    np.testing.assert_array_equal(CLEAN64(image), CLEAN64(image[:, 18:82]))


def test_the_network_gets_channels_first_floats():
    """Shape (3, 299, 299), float32, contiguous, (x - 128) / 128."""
    image = np.full((80, 80, 3), (0, 128, 255), np.uint8)
    pixels = CLEAN299(image)
    assert pixels.shape == (3, 299, 299)
    assert pixels.dtype == np.float32
    assert pixels.flags.c_contiguous
    np.testing.assert_allclose(pixels.mean(axis=(1, 2)), [-1, 0, 127 / 128], atol=1e-5)


def test_normalise_is_the_tensorflow_one():
    """(x - 128) / 128, not the 127.5 of pytorch-fid."""
    assert normalise(np.array([64.0], np.float32)) == pytest.approx(-0.5)


def test_a_path_says_what_it_does():
    """The record names size, filter and rounding."""
    described = CLEAN299.describe()
    assert (described["to"], described["quantize"]) == (299, "none")
    assert described["norm"] == "(x-128)/128"
