"""Each path beside an independent calculation: Pillow, torchvision's transforms, torch itself."""

import numpy as np
import PIL.Image
import pytest
import torch
import torch.nn.functional as F
from torchvision import transforms

from storybench.errors import UnknownNameError
from storybench.metrics import paper_pixels, twin
from storybench.metrics.paper_pixels import (
    CMOTA224,
    CMOTA224_REFERENCE,
    MAKE_A_STORY,
    MAKE_A_STORY_REFERENCE,
    PATHS,
    PYTORCH_FID,
    STORY64,
    STORYGPTV299,
)
from storybench.metrics.tensorflow_resize import TENSORFLOW299

SIZES = [(64, 64), (128, 128), (256, 256), (299, 299), (512, 512), (96, 131), (240, 135)]
TOLERANCE = 3e-6
"""Of pixels in -1..1: torch rounds its float32 sums in another order."""

HALF = transforms.Normalize((0.5,) * 3, (0.5,) * 3)
IMAGENET = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def picture(height, width, seed=0):
    """Smooth colours with grain, uint8 RGB."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    waves = 127 + 100 * np.sin(rows / 9 + columns / 17)[:, :, None] * rng.uniform(0.4, 1, 3)
    return np.clip(waves + rng.normal(0, 12, (height, width, 3)), 0, 255).astype(np.uint8)


def to_network(x):
    """(x + 1) / 2, bilinear to 299 if needed, 2x - 1: fid_score.py and the ported Inception."""
    x = ((x + 1) / 2)[None]
    if x.shape[-1] != 299:
        x = F.interpolate(x, size=(299, 299), mode="bilinear", align_corners=False)
    return (2 * x - 1)[0].numpy()


def story64(image):
    """eval_fid.py: Resize((64, 64)), ToTensor, Normalize(.5, .5)."""
    steps = [transforms.Resize((64, 64)), transforms.ToTensor(), HALF]
    return to_network(transforms.Compose(steps)(PIL.Image.fromarray(image)))


def cmota224(image):
    """fid_fsd_cal_1.py: Resize((224, 224)) of the generated picture."""
    steps = [transforms.Resize((224, 224)), transforms.ToTensor(), HALF]
    return to_network(transforms.Compose(steps)(PIL.Image.fromarray(image)))


def cmota224_reference(image):
    """datasets.py: Pillow's own resize((256, 256)) first, whatever its filter is by default."""
    return cmota224(np.array(PIL.Image.fromarray(image).resize((256, 256))))


def make_a_story(image):
    """fid_score.py: samples are resized to 299 and normalised."""
    steps = [transforms.Resize((299, 299)), transforms.ToTensor(), HALF]
    return to_network(transforms.Compose(steps)(PIL.Image.fromarray(image)))


def make_a_story_reference(image):
    """eval_dataloader_multi.py: real frames are resized to 256 and not normalised."""
    steps = [transforms.Resize((256, 256)), transforms.ToTensor()]
    return to_network(transforms.Compose(steps)(PIL.Image.fromarray(image)))


def storygptv(image):
    """eval_all.py: Resize(299), CenterCrop(299), ImageNet's mean and deviation."""
    steps = [transforms.Resize(299), transforms.CenterCrop(299), transforms.ToTensor(), IMAGENET]
    return to_network(transforms.Compose(steps)(PIL.Image.fromarray(image)))


def pytorch_fid(image):
    """fid_score.py: ToTensor; the network interpolates and takes 2x - 1."""
    x = transforms.ToTensor()(PIL.Image.fromarray(image))[None]
    x = F.interpolate(x, size=(299, 299), mode="bilinear", align_corners=False)
    return (2 * x - 1)[0].numpy()


@pytest.mark.parametrize(
    ("path", "independent"),
    [
        (STORY64, story64),
        (CMOTA224, cmota224),
        (CMOTA224_REFERENCE, cmota224_reference),
        (MAKE_A_STORY, make_a_story),
        (MAKE_A_STORY_REFERENCE, make_a_story_reference),
        (STORYGPTV299, storygptv),
        (PYTORCH_FID, pytorch_fid),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_path_is_what_its_code_executes(path, independent):
    """From pixels of any size to the input of the network, as torchvision and torch give it."""
    for size in SIZES:
        image = picture(*size)
        found = path(image)
        assert found.shape == (3, 299, 299)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, independent(image), atol=TOLERANCE, err_msg=str(size))


def test_pytorch_fids_own_network_sees_these_pixels():
    """What reaches the first layer of pytorch-fid's Inception is our path, to rounding."""
    inception = pytest.importorskip("pytorch_fid.inception")
    network = inception.InceptionV3.__new__(inception.InceptionV3)
    torch.nn.Module.__init__(network)
    network.resize_input, network.normalize_input = True, True
    network.output_blocks, network.last_needed_block = [0], 0
    network.blocks = torch.nn.ModuleList([torch.nn.Identity()])
    for size in [(64, 64), (256, 256), (512, 512)]:
        image = picture(*size)
        (seen,) = network(transforms.ToTensor()(PIL.Image.fromarray(image))[None])
        np.testing.assert_allclose(PYTORCH_FID(image), seen[0].numpy(), atol=TOLERANCE)


def test_no_detail_passes_the_64_pixel_path():
    """Two pictures that shrink to the same 64 pixels are one to it, and two to the clean path."""
    flat = np.full((256, 256, 3), 120, np.uint8)
    board = flat + (np.indices((256, 256)).sum(0) % 2 * 2).astype(np.uint8)[:, :, None]
    level = flat + np.uint8(1)
    np.testing.assert_array_equal(STORY64(board), STORY64(level))


def test_make_a_storys_sides_have_other_ranges():
    """A black real frame enters as 0, a black sample as -1: the ranges are not those of one set."""
    black = np.zeros((256, 256, 3), np.uint8)
    white = np.full((256, 256, 3), 255, np.uint8)
    assert MAKE_A_STORY(black).max() == -1
    assert MAKE_A_STORY_REFERENCE(black).min() == 0
    assert MAKE_A_STORY(white).min() == MAKE_A_STORY_REFERENCE(white).min() == 1


def test_storygptvs_pixels_leave_the_range_of_the_network():
    """White is above 2, where the network expects 1."""
    white = np.full((128, 128, 3), 255, np.uint8)
    assert STORYGPTV299(white).max() == pytest.approx((1 - 0.406) / 0.225, abs=1e-5)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_a_path_leads_into_a_network_of_any_size(path):
    """The twin extractor sees the same steps at its own size, under a name that says so."""
    extractor = twin.load().through(path)
    assert extractor.pixels(picture(128, 128)).shape == (3, 64, 64)
    assert extractor.pixels.describe()["to"] == 64
    assert extractor([picture(96, 96)]).shape == (1, 64)
    assert path.name in extractor.key


def test_every_path_is_found_by_its_name():
    """No two share a name, and a wrong one is answered with the close ones."""
    assert len({path.name for path in PATHS}) == len(PATHS)
    assert all(paper_pixels.path(path.name) is path for path in PATHS)
    assert paper_pixels.path("tensorflow299") is TENSORFLOW299
    with pytest.raises(UnknownNameError, match=r"Did you mean .*story64"):
        paper_pixels.path("story-64")
