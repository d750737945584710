import numpy as np
import pytest

from storybench.metrics.features import FeatureCache, extract
from storybench.metrics.streams import SUFFIX, Stream, features_of
from tests.metrics.fakes import extractor, pictures


class Film:
    """A stream of 6 pictures, the first two shown twice, that counts how often it was read."""

    def __init__(self, digest="a" * 64, seed=0):
        self.images, self.reads = pictures(6, seed=seed), 0
        self.stream = Stream(digest, self.read)

    def read(self):
        self.reads += 1
        return iter(self.images + self.images[:2])


@pytest.fixture
def folder(tmp_path):
    """Where features lie."""
    return tmp_path / "features"


def table(film, folder):
    """What a new process sees."""
    network = extractor(batch=2)
    found = features_of(film.stream, network, FeatureCache(folder, dim=8))
    return found, network.network.batches  # pyright: ignore


def test_a_stream_is_read_once(folder):
    """The second time neither a picture is decoded nor the network run, and the table is equal."""
    film = Film()
    first, batches = table(film, folder)
    again, none = table(film, folder)
    expected = extract(film.read(), extractor(), FeatureCache(folder.parent / "other", dim=8))
    assert (film.reads, batches, none) == (2, 3, 0)  # one of the reads is this test's own
    for found in (first, again):
        np.testing.assert_allclose(found.rows, expected.rows, rtol=1e-6)
        np.testing.assert_array_equal(found.slots, expected.slots)
        assert found.hashes == expected.hashes


def test_another_digest_is_another_stream(folder):
    """A changed build is read again."""
    table(Film(), folder)
    other = Film("b" * 64, seed=1)
    found, _ = table(other, folder)
    assert other.reads == 1
    np.testing.assert_allclose(found.rows, extractor()(other.images), rtol=1e-6)


@pytest.mark.parametrize("damage", ["features", "stream"])
def test_what_is_lost_is_computed_again(folder, damage):
    """A pack that is gone, or a byte of the stream's file that flipped."""
    film = Film()
    first, _ = table(film, folder)
    if damage == "features":
        for pack in folder.glob("*.npy"):
            pack.unlink()
    else:
        (path,) = folder.glob(f"*{SUFFIX}")
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
    again, _ = table(film, folder)
    assert film.reads == 2
    np.testing.assert_array_equal(again.slots, first.slots)
    np.testing.assert_allclose(again.rows, first.rows, rtol=1e-6)
    table(film, folder)
    assert film.reads == 2


def test_a_plain_iterable_is_streamed_each_time(folder):
    """Nothing says that it is the same one."""
    images = pictures(3)
    for _ in range(2):
        found = features_of(images, extractor(), FeatureCache(folder, dim=8))
        assert found.n_unique == 3
    assert not list(folder.glob(f"*{SUFFIX}"))
