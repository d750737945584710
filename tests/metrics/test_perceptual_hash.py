import imagehash
import numpy as np
import PIL.Image
import pytest

from storybench.images import decode, encode_jpeg, resize
from storybench.metrics import perceptual_hash
from storybench.metrics.perceptual_hash import bits_apart
from tests.factories import picture


@pytest.mark.parametrize("side", [32, 64, 97])
def test_it_equals_imagehash_bit_by_bit(side):
    """All 64 bits are those of `imagehash.phash`, whatever the size of the picture."""
    images = [picture((side, side), seed=seed) for seed in range(20)]
    bits = perceptual_hash.load()(images)
    for image, row in zip(images, bits, strict=True):
        expected = imagehash.phash(PIL.Image.fromarray(image)).hash.ravel()
        assert np.array_equal(row > 0, expected)


def test_a_copy_in_another_form_stays_near_and_another_picture_does_not():
    """JPEG and half size move most pictures by a few bits, none as far as another picture is."""
    extractor = perceptual_hash.load()
    images = [picture((96, 96), seed=seed) for seed in range(12)]
    plain = extractor(images)
    changed = extractor(
        [resize(decode(encode_jpeg(image, 60), ""), height=48, width=48) for image in images]
    )
    to_copy, to_other = bits_apart(plain, changed), bits_apart(plain, np.roll(plain, 1, axis=0))
    assert np.median(to_copy) <= 4
    assert to_copy.max() < to_other.min()
