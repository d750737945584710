import numpy as np
import pytest

from storybench.metrics.tensorflow_resize import TENSORFLOW299, tensorflow_resize

torch = pytest.importorskip("torch")


def picture(height, width):
    """Noise, uint8 RGB."""
    return np.random.default_rng(height).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("size", [(64, 64), (128, 101), (256, 256), (299, 299), (480, 512)])
def test_it_is_the_resize_of_torch_fidelity(size):
    """Bit for bit, which torch-fidelity in turn is with TensorFlow."""
    theirs = pytest.importorskip("torch_fidelity.interpolate_compat_tensorflow")
    image = picture(*size)
    batch = torch.from_numpy(image.transpose(2, 0, 1)[None].astype(np.float32))
    expected = theirs.interpolate_bilinear_2d_like_tensorflow1x(
        batch, size=(299, 299), align_corners=False
    )
    np.testing.assert_array_equal(
        tensorflow_resize(image, 299), expected[0].numpy().transpose(1, 2, 0)
    )


def test_the_path_ends_in_the_range_of_the_network():
    """(x - 128) / 128, channels first."""
    image = np.full((64, 80, 3), (0, 128, 255), np.uint8)
    found = TENSORFLOW299(image)
    assert found.shape == (3, 299, 299)
    np.testing.assert_allclose(found.mean(axis=(1, 2)), [-1, 0, 127 / 128], atol=1e-6)
    assert TENSORFLOW299.describe()["resize"] == "tensorflow1-bilinear"
