import numpy as np
import PIL.Image
import pytest
import torch
from torchvision import transforms
from torchvision.models import inception_v3

from storybench.errors import InputError, MissingError
from storybench.files import sha256_file
from storybench.metrics import inception_torchvision
from storybench.metrics.extractor import distance_id
from storybench.metrics.network_pixels import IMAGENET


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Torchvision's own network with random parameters, and its weights file."""
    torch.manual_seed(0)
    network = inception_v3(weights=None, transform_input=True, init_weights=False).eval()
    for name, value in network.state_dict().items():
        if name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
        elif name.endswith("conv.weight"):
            value.normal_(0, (2 / value[0].numel()) ** 0.5)
    path = tmp_path_factory.mktemp("torchvision") / "random.pth"
    torch.save(network.state_dict(), path)
    return network, path


def test_it_computes_what_torchvision_computes(made):
    """Picture to features through torchvision's transform and network: 1e-4 of the norm."""
    network, path = made
    image = np.random.default_rng(0).integers(0, 256, (128, 160, 3), np.uint8)
    transform = transforms.Compose(
        [
            transforms.Resize(299),
            transforms.CenterCrop(299),
            transforms.ToTensor(),
            transforms.Normalize(*IMAGENET),
        ]
    )
    seen = []
    handle = network.avgpool.register_forward_hook(lambda _, __, out: seen.append(out.flatten(1)))
    with torch.inference_mode():
        network(torch.stack([transform(PIL.Image.fromarray(image))]))  # pyright: ignore
    handle.remove()
    expected = seen[0].numpy()
    found = inception_torchvision.load(path)([image])
    assert found.shape == (1, 2048)
    assert np.linalg.norm(found - expected) < 1e-4 * np.linalg.norm(expected)


def test_it_is_never_called_fid(made):
    """Another network, another name, with the hash of its weights."""
    extractor = inception_torchvision.load(made[1])
    sha8 = sha256_file(made[1])[:8]
    found = distance_id("fid", extractor, frames="targets")
    assert found == f"fd.inception-torchvision.{sha8}.targets.v1"
    assert extractor.pixels.name == "imagenet299"


def test_missing_weights_say_what_to_fetch(home):
    """Name, hash, place and command."""
    with pytest.raises(MissingError, match="SHA-256 0cc3c7bd") as error:
        inception_torchvision.load()
    assert str(home / "weights" / "inception_v3_google-0cc3c7bd.pth") in str(error.value)


def test_the_other_inception_is_refused(random_weights):
    """FID's weights do not load into torchvision's graph."""
    with pytest.raises(InputError, match="torchvision's inception_v3"):
        inception_torchvision.load(random_weights)
