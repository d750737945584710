import re
from dataclasses import replace

import numpy as np
import open_clip
import PIL.Image
import pytest
import torch
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg
from safetensors.torch import save_file

from storybench.errors import InputError, MissingError, VerificationError
from storybench.files import sha256_file
from storybench.metrics import clip
from storybench.metrics.runner import VARIABLE

CAPTIONS = ["Pororo is in the snow.", "a much longer caption " * 40, ""]


@pytest.fixture(scope="module")
def small():
    """A CLIP of two thin layers with random parameters, and open_clip's whole vocabulary."""
    torch.manual_seed(0)
    vision = CLIPVisionCfg(layers=2, width=64, patch_size=16, image_size=32)
    model = CLIP(24, vision, CLIPTextCfg(width=64, heads=1, layers=2), quick_gelu=True)
    return model.eval()


@pytest.fixture
def weights(small, tmp_path):
    """Its parameters in OpenAI's format, leftovers included."""
    extra = {name: torch.tensor(1) for name in clip.SPARE}
    torch.save({**small.state_dict(), **extra}, tmp_path / "small.pt")
    return tmp_path / "small.pt"


def images(n=3):
    """Noise of several shapes."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (40 + 8 * at, 56, 3), np.uint8) for at in range(n)]


def test_pictures_become_what_open_clip_makes_of_them(small, weights):
    """Same parameters, open_clip's own transform and encode_image: equal to 1e-4 of the norm."""
    transform = open_clip.image_transform(32, is_train=False)
    batch = torch.stack([transform(PIL.Image.fromarray(image)) for image in images()])  # pyright: ignore
    with torch.inference_mode():
        expected = small.encode_image(batch).numpy()
    extractor = clip.load(weights)
    found = extractor(images())
    assert (extractor.dim, found.shape) == (24, (3, 24))
    gap = np.linalg.norm(found - expected, axis=1) / np.linalg.norm(expected, axis=1)
    assert gap.max() < 1e-4


@pytest.mark.usefixtures("pretended_gpu")
def test_a_gpu_is_given_all_it_needs(weights, monkeypatch):
    """Pictures and tokens go where the towers are; the numbers are those of a processor."""
    there = clip.load(weights)(images()), clip.text(weights, CAPTIONS)
    monkeypatch.setenv(VARIABLE, "cpu")
    here = clip.load(weights)(images()), clip.text(weights, CAPTIONS)
    for found, expected in zip(there, here, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_captions_become_what_open_clip_makes_of_them(small, weights):
    """Tokenised and cut at 77 tokens by open_clip, embedded by the text tower of the file."""
    with torch.inference_mode():
        expected = small.encode_text(open_clip.tokenize(CAPTIONS)).numpy()
    found = clip.text(weights, CAPTIONS)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert clip.text(weights, []).shape == (0, 24)


def test_many_captions_are_embedded_as_few_are(weights):
    """More than a batch; each as if alone."""
    captions = [f"caption {n}" for n in range(clip.BATCH + 3)]
    together = clip.text(weights, captions)
    np.testing.assert_allclose(together[-1:], clip.text(weights, captions[-1:]), atol=1e-5)


def test_the_extractor_is_named_by_its_network_and_weights(weights):
    """In metric ids and in the cache; it is never called FID."""
    extractor = clip.load(weights)
    assert extractor.arch == "clip-vit64-16-32"
    assert extractor.pixels.name == "clip32"
    assert extractor.weights_sha256 == sha256_file(weights)
    assert not extractor.is_published


def test_safetensors_load_as_well(small, weights, tmp_path):
    """The format of the Hugging Face hub."""
    path = tmp_path / "small.safetensors"
    save_file({name: value.contiguous() for name, value in small.state_dict().items()}, path)
    np.testing.assert_array_equal(clip.load(path)(images()), clip.load(weights)(images()))


def test_half_precision_files_are_computed_in_float32(small, weights, tmp_path):
    """OpenAI publishes float16 parameters."""
    torch.save({k: v.half() for k, v in small.state_dict().items()}, tmp_path / "half.pt")
    found = clip.load(tmp_path / "half.pt")(images())
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, clip.load(weights)(images()), atol=0.02)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_a_program_is_opened_only_if_it_is_the_published_one(small, monkeypatch, tmp_path, weights):
    """TorchScript by its hash; any other TorchScript is refused."""
    path = tmp_path / "script.pt"
    holder = torch.nn.Module()
    for name, value in small.state_dict().items():
        *parents, last = name.split(".")
        place = holder
        for parent in parents:
            if not hasattr(place, parent):
                place.add_module(parent, torch.nn.Module())
            place = getattr(place, parent)
        place.register_buffer(last, value.clone())
    torch.jit.script(holder).save(str(path))
    with pytest.raises(InputError, match="parameters of a CLIP"):
        clip.load(path)
    monkeypatch.setattr(clip, "CLIP_B", replace(clip.CLIP_B, sha256=sha256_file(path)))
    clip._model.cache_clear()
    np.testing.assert_allclose(clip.load(path)(images()), clip.load(weights)(images()), atol=1e-5)


