"""Published checkpoints load by name: random weights in their format, made here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import inception_v3

from storybench.errors import InputError, UnknownNameError
from storybench.metrics.classifier.classifier import CASTS
from storybench.metrics.classifier.loading import load
from storybench.metrics.classifier.pixels import CLASSIFIER, CLASSIFIER_RAW

PORORO = ("Pororo", "Loopy", "Crong", "Eddy", "Poby", "Petty", "Tongtong", "Rody", "Harry")


@pytest.fixture(scope="module")
def network() -> Any:
    """Inception-v3 whose two heads were replaced, as the published code does it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made: Any = inception_v3(weights=None, transform_input=True, init_weights=False)
        made.AuxLogits.fc = nn.Linear(768, 9)
        made.fc = nn.Linear(2048, 9)
        for name, value in made.state_dict().items():  # so that logits depend on the picture
            if value.ndim > 1:
                value.normal_(0, (2 / value[0].numel()) ** 0.5)
            elif name.endswith("running_var"):
                value.uniform_(0.5, 1.5)
    return made.eval()


@pytest.fixture
def image() -> np.ndarray:
    """One picture, not square."""
    return np.random.default_rng(0).integers(0, 256, (96, 120, 3), np.uint8)


def expected(network, image, *, transform_input, pixels=CLASSIFIER):
    """What the published code computes for it."""
    network.transform_input = transform_input
    with torch.inference_mode():
        logits = network(torch.from_numpy(pixels(image))[None]).numpy()
    network.transform_input = True
    return logits


def logits_of(classifier, image):
    """What a loaded one computes for it, alone rather than in a full batch."""
    return classifier.extractor.network(classifier.extractor.pixels(image)[None])


def wrapped(state, how):
    """The ways in which such a file is written."""
    return {
        "plain": state,
        "parallel": {f"module.{name}": value for name, value in state.items()},
        "state_dict": {"state_dict": state, "epoch": 10},
        "model": {"model_state_dict": {f"module.{k}": v for k, v in state.items()}, "loss": 0.1},
    }[how]


@pytest.mark.parametrize("how", ["plain", "parallel", "state_dict", "model"])
def test_a_state_dict_loads_however_it_is_wrapped(tmp_path, network, image, how):
    """Same logits as torchvision's own network; nine outputs are PororoSV's cast."""
    path = tmp_path / "pororo-epoch-10.pt"
    torch.save(wrapped(network.state_dict(), how), path)
    found = load(path)
    assert (found.origin, found.characters, found.arch) == ("official", PORORO, "inception299")
    logits = logits_of(found, image)
    np.testing.assert_allclose(logits, expected(network, image, transform_input=True), atol=1e-5)


def test_storydalles_evaluation_fed_it_otherwise(tmp_path, network, image):
    """Without the input transform it was trained with: other logits, another name."""
    path = tmp_path / "pororo-epoch-10.pt"
    torch.save(network.state_dict(), path)
    plain = load(path)
    found = plain.through("classifier299-nostep")
    logits = logits_of(found, image)
    np.testing.assert_allclose(logits, expected(network, image, transform_input=False), atol=1e-5)
    assert np.abs(logits - logits_of(plain, image)).max() > 1e-3
    trained = expected(network, image, transform_input=True)
    np.testing.assert_allclose(logits_of(plain, image), trained, atol=1e-5)
    assert found.extractor.network_id == f"{plain.extractor.network_id}.classifier299-nostep"
    assert found.extractor.key != plain.extractor.key


def test_ducos_evaluation_left_the_normalisation_out(tmp_path, network, image):
    """And its network the step to -1..1: other logits, another name."""
    path = tmp_path / "pororo-epoch-10.pt"
    torch.save(network.state_dict(), path)
    plain = load(path)
    found = plain.through("classifier299-raw")
    raw = expected(network, image, transform_input=False, pixels=CLASSIFIER_RAW)
    np.testing.assert_allclose(logits_of(found, image), raw, atol=1e-5)
    assert np.abs(raw - logits_of(plain, image)).max() > 1e-3
    assert found.extractor.network_id == f"{plain.extractor.network_id}.classifier299-raw"
    assert plain.through(None) is plain
    assert plain.through("classifier299").extractor.key == plain.extractor.key
    with pytest.raises(UnknownNameError, match=r"classifier299-raw .*found 'story64'"):
        plain.through("story64")


def test_seven_outputs_are_flintstones(tmp_path, network):
    """The number of characters is read from the head."""
    state = dict(network.state_dict())
    for name in ("fc", "AuxLogits.fc"):
        state[f"{name}.weight"], state[f"{name}.bias"] = (
            state[f"{name}.weight"][:7].clone(),
            state[f"{name}.bias"][:7].clone(),
        )
    torch.save(state, tmp_path / "best.pt")
    found = load(tmp_path / "best.pt")
    assert found.characters == CASTS[7] == (
        "Wilma", "Fred", "Betty", "Barney", "Dino", "Pebbles", "Mr Slate",
    )  # fmt: skip


def test_a_pickled_module_is_refused_with_advice(tmp_path, network):
    """It could run any code, so it is not loaded; the error says how to save it."""
    torch.save(network, tmp_path / "whole.pt")
    with pytest.raises(
        InputError, match=r"run any code.*torch\.save\(model\.state_dict\(\), PATH\)"
    ):
        load(tmp_path / "whole.pt")


def test_names_must_match(tmp_path, network):
    """Loading is strict."""
    state = dict(network.state_dict())
    del state["Mixed_5b.branch1x1.conv.weight"]
    torch.save(state, tmp_path / "other.pt")
    with pytest.raises(InputError, match=r"parameters of inception299 for 9 .*Mixed_5b"):
        load(tmp_path / "other.pt")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"fc.weight": torch.zeros(9, 512)}, r"fc\.weight of shape \(c, 2048\), found \(9, 512\)"),
        ({"fc.weight": torch.zeros(323, 2048)}, "found 323 outputs"),
        ([1, 2], "parameters by name"),
    ],
)
def test_other_networks_are_refused(tmp_path, value, message):
    """Other backbones, background heads, files of something else."""
    torch.save(value, tmp_path / "other.pt")
    with pytest.raises(InputError, match=message):
        load(tmp_path / "other.pt")


@pytest.mark.parametrize("content", [b"", b"junk" * 50])
def test_a_broken_file_is_one_sentence(tmp_path, content):
    """Empty and cut files."""
    (tmp_path / "broken.pt").write_bytes(content)
    with pytest.raises(InputError, match=r"Expected a state dict in .*broken\.pt"):
        load(tmp_path / "broken.pt")
