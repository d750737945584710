"""Do both stages learn, and does the whole making leave a model that loads and can be tuned?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from storybench import registry
from storybench.errors import InputError, MissingError, UnknownNameError
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.pretraining.captions import LearnCaptions, draw_captions
from storymodels.storydalle.pretraining.pictures import LearnPictures, encoded
from storymodels.storydalle.pretraining.sharpening import SharpWeights
from storymodels.storydalle.pretraining.singles import Singles, read
from storymodels.storydalle.pretraining.stage1 import StageOne, Weights
from storymodels.storydalle.sizes import Size, TransformerSize, VqganSize
from storymodels.storydalle.tokenizer import Tokenizer
from storymodels.storydalle.twin import NO_STORY, load
from storymodels.storydalle.twin.making import Making, make
from storymodels.storydalle.twin.trainer import builds_in
from storymodels.training.recipe import Recipe

SIZE = Size(
    vqgan=VqganSize(
        side=16,
        channels=32,
        widths=(1, 1, 1),
        n_blocks=1,
        attention_side=4,
        latent_width=8,
        code_width=4,
        n_codes=32,
    ),
    transformer=TransformerSize(
        width=32,
        n_layers=3,
        n_heads=2,
        n_text=16,
        n_codes=16,
        text_vocabulary=96,
        image_vocabulary=32,
    ),
    story=NO_STORY,
)
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
    folder = tmp_path_factory.mktemp("singles")
    registry.load("twins", "flintstones")(folder / "raw", stories=12, seed=5)
    registry.load("datasets", "flintstonessv").build(folder / "raw", folder / "shards", options={})
    return folder / "shards"


@pytest.fixture(scope="module")
def singles(shards: Path) -> Singles:
    """Its frames."""
    return read([shards], side=SIZE.vqgan.side)


def captioner(singles: Singles) -> LearnCaptions:
    """Stage two behind a VQGAN that has learned nothing."""
    torch.manual_seed(0)
    model = StoryDalle(SIZE).eval()
    tokenizer = Tokenizer.train([text for of in singles.captions for text in of], size=96)
    codes = encoded(model.vqgan, singles)
    return LearnCaptions(model, tokenizer, singles, codes, singles, data_digest="none")


def test_pictures_depend_on_seed_epoch_and_number_alone(singles: Singles) -> None:
    """However they are grouped they are the same; another epoch mirrors others."""
    task = LearnPictures(StageOne(SIZE.vqgan, Weights()), singles, singles, seed=3)
    rows = list(range(12))
    (whole,) = task.batches(2, [rows])
    halves = torch.cat(list(task.batches(2, [rows[:5], rows[5:]])))
    assert torch.equal(whole, halves)
    (other,) = task.batches(3, [rows])
    is_same = [bool(torch.equal(a, b)) for a, b in zip(whole, other, strict=True)]
    assert 0 < sum(is_same) < len(rows)
    mirrored = [bool(torch.equal(a.flip(-1), b)) for a, b in zip(whole, other, strict=True)]
    assert all(same or flipped for same, flipped in zip(is_same, mirrored, strict=True))


def test_captions_go_with_their_pictures(singles: Singles) -> None:
    """A batch has the codes of its frames, and one of the captions that tell each."""
    task = captioner(singles)
    rows = [0, 7, 11]
    (batch,) = task.batches(0, [rows])
    assert torch.equal(batch.codes[:, 0], encoded(task.module.vqgan, singles)[rows])
    for row, text in zip(rows, batch.text[:, 0], strict=True):
        told = task.tokenizer.encode(singles.captions[int(singles.scenes[row])], 16)
        assert (told == text).all(dim=1).any()


def test_only_the_transformer_moves(singles: Singles) -> None:
    """The VQGAN is frozen in stage two."""
    task = captioner(singles)
    assert set(task.moved) == {
        name for name, _ in task.module.named_parameters() if not name.startswith("vqgan.")
    }


def test_the_loss_of_captions_falls(singles: Singles) -> None:
    """Sixty steps on the same eight frames take most of it."""
    task = captioner(singles)
    (batch,) = task.batches(0, [range(8)])
    optimiser = torch.optim.Adam(task.module.transformer.parameters(), lr=3e-3)
    found = []
    for _ in range(60):
        parts = task.losses(task.module, batch)
        found.append(parts["codes"].item())
        optimiser.zero_grad()
        parts["loss"].backward()
        optimiser.step()
    assert found[-1] < 0.5 * found[0]


def test_a_caption_is_drawn_the_same_beside_others(singles: Singles) -> None:
    """In range, of the right shape, by the place it has and its words."""
    task = captioner(singles)
    texts = [singles.captions[0][0], singles.captions[1][0]]
    both = draw_captions(task.module, task.tokenizer, texts)
    alone = draw_captions(task.module, task.tokenizer, texts[:1])
    assert both.shape == (2, 3, 16, 16)
    assert torch.allclose(both[0], alone[0], atol=1e-5)


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
    with pytest.raises(InputError, match="made as its preset says"):
        trainer.train(shards, tmp_path / "out", preset="draft", options={"steps": 3})
