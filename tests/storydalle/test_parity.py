"""Do we compute what the official code computes? Numbers recorded from it say so.

Weights are filled in by their public names, so every test here is one of the name mapping too.
"""

from __future__ import annotations

import itertools

import pytest
import torch

from storymodels.storydalle.decoding import Decoding
from storymodels.storydalle.model import losses
from tests.storydalle import official
from tests.storydalle.official import check, codes, given

ADDED = list(itertools.product((False, True), (False, True)))
ADDED_NAMES = [f"prompt{prompt:d}.cond{retro:d}" for prompt, retro in ADDED]


@torch.no_grad()
def test_the_vqgan() -> None:
    """Encoder, latents, codes and pictures."""
    vqgan = official.plain().vqgan
    images = given("in.images")
    check("vqgan.encoder", vqgan.encoder(images))
    check("vqgan.prequant", vqgan.latents(images))
    check("vqgan.codes", vqgan.encode(images))
    check("vqgan.decode", vqgan.decode(codes("vqgan.codes")))


@torch.no_grad()
def test_the_codes_of_stories() -> None:
    """Of source frames, and of target frames story by story."""
    vqgan = official.plain().vqgan
    check("story.source_codes", vqgan.encode(given("in.source")))
    check("story.frame_codes", vqgan.encode(given("in.frames").flatten(0, 1)))


@torch.no_grad()
def test_mindalle() -> None:
    """The transformer as it was before anything was added."""
    logits = official.plain().transformer.logits(given("in.text"), codes("vqgan.codes"))
    check("mindalle.logits_img", logits.codes)
    check("mindalle.logits_txt", logits.text)


@torch.no_grad()
def test_the_story_encoder_and_the_prompt() -> None:
    """Story vectors, and prompts after their network."""
    model = official.model(prompt=True)
    assert model.story_encoder is not None
    assert model.prompt is not None
    check("story.story_block", model.story_encoder(given("in.sent")))
    check("story.prompt_vectors", model.prompt()[None])


@torch.no_grad()
@pytest.mark.parametrize(("prompt", "retro"), ADDED, ids=ADDED_NAMES)
def test_logits_and_losses_of_two_stories(prompt: bool, retro: bool) -> None:
    """All frames at once, with the sources mixed up as the public code does."""
    name = f"story.prompt{prompt:d}.cond{retro:d}.B2"
    model = official.model(prompt=prompt, retro=retro)
    stories, frames = official.stories(), official.frames()
    logits = model(stories, frames)
    check(f"{name}.logits_img", logits.codes)
    check(f"{name}.logits_txt", logits.text)
    of_codes, of_text = losses(logits, stories.text.flatten(0, 1), frames.flatten(0, 1))
    check(f"{name}.loss_img", of_codes[None])
    check(f"{name}.loss_txt", of_text[None])


@torch.no_grad()
@pytest.mark.parametrize(("prompt", "retro"), ADDED, ids=ADDED_NAMES)
def test_logits_of_one_frame_alone(prompt: bool, retro: bool) -> None:
    """Where nothing can be mixed up."""
    model = official.model(prompt=prompt, retro=retro)
    logits = model(official.stories(n=1, n_frames=1), official.frames(n=1, n_frames=1))
    check(f"story.prompt{prompt:d}.cond{retro:d}.single.logits_img", logits.codes)


@torch.no_grad()
@pytest.mark.parametrize("prompt", [False, True])
def test_the_first_steps_of_the_public_sampler(prompt: bool) -> None:
    """Its wrong first row, and a source that is not looked at from the second code on."""
    model = official.model(prompt=prompt, retro=True)
    frames = official.frames(n=1)[0]
    decoding = Decoding(model, official.stories(n=1))
    logits = [decoding.logits, *(decoding.take(frames[:, k]) for k in range(5))]
    check(f"story.prompt{prompt:d}.cond1.sampler_steps0-5", torch.stack(logits, dim=1))
