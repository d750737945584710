import pytest

from storybench.errors import UnknownNameError
from storybench.home import features_dir
from storybench.metrics import cached
from storybench.metrics.features import FeatureCache, extract
from tests.metrics.fakes import extractor, pictures


def fill(n, sha256="0" * 64, seed=0):
    """Cache n pictures."""
    fake = extractor(sha256=sha256)
    cache = FeatureCache(features_dir() / fake.key, dim=fake.dim)
    extract(pictures(n, seed=seed), fake, cache)
    return fake.key


def test_nothing_is_cached_at_first():
    """No folder, no list, no error."""
    assert cached.caches() == []
    assert cached.chosen(()) == []


def test_each_extractor_has_a_line():
    """Entries are distinct pictures, bytes those on disk, the last one used comes first."""
    first, second = fill(3), fill(5, "1" * 64)
    fill(2, seed=1)
    found = {cache.extractor: cache for cache in cached.caches()}
    assert cached.caches()[0].extractor == first
    assert (found[first].n_entries, found[first].n_packs) == (5, 2)
    assert found[second].n_entries == 5
    assert found[second].n_bytes == sum(
        path.stat().st_size for path in found[second].folder.iterdir()
    )


def test_clearing_is_by_the_beginning_of_the_name():
    """What is cleared is computed again; the rest stays."""
    first, second = fill(3), fill(5, "1" * 64)
    (one,) = cached.chosen([first])
    cached.clear(one)
    assert [cache.extractor for cache in cached.caches()] == [second]
    assert len(cached.chosen(["fake"])) == 1
    with pytest.raises(UnknownNameError, match=r"an extractor 'inception'…, found fake-clean64-1"):
        cached.chosen(["inception"])


def test_a_damaged_pack_is_counted_as_nothing():
    """`ls` never fails over what the next run throws away."""
    key = fill(3)
    (features_dir() / key / f"{'a' * 64}.npy").write_bytes(b"damage")
    (found,) = cached.caches()
    assert (found.n_entries, found.n_packs) == (3, 2)
