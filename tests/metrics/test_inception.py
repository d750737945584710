from dataclasses import replace

import numpy as np
import pytest
import torch

from storybench import registry
from storybench.errors import InputError, MissingError, VerificationError
from storybench.files import sha256_file
from storybench.metrics import inception
from storybench.metrics.extractor import distance_id
from storybench.metrics.inception_folded import FoldedInception
from storybench.metrics.inception_graph import Inception
from storybench.weights.known import FID_INCEPTION


@pytest.fixture
def home(monkeypatch, tmp_path):
    """An empty STORYBENCH_HOME."""
    monkeypatch.setenv("STORYBENCH_HOME", str(tmp_path))
    return tmp_path


def test_it_computes_what_pytorch_fid_computes(monkeypatch, random_weights):
    """Same weights file, same input: features equal to 1e-4 relative."""
    theirs = pytest.importorskip("pytorch_fid.inception")
    state = torch.load(random_weights, weights_only=True)
    monkeypatch.setattr(theirs, "load_state_dict_from_url", lambda *_, **__: state)
    reference = theirs.InceptionV3([3], resize_input=False, normalize_input=False).eval()
    pixels = torch.from_numpy(
        np.random.default_rng(0).uniform(-1, 1, (2, 3, 299, 299)).astype(np.float32)
    )
    with torch.inference_mode():
        expected = reference(pixels)[0].squeeze(3).squeeze(2).numpy()
        network = inception.read(random_weights)
        plain, folded = network(pixels).numpy(), FoldedInception(network)(pixels).numpy()
    assert np.abs(expected).mean() > 1e-3
    for found in (plain, folded):
        assert found.shape == (2, 2048)
        gap = np.linalg.norm(found - expected, axis=1) / np.linalg.norm(expected, axis=1)
        assert gap.max() < 1e-4


def test_it_computes_what_torch_fidelity_computes(random_weights):
    """A 299-pixel picture, from uint8 to features, normalisation included, to 1e-4 relative."""
    theirs = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
    reference = theirs.FeatureExtractorInceptionV3(
        "inception-v3-compat", ["2048"], feature_extractor_weights_path=str(random_weights)
    )
    image = np.random.default_rng(3).integers(0, 256, (299, 299, 3), np.uint8)
    with torch.inference_mode():
        expected = reference(torch.from_numpy(image.transpose(2, 0, 1).copy())[None])[0].numpy()
    found = replace(inception.load(random_weights), batch=1)([image])
    assert np.linalg.norm(found - expected) < 1e-4 * np.linalg.norm(expected)


def test_pictures_enter_through_the_clean_path(random_weights):
    """A picture of any size becomes 299 x 299 in -1..1 before the network."""
    extractor = replace(inception.load(random_weights), batch=1)
    image = np.random.default_rng(1).integers(0, 256, (64, 80, 3), np.uint8)
    with torch.inference_mode():
        pixels = torch.from_numpy(extractor.pixels(image))[None]
        direct = inception.read(random_weights)(pixels).numpy()
    np.testing.assert_allclose(extractor([image]), direct, rtol=1e-4, atol=1e-5)
    assert (extractor.arch, extractor.dim, extractor.pixels.name) == ("inception", 2048, "clean299")


def test_features_do_not_depend_on_company(random_weights):
    """Alone or among others, first or last, a picture has the same features to the last bit."""
    extractor = replace(inception.load(random_weights), batch=2)
    images = list(np.random.default_rng(2).integers(0, 256, (3, 64, 64, 3), np.uint8))
    together = extractor(images)
    np.testing.assert_array_equal(extractor(images[::-1])[::-1], together)
    np.testing.assert_array_equal(extractor(images[1:2]), together[1:2])


def test_missing_weights_say_what_to_fetch_and_where_to_put_it(home):
    """The error names file, size, hash and place, and ends the command with 4."""
    with pytest.raises(MissingError, match="95,628,359 bytes") as error:
        inception.load()
    message = str(error.value)
    assert FID_INCEPTION.file in message
    assert str(FID_INCEPTION.sha256) in message
    assert str(home / "weights" / FID_INCEPTION.file) in message
    assert "--extractor twin" in message
    assert error.value.exit_code == 4


def test_a_missing_weights_file_of_ones_own_is_named(tmp_path):
    """The path that was passed is the one in the message."""
    with pytest.raises(MissingError, match=r"Expected a weights file at .*mine\.pth"):
        inception.load(tmp_path / "mine.pth")


