import numpy as np
import pytest
import timm
import torch

from storybench.errors import InputError, MissingError
from storybench.metrics import dino
from tests.golden.metrics import small_dino


@pytest.fixture(scope="module")
def small():
    """A vision transformer of two thin layers with random parameters."""
    torch.manual_seed(0)
    return small_dino().eval()


@pytest.fixture
def weights(small, tmp_path):
    """Its parameters under the names of DINO's own files, which are timm's."""
    torch.save(small.state_dict(), tmp_path / "small.pth")
    return tmp_path / "small.pth"


def images(n=3):
    """Noise."""
    return list(np.random.default_rng(0).integers(0, 256, (n, 48, 48, 3), np.uint8))


def test_pictures_become_the_class_token(small, weights):
    """What timm's own features hold at place 0, to 1e-4 of the norm."""
    extractor = dino.load(weights)
    batch = torch.from_numpy(np.stack([extractor.pixels(image) for image in images()]))
    with torch.inference_mode():
        expected = small.forward_features(batch)[:, 0].numpy()
    found = extractor(images())
    gap = np.linalg.norm(found - expected, axis=1) / np.linalg.norm(expected, axis=1)
    assert gap.max() < 1e-4
    assert (extractor.dim, extractor.arch) == (64, "dino-vit64-16")
    assert extractor.pixels.name == "dino32"


def test_missing_weights_say_what_to_fetch(home):
    """Name, hash, place and command."""
    with pytest.raises(MissingError, match="SHA-256 bf34ad0f") as error:
        dino.load()
    assert str(home / "weights" / "dino_vitbase16_pretrain.pth") in str(error.value)
    assert "weights fetch dino-vit-b-16" in str(error.value)


@pytest.mark.parametrize("key", ["patch_embed.proj.weight", "norm.bias", "blocks.1.mlp.fc1.bias"])
def test_loading_is_strict(small, tmp_path, key):
    """Any parameter that is missing is a refusal."""
    state = small.state_dict()
    del state[key]
    torch.save(state, tmp_path / "other.pth")
    with pytest.raises(InputError, match=r"DINO vision transformer in .*other\.pth"):
        dino.load(tmp_path / "other.pth")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "arch", "dim"),
    [
        ("vit_small_patch16_224.dino", "dino-vits16", 384),
        ("vit_base_patch16_224.dino", "dino-vitb16", 768),
    ],
)
def test_the_real_graphs_load_and_agree_with_timm(tmp_path, name, arch, dim):
    """As timm builds them, random parameters: names, shapes, features."""
    model = timm.create_model(name, pretrained=False, num_classes=0).eval()
    torch.save(model.state_dict(), tmp_path / "dino.pth")
    extractor = dino.load(tmp_path / "dino.pth")
    assert (extractor.arch, extractor.dim) == (arch, dim)
    batch = torch.from_numpy(np.stack([extractor.pixels(image) for image in images(2)]))
    with torch.inference_mode():
        expected = model(batch).numpy()
    np.testing.assert_allclose(extractor(images(2)), expected, rtol=1e-3, atol=1e-4)