def test_missing_weights_say_what_to_fetch(home):
    """Name, hash, place and command, and what happens without."""
    with pytest.raises(MissingError) as error:
        clip.load()
    for part in ("ViT-B-32.pt", "40d36571", str(home / "weights"), "weights fetch clip-vit-b-32"):
        assert part in str(error.value)


def test_another_file_in_the_published_place_is_refused(home, weights):
    """Exit code 5."""
    (home / "weights").mkdir(parents=True)
    (home / "weights" / "ViT-B-32.pt").write_bytes(weights.read_bytes())
    with pytest.raises(VerificationError, match="SHA-256 40d36571"):
        clip.load()


def change_missing(state):
    """A parameter that says a size is gone."""
    del state["text_projection"]


def change_foreign(state):
    """A parameter of another network."""
    state["visual.attnpool.positional_embedding"] = torch.zeros(3)


def change_shape(state):
    """A block of another width."""
    state["ln_final.bias"] = torch.zeros(5)


def change_nonsense(state):
    """No layer at all."""
    state["visual.conv1.weight"] = torch.zeros(0, 3, 0, 0)


@pytest.mark.parametrize("change", [change_missing, change_foreign, change_shape, change_nonsense])
def test_loading_is_strict(small, tmp_path, change):
    """Missing, foreign or misshapen parameters are one sentence that names the file."""
    state = small.state_dict()
    change(state)
    torch.save(state, tmp_path / "other.pt")
    with pytest.raises(InputError, match=r"parameters of a CLIP .*other\.pt"):
        clip.load(tmp_path / "other.pt")


@pytest.mark.parametrize("content", [b"", b"not weights", b"PK\x03\x04cut"])
@pytest.mark.parametrize("name", ["x.pt", "x.safetensors"])
def test_a_file_that_is_no_weights_file_is_refused(tmp_path, content, name):
    """Whatever it is called."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=re.escape(name)):
        clip.load(tmp_path / name)


def test_code_in_a_weights_file_is_not_run(tmp_path):
    """A pickle that would call something is refused."""
    torch.save({"visual.conv1.weight": print}, tmp_path / "evil.pt")
    with pytest.raises(InputError, match="parameters of a CLIP"):
        clip.load(tmp_path / "evil.pt")


@pytest.mark.slow
def test_the_real_graph_loads_and_agrees_with_open_clip(tmp_path):
    """ViT-B-32-quickgelu as open_clip builds it, random parameters: names, shapes, embeddings."""
    model = open_clip.create_model("ViT-B-32-quickgelu", pretrained=None)
    torch.save(model.state_dict(), tmp_path / "ViT-B-32.pt")
    extractor = clip.load(tmp_path / "ViT-B-32.pt")
    assert (extractor.arch, extractor.dim) == ("clip-vitb32", 512)
    transform = open_clip.image_transform(224, is_train=False)
    batch = torch.stack([transform(PIL.Image.fromarray(image)) for image in images()])  # pyright: ignore
    with torch.inference_mode():
        pictures = model.eval().encode_image(batch).numpy()  # pyright: ignore
        captions = model.encode_text(open_clip.tokenize(CAPTIONS)).numpy()  # pyright: ignore
    np.testing.assert_allclose(extractor(images()), pictures, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(
        clip.text(tmp_path / "ViT-B-32.pt", CAPTIONS), captions, rtol=1e-3, atol=1e-4
    )
