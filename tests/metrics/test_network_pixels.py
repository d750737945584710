import numpy as np
import PIL.Image
import pytest

from storybench.metrics.network_pixels import IMAGENET, IMAGENET299, clip_pixels, dino_pixels

transforms = pytest.importorskip("torchvision.transforms")

SIZES = [(224, 224), (128, 128), (299, 301), (64, 101), (480, 360)]


def picture(height, width):
    """Noise, uint8 RGB."""
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("size", SIZES)
def test_clip_sees_what_open_clip_shows_it(size):
    """Equal to open_clip's transform for inference, to float32 rounding."""
    transform = pytest.importorskip("open_clip.transform").image_transform(224, is_train=False)
    image = picture(*size)
    expected = transform(PIL.Image.fromarray(image)).numpy()
    np.testing.assert_allclose(clip_pixels(224)(image), expected, atol=2e-6)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("path", "mode"), [(IMAGENET299, "BILINEAR"), (dino_pixels(224), "BICUBIC")]
)
def test_the_others_see_what_torchvision_shows_them(size, path, mode):
    """Resize of the short side, centre crop, ImageNet's mean and deviation."""
    transform = transforms.Compose(
        [
            transforms.Resize(path.side, transforms.InterpolationMode[mode]),
            transforms.CenterCrop(path.side),
            transforms.ToTensor(),
            transforms.Normalize(*IMAGENET),
        ]
    )
    image = picture(*size)
    expected = transform(PIL.Image.fromarray(image)).numpy()
    np.testing.assert_allclose(path(image), expected, atol=2e-6)


def test_a_path_says_what_it_does():
    """Name, size, filter and statistics are in the record."""
    described = clip_pixels(336).describe()
    assert (described["path"], described["to"]) == ("clip336", 336)
    assert described["resize"] == "PIL-bicubic-uint8-short-side"
    assert "0.48145466" in str(described["norm"])
