import numpy as np
import pytest
from PIL import Image

from storybench.metrics.classifier.pixels import (
    CLASSIFIER,
    CLASSIFIER_NO_STEP,
    CLASSIFIER_RAW,
    cropped,
)
from storybench.metrics.classifier.training import to_pixels


@pytest.mark.parametrize("size", [(128, 128), (64, 64), (299, 299), (120, 161), (333, 300)])
def test_it_is_torchvisions_path_to_the_bit(size):
    """Resize, CenterCrop, ToTensor, Normalize, as the published evaluation has them."""
    transforms = pytest.importorskip("torchvision.transforms")
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    path = transforms.Compose(
        [
            transforms.Resize(299),
            transforms.CenterCrop(299),
            transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    expected = path(Image.fromarray(image)).numpy()
    found = CLASSIFIER(image)
    assert found.shape == (3, 299, 299)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


def test_without_normalisation_pixels_are_those_of_to_tensor():
    """Resize, CenterCrop, ToTensor: what is left where Normalize is commented out."""
    transforms = pytest.importorskip("torchvision.transforms")
    image = np.random.default_rng(2).integers(0, 256, (64, 80, 3), np.uint8)
    steps = [transforms.Resize(299), transforms.CenterCrop(299), transforms.ToTensor()]
    expected = transforms.Compose(steps)(Image.fromarray(image)).numpy()
    np.testing.assert_array_equal(CLASSIFIER_RAW(image), expected)
    assert np.abs(CLASSIFIER_RAW(image) - CLASSIFIER(image)).max() > 1


def test_paths_of_other_numbers_have_other_names_and_words():
    """Even where the pixels are equal and the network takes them otherwise."""
    paths = (CLASSIFIER, CLASSIFIER_RAW, CLASSIFIER_NO_STEP)
    assert len({path.name for path in paths}) == len({path.words["norm"] for path in paths}) == 3


def test_training_sees_what_scoring_sees():
    """Bytes go through the same normalisation on both ways."""
    torch = pytest.importorskip("torch")
    image = np.random.default_rng(1).integers(0, 256, (80, 90, 3), np.uint8)
    planes = torch.from_numpy(np.ascontiguousarray(cropped(image, 299)))[None]
    np.testing.assert_allclose(to_pixels(planes)[0].numpy(), CLASSIFIER(image), atol=1e-6)
