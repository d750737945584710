import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from storybench.errors import InputError, MissingError
from storybench.metrics import frechet, twin
from storybench.metrics.twin_training import fit, save, vocabulary
from storybench.shards.reader import Stories
from tests.factories import make_shards
from tests.metrics.shapes import sample, write_shards


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty stories of shapes."""
    return write_shards(tmp_path_factory.mktemp("shapes") / "shards", stories=60)


@pytest.fixture(scope="module")
def fitted(shards: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights learnt from them in a few steps."""
    path = tmp_path_factory.mktemp("fitted") / "twin.safetensors"
    save(fit(shards, seed=0, steps=40), path)
    return path


def distance(extractor, first, second):
    """Fréchet distance between two samples of pictures."""
    features = [extractor([image for image, _ in pairs]) for pairs in (first, second)]
    return frechet.distance(*map(frechet.moments, features)).value


def test_the_shipped_weights_load_and_are_small():
    """The package carries at most 300 KB of weights, which give 64 finite features."""
    extractor = twin.load()
    assert twin.WEIGHTS.stat().st_size <= 300_000
    features = extractor([image for image, _ in sample(3, seed=0)])
    assert features.shape == (3, 64)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert np.ptp(features, axis=0).max() > 0


def test_the_hash_of_the_weights_is_that_of_the_file():
    """The name of the metric carries what `sha256sum` prints for the file."""
    extractor = twin.load()
    assert extractor.weights_sha256 == hashlib.sha256(twin.WEIGHTS.read_bytes()).hexdigest()
    assert not extractor.is_published


def test_it_sees_64_pixels(fitted):
    """Pictures of any size enter at 64 x 64 through the clean path."""
    extractor = twin.load(fitted)
    assert (extractor.arch, extractor.pixels.name, extractor.dim) == ("twin", "clean64", 64)


def test_features_do_not_depend_on_company(fitted):
    """Order and batch of the pictures change nothing, to the last bit."""
    extractor = twin.load(fitted)
    images = [image for image, _ in sample(40, seed=1)]
    together = extractor(images)
    np.testing.assert_array_equal(extractor(images[::-1])[::-1], together)
    np.testing.assert_array_equal(extractor(images[33:35]), together[33:35])


def test_fitted_features_tell_shapes_apart(fitted):
    """Pictures of other shapes are further away than fresh pictures of the same ones."""
    extractor = twin.load(fitted)
    real, fresh = sample(150, seed=2), sample(150, seed=3)
    other = sample(150, seed=4, shapes=("box",))
    assert distance(extractor, real, other) > 2 * distance(extractor, real, fresh)


def test_fitting_is_repeatable(shards):
    """The same seed gives the same weights; another seed gives others."""
    first, again, other = (fit(shards, seed=seed, steps=3) for seed in (5, 5, 6))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_fitting_leaves_the_callers_random_state_alone(shards):
    """Torch's global generator is where it was."""
    before = torch.random.get_rng_state()
    fit(shards, seed=0, steps=1)
    assert torch.equal(before, torch.random.get_rng_state())


def test_fitting_reports_its_steps(shards):
    """Progress is told after each step."""
    seen = []
    fit(shards, seed=0, steps=2, on_progress=lambda *step: seen.append(step))
    assert seen == [(1, 2, "steps"), (2, 2, "steps")]


def test_captions_that_say_nothing_are_refused(tmp_path):
    """The same words everywhere can't teach anything."""
    shards = make_shards(
        tmp_path / "shards", stories={"train": 2}, captions=lambda *_: ("a picture",)
    )
    with pytest.raises(InputError, match="captions that tell frames apart"):
        fit(shards, seed=0, steps=1)
    assert len(Stories(shards)) == 2


def test_the_vocabulary_leaves_out_the_rare_and_the_common():
    """Words of fewer than 2 % or more than 60 % of the captions are not learnt."""
    captions = ["the cat"] * 50 + ["the dog"] * 49 + ["the emu"]
    assert vocabulary(captions) == ("cat", "dog")


def test_a_missing_weights_file_is_named(tmp_path):
    """The error names the file and the way out."""
    with pytest.raises(MissingError, match=r"twin extractor at .*mine\.safetensors"):
        twin.load(tmp_path / "mine.safetensors")


@pytest.mark.parametrize("content", [b"", b"junk" * 10])
def test_a_broken_weights_file_is_refused(tmp_path, content):
    """Anything but safetensors is one clear sentence."""
    path = tmp_path / "broken.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match="parameters of the twin extractor"):
        twin.load(path)


def test_weights_of_another_network_are_refused(tmp_path, fitted):
    """Loading is strict."""
    weights = twin._read(fitted.read_bytes(), fitted).state_dict()
    del weights["layers.0.0.weight"]
    save(weights, tmp_path / "other.safetensors")
    with pytest.raises(InputError, match="parameters of the twin extractor"):
        twin.load(tmp_path / "other.safetensors")
