"""From picture files to FID: the same weights file, the same pictures, three programs.

The weights are random in the format of the published file, loaded by each library's own loader. The
covariances are far from full rank, since pictures are dear here: there, scipy's and numpy's square
roots of singular matrices are good to about 1e-5 (metrics.md 1.6), so 1e-4 relative is what can be
asked.
"""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from storybench.metrics import inception
from storybench.metrics.evidence import Evidence
from storybench.metrics.features import FeatureCache, extract
from storybench.metrics.fid import FID
from storybench.metrics.paper_pixels import path
from storybench.metrics.tensorflow_resize import TENSORFLOW299

SIZE = 96


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Soft noise and hard noise, ten pictures each."""
    rng = np.random.default_rng(0)
    made = []
    for name, cells in (("soft", 6), ("hard", 24)):
        folder = tmp_path_factory.mktemp(name)
        for number in range(10):
            small = rng.integers(0, 256, (cells, cells, 3), np.uint8)
            picture = PIL.Image.fromarray(small).resize((SIZE, SIZE), PIL.Image.Resampling.BICUBIC)
            picture.save(folder / f"{number}.png")
        made.append(folder)
    return made


def images(folder: Path):
    """The pictures of a folder in the order of their names."""
    return [np.asarray(PIL.Image.open(path)) for path in sorted(folder.glob("*.png"))]


def ours(weights, pixels, folders, tmp_path):
    """FID of two folders through a pixel path."""
    extractor = inception.load(weights).through(pixels)
    cache = FeatureCache(tmp_path / extractor.key, dim=extractor.dim)
    made, real = (extract(images(folder), extractor, cache) for folder in folders)
    evidence = Evidence.of(made, real, np.zeros(10, np.intp), extractor=extractor)
    return FID().estimate(evidence)[0].value


def test_features_of_any_size_are_those_of_torch_fidelity(random_weights):
    """A 96-pixel picture, from uint8 to features, its TensorFlow resize included."""
    theirs = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
    reference = theirs.FeatureExtractorInceptionV3(
        "inception-v3-compat", ["2048"], feature_extractor_weights_path=str(random_weights)
    )
    image = np.random.default_rng(7).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    with torch.inference_mode():
        expected = reference(torch.from_numpy(image.transpose(2, 0, 1).copy())[None])[0].numpy()
    found = inception.load(random_weights).through(TENSORFLOW299)([image])
    assert np.linalg.norm(found - expected) < 1e-4 * np.linalg.norm(expected)


@pytest.mark.slow
def test_fid_is_that_of_torch_fidelity(random_weights, folders, tmp_path):
    """`calculate_metrics` on the two folders: equal to 1e-4 relative."""
    fidelity = pytest.importorskip("torch_fidelity")
    theirs = fidelity.calculate_metrics(
        input1=str(folders[0]),
        input2=str(folders[1]),
        fid=True,
        feature_extractor_weights_path=str(random_weights),
        cuda=False,
        verbose=False,
        cache=False,
        save_cpu_ram=True,
        batch_size=10,
    )["frechet_inception_distance"]
    found = ours(random_weights, TENSORFLOW299, folders, tmp_path)
    assert theirs > 1e-3
    assert found == pytest.approx(theirs, rel=1e-4)


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore:.*disp.*:DeprecationWarning", "ignore:Matrix is singular:scipy.linalg.LinAlgWarning"
)
def test_fid_is_that_of_pytorch_fid(random_weights, folders, tmp_path, monkeypatch, capfd):
    """`calculate_fid_given_paths` on the two folders: equal to 1e-4 relative."""
    theirs = pytest.importorskip("pytorch_fid.fid_score")
    network = pytest.importorskip("pytorch_fid.inception")
    state = torch.load(random_weights, weights_only=True)
    monkeypatch.setattr(network, "load_state_dict_from_url", lambda *_, **__: state)
    expected = theirs.calculate_fid_given_paths(
        [str(folder) for folder in folders], 10, "cpu", 2048, num_workers=0
    )
    found = ours(random_weights, path("pytorch-fid"), folders, tmp_path)
    assert expected > 1e-3
    assert found == pytest.approx(expected, rel=1e-4)
