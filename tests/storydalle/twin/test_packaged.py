"""Is the model that comes with the package what it says it is?"""

from __future__ import annotations

from dataclasses import asdict

import pytest

from storybench import registry
from storymodels.storydalle.finetuning.starting import start
from storymodels.storydalle.presets import find
from storymodels.storydalle.pretraining.captions import draw_captions
from storymodels.storydalle.pretraining.singles import Singles, read
from storymodels.storydalle.sizes import TWIN
from storymodels.storydalle.twin import UNSEEN, WEIGHTS, Pretrained, load, worth
from storymodels.storydalle.twin.making import STAGES, TWIN_BASE

MOST_BYTES = 10_000_000


@pytest.fixture(scope="module")
def twin() -> Pretrained:
    """The model, as it is read."""
    return load()


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Singles:
    """Of a toy world that it did not learn from, without whom it never learned."""
    folder = tmp_path_factory.mktemp("frames")
    registry.load("twins", "pororo")(folder / "raw", stories=12, seed=77)
    registry.load("datasets", "pororosv").build(folder / "raw", folder / "shards", options={})
    return read([folder / "shards"], side=TWIN.vqgan.side).without(UNSEEN)


def test_it_is_small_and_of_the_toy_worlds_size(twin: Pretrained) -> None:
    """At most ten megabytes, and what the presets of the toy world start from."""
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) <= MOST_BYTES
    assert (twin.model.size.vqgan, twin.model.size.transformer) == (TWIN.vqgan, TWIN.transformer)
    begun = start(find("twin-full"))
    assert begun.new == ("retro", "story_encoder")


def test_it_says_how_it_was_made(twin: Pretrained) -> None:
    """Of which builds, by the recipe that is here, in what time and on what."""
    made = twin.made
    assert sorted(made["builds"].values()) == [
        "didemosv-twin",
        "flintstonessv-twin",
        "pororosv-twin",
    ]
    assert all(len(digest) == 64 for digest in made["builds"])
    recipe = asdict(TWIN_BASE)
    recipe["size"]["vqgan"]["widths"] = list(recipe["size"]["vqgan"]["widths"])
    for stage in STAGES:
        recipe[stage]["betas"] = list(recipe[stage]["betas"])
        assert made[stage]["steps"] == recipe[stage]["n_steps"]
        assert made[stage]["seconds"] > 0
    assert made["making"] == recipe
    assert made["made_on"]["processor"]


def test_frames_that_it_never_saw_come_back(twin: Pretrained, frames: Singles) -> None:
    """Through the codes, about as near and as sharp as it says of those that were held out."""
    found, said = worth.of_pictures(twin.model, frames), twin.made["outlines"]
    assert found["psnr"] > said["psnr"] - 1.5
    assert found["outlines"] == pytest.approx(said["outlines"], abs=0.05)
    assert said["outlines"] > 0.95 > twin.made["pictures"]["outlines"]


def test_captions_tell_it_what_to_draw(twin: Pretrained, frames: Singles) -> None:
    """A frame's own caption makes its codes likelier than another's does."""
    found = worth.of_captions(twin.model, twin.tokenizer, frames)
    assert found["nats_a_code"] + 0.1 < found["nats_a_code_of_another_caption"]


def test_it_draws(twin: Pretrained, frames: Singles) -> None:
    """Pictures with something in them, others for other captions."""
    texts = [frames.captions[0][0], frames.captions[-1][0]]
    drawn = draw_captions(twin.model, twin.tokenizer, texts)
    assert drawn.shape == (2, 3, TWIN.vqgan.side, TWIN.vqgan.side)
    assert drawn.std(dim=(1, 2, 3)).min() > 0.1
    assert (drawn[0] - drawn[1]).abs().mean() > 0.05
