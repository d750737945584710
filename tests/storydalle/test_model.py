"""Is the model what the paper says it is? Identities that hold for any weights."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from storymodels.storydalle.model import losses
from storymodels.storydalle.switches import PAPER, RELEASED, Switches
from storymodels.storydalle.transformer import Logits
from tests.storydalle import official
from tests.storydalle.official import codes, given

SOURCES = codes("story.source_codes")


def logits(switches: Switches, *, sources: Tensor = SOURCES) -> Logits:
    """What a model with all that can be added predicts of the recorded stories."""
    model = official.model(prompt=True, retro=True, switches=switches)
    return model(replace(official.stories(), source_codes=sources), official.frames())


@torch.no_grad()
def test_swapping_the_sources_changes_every_row() -> None:
    """Every code of every frame is predicted otherwise, and so is the text."""
    here, there = logits(PAPER), logits(PAPER, sources=SOURCES.flip(0))
    assert (here.codes - there.codes).abs().amax(-1).min() > 1e-4
    assert (here.text - there.text).abs().amax(-1).min() > 1e-4


@torch.no_grad()
def test_a_story_looks_at_its_own_source_alone() -> None:
    """Another source of the other story changes nothing; in the public code it does."""
    other = torch.stack([SOURCES[0], SOURCES[1].flip(0)])
    for switches, is_same in ((PAPER, True), (RELEASED, False)):
        here, there = logits(switches).codes[:4], logits(switches, sources=other).codes[:4]
        assert torch.allclose(here, there, atol=1e-6) == is_same


@torch.no_grad()
def test_one_frame_is_the_same_in_either_layout() -> None:
    """With nobody to be mixed up with; so the layout is all that differs."""
    rows = replace(PAPER, retro_layout="mixed")
    stories, frames = official.stories(n=1, n_frames=1), official.frames(n=1, n_frames=1)
    ours, theirs = (
        official.model(retro=True, switches=one)(stories, frames).codes for one in (PAPER, rows)
    )
    assert torch.allclose(ours, theirs, atol=1e-6)


@torch.no_grad()
def test_the_text_looks_at_the_source_too() -> None:
    """Text logits depend on the source in the paper's rows, and not in the released ones."""
    for rows, is_same in (("text-and-picture", False), ("last-text-and-picture", True)):
        switches = replace(PAPER, retro_rows=rows)
        here, there = logits(switches).text, logits(switches, sources=SOURCES.flip(0)).text
        assert torch.equal(here, there) == is_same


@torch.no_grad()
def test_the_order_of_captions_counts() -> None:
    """Swapping the first two changes the vectors after them; without positions it doesn't."""
    sentences = given("in.sent")
    swapped = sentences[:, [1, 0, 2, 3]]
    for switches, is_same in ((PAPER, False), (RELEASED, True)):
        encoder = official.model(switches=switches).story_encoder
        assert encoder is not None
        here, there = encoder(sentences)[:, 2:], encoder(swapped)[:, 2:]
        assert torch.allclose(here, there, atol=1e-5) == is_same


@torch.no_grad()
def test_a_story_vector_has_read_the_captions_up_to_its_own() -> None:
    """And all of them if attention is full."""
    sentences = given("in.sent")
    later = sentences.clone()
    later[:, 3] = -later[:, 3]
    for attention, is_same in (("causal", True), ("full", False)):
        encoder = official.model(switches=replace(PAPER, story_attention=attention)).story_encoder
        assert encoder is not None
        here, there = encoder(sentences)[:, :3], encoder(later)[:, :3]
        assert torch.allclose(here, there, atol=1e-6) == is_same


@torch.no_grad()
def test_no_row_sees_a_later_code() -> None:
    """The last code changes no logits at all, the one before it those of the last alone."""
    model = official.model(prompt=True, retro=True, switches=PAPER)
    frames = official.frames()
    other = frames.clone()
    other[..., -2:] = (other[..., -2:] + 1) % model.size.vqgan.n_codes
    here, there = (model(official.stories(), one).codes for one in (frames, other))
    assert torch.equal(here[:, :-1], there[:, :-1])
    assert not torch.equal(here[:, -1], there[:, -1])


def test_every_weight_of_the_retro_cross_attention_has_a_gradient() -> None:
    """And stands among the parameters and in the state: the public code has it in neither."""
    model = official.model(prompt=True, retro=True, switches=PAPER)
    model.zero_grad()
    text, frames = official.stories().text.flatten(0, 1), official.frames().flatten(0, 1)
    of_codes, of_text = losses(logits(PAPER), text, frames)
    (of_codes + of_text).backward()
    assert model.retro is not None
    names = {name for name, _ in model.named_parameters() if name.startswith("retro.")}
    assert names <= model.state_dict().keys()
    assert len(names) == 2 * 10
    bias = "keys_values.bias"  # a constant in every key moves no softmax: half of it has none
    for name, parameter in model.retro.named_parameters():
        assert parameter.grad is not None
        share = (parameter.grad != 0).float().mean()
        assert share > (0.49 if name.endswith(bias) else 0.9), name
    model.zero_grad()


def test_a_model_can_be_without_any_of_the_added_parts() -> None:
    """No source frame, no story encoder, no prompts: minDALL-E is left, row for row."""
    model = official.plain()
    assert model.size.n_prefix == 0
    assert model.source(SOURCES, n=8) is None
    assert model.prefix(given("in.sent")).shape == (8, 0, 48)


def test_a_caption_of_another_length_is_refused() -> None:
    """Rows would stand at wrong places."""
    with pytest.raises(ValueError, match="Expected 16 tokens, found 15"):
        official.plain().transformer.embed_text(given("in.text")[:, :15])
