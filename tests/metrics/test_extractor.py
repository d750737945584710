import numpy as np
import pytest

from storybench.metrics.extractor import distance_id
from tests.metrics.fakes import CountingNetwork, extractor, pictures

SHA = "0123456789abcdef" * 4


@pytest.mark.parametrize("batch", [1, 2, 3, 16])
def test_the_batch_size_changes_nothing(batch):
    """Features are the same whatever goes through the network at once."""
    images = pictures(7)
    np.testing.assert_allclose(extractor(batch)(images), extractor(5)(images), rtol=1e-6)


def test_every_batch_has_the_same_size():
    """Seven pictures in batches of four are two batches."""
    found = extractor(4)
    assert found(pictures(7)).shape == (7, 8)
    assert isinstance(found.network, CountingNetwork)
    assert found.network.batches == 2


def test_no_pictures_have_no_features():
    """An empty list gives an empty table of the right width."""
    assert extractor()([]).shape == (0, 8)


@pytest.mark.parametrize(
    ("distance", "published", "other"),
    [
        ("fid", "fid.clean64.targets.v1", "fd.fake.01234567.targets.v1"),
        ("fid_inf", "fid_inf.clean64.targets.v1", "fd_inf.fake.01234567.targets.v1"),
        ("kid", "kid.clean64.targets.v1", "kd.fake.01234567.targets.v1"),
    ],
)
def test_only_the_published_weights_give_a_fid(distance, published, other):
    """Any other network is called by another name, with the hash of its weights."""
    assert distance_id(distance, extractor(is_published=True), frames="targets") == published
    assert distance_id(distance, extractor(sha256=SHA), frames="targets") == other


def test_the_key_names_network_pixels_and_weights():
    """Everything that fixes a feature, fit for a folder name."""
    assert extractor(sha256=SHA).key == f"fake-clean64-{SHA}"
