import os
import subprocess
import sys

import numpy as np
import pytest

from storybench.images import pixel_sha256
from storybench.metrics import features
from storybench.metrics.features import FeatureCache, extract
from tests.metrics.fakes import CountingNetwork, extractor, pictures


def cache(folder):
    """The cache of the fake extractor."""
    return FeatureCache(folder / "features", dim=8)


def batches(found):
    """How many batches the network saw."""
    assert isinstance(found.network, CountingNetwork)
    return found.network.batches


def test_equal_pictures_run_once(tmp_path):
    """Twelve slots of three pictures are three rows, one batch, and point at the right rows."""
    images, fake = pictures(3), extractor(batch=3)
    order = [0, 1, 0, 2, 2, 1, 0, 0, 1, 2, 0, 1]
    table = extract([images[i] for i in order], fake, cache(tmp_path))
    assert (len(table.slots), table.n_unique, batches(fake)) == (12, 3, 1)
    np.testing.assert_array_equal(table.rows[table.slots], extractor()([images[i] for i in order]))
    assert table.hash_of(3) == pixel_sha256(images[2])


def test_counts_are_slots_per_row(tmp_path):
    """How often each distinct picture occurs among some slots."""
    images = pictures(3)
    table = extract([images[i] for i in (0, 1, 0, 2)], extractor(), cache(tmp_path))
    assert table.counts(np.array([True, True, True, False])).tolist() == [2, 1, 0]


def test_a_second_run_computes_nothing(tmp_path):
    """Cached features are the same, and the network is not called."""
    first = extract(pictures(10), extractor(), cache(tmp_path))
    fake = extractor()
    second = extract(pictures(10), fake, cache(tmp_path))
    assert batches(fake) == 0
    np.testing.assert_array_equal(first.rows, second.rows)
    assert first.hashes == second.hashes


def test_only_new_pictures_are_computed(tmp_path):
    """A set that grew by two costs one batch."""
    extract(pictures(10), extractor(), cache(tmp_path))
    fake = extractor(batch=2)
    table = extract(pictures(10) + pictures(2, seed=1), fake, cache(tmp_path))
    assert batches(fake) == 1
    np.testing.assert_array_equal(table.rows[10:], extractor()(pictures(2, seed=1)))


def test_batch_size_and_order_change_nothing(tmp_path):
    """The rows of a picture are the same in any batch and any order."""
    images = pictures(9)
    plain = extract(images, extractor(batch=4), cache(tmp_path / "a"))
    backwards = extract(images[::-1], extractor(batch=2), cache(tmp_path / "b"))
    np.testing.assert_allclose(backwards.rows[::-1], plain.rows, rtol=1e-6)


def test_no_pictures_are_an_empty_table(tmp_path):
    """Nothing in, nothing out, nothing written."""
    table = extract([], extractor(), cache(tmp_path))
    assert table.rows.shape == (0, 8)
    assert not (tmp_path / "features").exists()


def test_a_damaged_pack_is_computed_again(tmp_path):
    """A flipped byte, an empty file and a foreign file are not believed, and are replaced."""
    expected = extract(pictures(5), extractor(), cache(tmp_path))
    (pack,) = (tmp_path / "features").iterdir()
    data = bytearray(pack.read_bytes())
    data[-3] ^= 1
    pack.write_bytes(data)
    (tmp_path / "features" / f"{'a' * 64}.npy").write_bytes(b"")
    fake = extractor()
    again = extract(pictures(5), fake, cache(tmp_path))
    assert batches(fake) == 2
    np.testing.assert_array_equal(again.rows, expected.rows)
    assert [path.name for path in (tmp_path / "features").iterdir()] == [pack.name]


def test_what_was_computed_before_a_stop_is_kept(tmp_path):
    """Ctrl-C in the middle loses at most the batch that was running."""

    def stream():
        yield from pictures(6)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract(stream(), extractor(batch=2), cache(tmp_path))
    fake = extractor(batch=2)
    extract(pictures(6), fake, cache(tmp_path))
    assert batches(fake) == 0


def test_long_runs_save_as_they_go(tmp_path, monkeypatch):
    """A pack is written each time enough features are new."""
    monkeypatch.setattr(features, "PACK", 4)
    extract(pictures(10), extractor(batch=2), cache(tmp_path))
    assert len(list((tmp_path / "features").iterdir())) == 3


def test_a_pack_has_no_other_name_before(tmp_path, monkeypatch):
    """One rename: a kill at any moment leaves no file that nobody would ever clear away."""
    seen = []
    fsync = os.fsync

    def watch(descriptor):
        seen.extend(path.name for path in (tmp_path / "features").iterdir())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    extract(pictures(3), extractor(), cache(tmp_path))
    assert seen
    assert all(name.endswith((".npy", ".partial")) for name in seen)


ADD_TWENTY_TIMES = """
import sys
from pathlib import Path
import numpy as np
from storybench.metrics.features import FeatureCache
features = {f"{row:064x}": np.full(8, row, np.float32) for row in range(50)}
for _ in range(20):
    FeatureCache(Path(sys.argv[1]), dim=8).add(features)
"""


def test_two_processes_may_share_a_cache(tmp_path):
    """Both write the same pack at the same time; neither fails and the cache is whole."""
    command = [sys.executable, "-c", ADD_TWENTY_TIMES, str(tmp_path / "features")]
    workers = [subprocess.Popen(command) for _ in range(2)]
    assert [worker.wait() for worker in workers] == [0, 0]
    (pack,) = (tmp_path / "features").iterdir()
    assert pack.suffix == ".npy"
    found = cache(tmp_path).find(f"{7:064x}")
    assert found is not None
    assert found.tolist() == [7] * 8


def test_the_stream_is_not_kept(tmp_path):
    """At most a batch of pictures is alive at a time."""
    alive, most = set(), 0

    class Tracked(np.ndarray):
        def __del__(self):
            alive.discard(id(self))

    def stream():
        nonlocal most
        for image in pictures(40):
            tracked = image.view(Tracked)
            alive.add(id(tracked))
            yield tracked
            del tracked
            most = max(most, len(alive))

    extract(stream(), extractor(batch=4), cache(tmp_path))
    assert most <= 6
