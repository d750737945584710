import numpy as np
import pytest

from storybench.metrics.extractor import distance_id
from storybench.metrics.paper_pixels import PYTORCH_FID, STORY64
from storybench.metrics.pixels import CLEAN64
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


def test_another_pixel_path_is_named_in_the_id():
    """Published weights name their path always, other weights one that is not their own."""
    published, other = extractor(is_published=True), extractor(sha256=SHA)
    for path, name in ((STORY64, "story64"), (PYTORCH_FID, "pytorch-fid")):
        assert distance_id("fid", published.through(path), frames="all5") == f"fid.{name}.all5.v1"
        found = distance_id("kid", other.through(path), frames="all5")
        assert found == f"kd.fake.01234567.{name}.all5.v1"
    assert distance_id("fid", other.through(CLEAN64), frames="targets").count("clean64") == 0


def test_another_pixel_path_has_features_of_its_own():
    """The cache never takes one path for another; the network stays."""
    found = extractor().through(STORY64)
    assert found.key != extractor().key
    assert found.pixels.side == 64
    assert found.pixels.name == "story64"
