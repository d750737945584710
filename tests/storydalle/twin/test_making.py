"""Does the whole making leave a model that loads and can be tuned?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from storybench import registry
from storybench.errors import InputError, MissingError, UnknownNameError
from storymodels.storydalle.pretraining.sharpening import SharpWeights
from storymodels.storydalle.pretraining.stage1 import Weights
from storymodels.storydalle.twin import load
from storymodels.storydalle.twin.making import Making, make
from storymodels.storydalle.twin.trainer import TRAINER, builds_in
from storymodels.training.machine import Machine
from storymodels.training.recipe import Recipe
from tests.storydalle.pretrained import SIZE, build

RECIPE = Recipe(rate=3e-3, n_steps=6, batch=8, accumulate=1)
MAKING = Making(
    size=SIZE,
    weights=Weights(),
    sharp=SharpWeights(channels=8),
    pictures=RECIPE,
    captions=RECIPE,
    outlines=RECIPE,
    unseen="Hazel",
)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy build that keeps its clips."""
    return build(tmp_path_factory.mktemp("shards"))


@pytest.mark.slow
def test_the_whole_making_leaves_a_model(shards: Path, tmp_path: Path) -> None:
    """It loads, says what it was made of and what it is worth; the same call changes nothing."""
    folder = make([shards], tmp_path / "out", making=MAKING)
    found = load(folder)
    assert found.model.size == SIZE
    assert next(found.model.parameters()).dtype == torch.float32
    assert found.tokenizer.n_tokens == 96
    assert found.made["pictures"]["psnr"] > 3
    assert found.made["captions"]["nats_a_code"] < 8
    assert found.made["outlines"]["steps"] == RECIPE.n_steps
    assert found.made["outlines"]["outlines"] > 0
    assert 0 < found.made["captions"]["frames"] < found.made["frames"]
    assert [*found.made["builds"].values()] == ["flintstonessv-twin"]
    again = {p.name: p.read_bytes() for p in make([shards], folder.parent, making=MAKING).iterdir()}
    assert torch.equal(load(folder).model.vqgan.codebook.weight, found.model.vqgan.codebook.weight)
    assert set(again) == {
        "made.json",
        "merges.txt",
        "model.json",
        "model.safetensors",
        "vocab.json",
    }


@pytest.mark.slow
@pytest.mark.usefixtures("pretended_gpu")
def test_it_can_be_made_on_a_gpu(shards: Path, tmp_path: Path) -> None:
    """All that the three trainings need goes there, and the model comes back."""
    found = load(make([shards], tmp_path / "out", making=MAKING, machine=Machine("cuda")))
    assert found.made["made_on"]["accelerator"] == torch.cuda.get_device_name()
    assert next(found.model.parameters()).device.type == "cpu"
    assert found.made["pictures"]["psnr"] > 3


def test_too_few_words_are_said(shards: Path, tmp_path: Path) -> None:
    """A row of the vocabulary without a token would be another model's for added words."""
    greedy = replace(
        MAKING, size=replace(SIZE, transformer=replace(SIZE.transformer, text_vocabulary=5000))
    )
    with pytest.raises(InputError, match="vocabulary of 5000 tokens, found enough for"):
        make([shards], tmp_path / "out", making=greedy)


def test_the_same_build_twice_is_refused(shards: Path, tmp_path: Path) -> None:
    """Its frames would count double."""
    with pytest.raises(InputError, match="found one twice"):
        make([shards, shards], tmp_path / "out", making=MAKING)


def test_a_file_is_no_folder_for_a_making(tmp_path: Path) -> None:
    """Which is said before anything is read: the build is not there either."""
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError, match=r"Expected a folder for the run at .*, found a file\."):
        make([tmp_path / "no"], tmp_path / "out", making=MAKING)


def test_several_processes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would write one model over the other's; it is said before anything is read."""
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(InputError, match=r"Expected one process .*, found 2\. Start it without"):
        make([tmp_path / "no"], tmp_path / "out", making=MAKING)
    assert not list(tmp_path.iterdir())


def test_a_device_that_is_not_there_is_said_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build is not there either."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(MissingError, match="Expected a GPU for --device cuda, found none"):
        make([tmp_path / "no"], tmp_path / "out", making=MAKING, machine=Machine("cuda"))


def test_a_folder_of_builds_is_learned_from_whole(shards: Path, tmp_path: Path) -> None:
    """A build, or every build in a folder; a folder without one is refused."""
    assert builds_in(shards) == [shards]
    assert builds_in(shards.parent) == [shards]
    with pytest.raises(MissingError, match="Expected a build, or a folder with builds, in"):
        builds_in(tmp_path)


def test_the_command_finds_it_and_says_what_cannot_be_asked(shards: Path, tmp_path: Path) -> None:
    """It is registered; its presets alone say how it learns."""
    trainer: registry.Trainer = registry.load("trainers", "twin-base")
    assert set(trainer.presets()) == {"packaged", "draft"}
    with pytest.raises(UnknownNameError, match="Known: packaged, draft"):
        trainer.train(shards, tmp_path / "out", preset="full", options={})
    with pytest.raises(InputError, match=r"made as its preset says.*, found --steps, --warm-up\."):
        trainer.train(shards, tmp_path / "out", preset="draft", options={"warm_up": 2, "steps": 3})


@pytest.mark.parametrize(
    ("option", "value"), [("split", "val"), ("sharing", "fsdp"), ("recompute", True)]
)
def test_an_option_that_is_not_read_is_refused(tmp_path: Path, option: str, value: object) -> None:
    """By its name; what the command line gives for one that was left out is fine."""
    left_out = {"split": "train", "sharing": "ddp", "recompute": False, "device": "cpu"}
    with pytest.raises(MissingError, match="Expected a build"):
        TRAINER.train(tmp_path, tmp_path / "out", preset="draft", options=left_out)
    with pytest.raises(InputError, match=rf"found --{option}\. Leave out all but --device"):
        given = {**left_out, option: value}
        TRAINER.train(tmp_path, tmp_path / "out", preset="draft", options=given)