def test_other_bytes_in_the_published_place_are_refused(home, random_weights):
    """A file of the right name and the wrong hash is a failed verification, exit code 5."""
    (home / "weights").mkdir()
    (home / "weights" / FID_INCEPTION.file).write_bytes(random_weights.read_bytes())
    with pytest.raises(VerificationError, match=r"SHA-256 6726825d\w+ in") as error:
        inception.load()
    assert error.value.exit_code == 5


def test_other_weights_are_welcome_by_name_and_carry_their_hash(random_weights):
    """Weights passed explicitly load, are not called published, and are told apart by hash."""
    extractor = inception.load(random_weights)
    assert not extractor.is_published
    assert extractor.weights_sha256 == sha256_file(random_weights)
    assert extractor.weights_sha256 in extractor.key


def test_the_weights_decide_the_name_of_the_metric(monkeypatch, random_weights):
    """The published file gives a FID; any other gives fd.inception.<sha8>."""
    sha256 = sha256_file(random_weights)
    other = distance_id("fid", inception.load(random_weights), frames="targets")
    assert other == f"fd.inception.{sha256[:8]}.targets.v1"
    monkeypatch.setattr(inception, "FID_INCEPTION", replace(FID_INCEPTION, sha256=sha256))
    published = distance_id("fid", inception.load(random_weights), frames="targets")
    assert published == "fid.clean299.targets.v1"
    short = inception.load_short(random_weights)
    assert distance_id("fid", short, frames="targets").startswith("fd.inception-bf16.")
    assert short.describe()["dtype"] == "bfloat16"
    assert registry.load("extractors", "inception-bf16") is inception.load_short
    assert short.key != inception.load(random_weights).key


def test_bfloat16_is_another_network(random_weights):
    """Its features are near those of float32, but not equal: so it must be named, and it is."""
    image = np.random.default_rng(4).integers(0, 256, (299, 299, 3), np.uint8)
    exact, short = (
        replace(load(random_weights), batch=1)([image])
        for load in (inception.load, inception.load_short)
    )
    gap = np.linalg.norm(exact - short) / np.linalg.norm(exact)
    assert 1e-4 < gap < 0.1
    assert short.dtype == np.float32


def test_the_batch_changes_features_by_less_than_stated(random_weights):
    """Any batch size: within 1e-5 of the norm of what another batch size gives."""
    images = list(np.random.default_rng(5).integers(0, 256, (3, 80, 80, 3), np.uint8))
    loaded = inception.load(random_weights)
    expected, found = (replace(loaded, batch=batch)(images) for batch in (1, 3))
    gap = np.linalg.norm(found - expected, axis=1) / np.linalg.norm(expected, axis=1)
    assert gap.max() < 1e-5


def test_the_published_file_has_566_tensors_of_these_shapes():
    """The graph's parameters are those of the published file: 566 tensors, 95.6 MB."""
    state = Inception().state_dict()
    floats = sum(value.numel() for value in state.values() if value.dtype == torch.float32)
    assert len(state) == 566
    assert 0 < (FID_INCEPTION.size or 0) - 4 * floats < 200_000


@pytest.mark.parametrize(
    "content",
    [b"", b"not a torch file", b"PK\x03\x04 cut short", b"root:x:0:0:root:/root:/bin/bash\n"],
)
def test_a_file_that_is_no_weights_file_is_refused(tmp_path, content):
    """Anything else than a torch file of tensors is one clear sentence."""
    path = tmp_path / "broken.pth"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"parameters of the 2015 Inception in .*broken\.pth"):
        inception.load(path)


def test_loading_is_strict(tmp_path, random_weights):
    """A missing or a foreign parameter is refused, not filled in."""
    state = torch.load(random_weights, weights_only=True)
    state["Mixed_5a.conv.weight"] = state.pop("Mixed_5b.branch1x1.conv.weight")
    torch.save(state, tmp_path / "other.pth")
    with pytest.raises(InputError, match="parameters of the 2015 Inception"):
        inception.load(tmp_path / "other.pth")


def test_code_in_a_weights_file_is_not_run(tmp_path):
    """A pickle that would call something is refused."""
    path = tmp_path / "evil.pth"
    torch.save({"fc.weight": print}, path)
    with pytest.raises(InputError, match="parameters of the 2015 Inception"):
        inception.load(path)
