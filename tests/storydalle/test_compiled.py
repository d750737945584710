"""Does a compiled step draw what the plain one draws?"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch._dynamo import config as dynamo

from storymodels.storydalle import presets
from storymodels.storydalle.compiled import Compiled
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.sampling import GREEDY, sample
from storymodels.storydalle.steps import Plain, Steps

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("compiler")]

PRESETS = ("twin-full", "twin-prompt", "twin-prompt-no-retro", "twin-full-released")


def model(preset: str) -> StoryDalle:
    """Random weights, so large that the likeliest code is not always the same."""
    found = presets.find(preset)
    torch.manual_seed(0)
    built = StoryDalle(found.size, found.switches).eval()
    for name, parameter in built.named_parameters():
        if parameter.dim() > 1 and not name.startswith("vqgan."):
            torch.nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5)
    return built.requires_grad_(False)


def stories(about: StoryDalle, n: int, *, seed: int) -> Given:
    """Anything that a model may be given of n stories."""
    size, generator = about.size.transformer, torch.Generator().manual_seed(seed)
    shape = (n, about.size.story.n_targets)
    return Given(
        torch.randint(size.text_vocabulary, (*shape, size.n_text), generator=generator),
        torch.randn(*shape, about.size.story.sentence_width, generator=generator),
        torch.randint(size.image_vocabulary, (n, size.n_codes), generator=generator),
    )


def drawn(about: StoryDalle, given: Given, steps: Steps) -> Tensor:
    """The likeliest codes (b, t, codes)."""
    numbers = torch.zeros(*given.text.shape[:2], about.size.transformer.n_codes)
    return sample(about, given, choice=GREEDY, numbers=numbers, steps=steps)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_likeliest_codes_are_the_same(preset: str) -> None:
    """Also of another batch of the same shape, for which nothing is compiled again."""
    about, compiled = model(preset), Compiled()
    for seed in (1, 2):
        given = stories(about, 1, seed=seed)
        plain = drawn(about, given, Plain)
        assert len(plain.unique()) > 10
        with dynamo.patch(error_on_recompile=seed > 1):
            assert torch.equal(drawn(about, given, compiled), plain)


def test_another_shape_is_compiled_for_itself() -> None:
    """And the one before again, when it comes back."""
    about, compiled = model("twin-full-no-retro"), Compiled()
    for n in (1, 2, 1):
        given = stories(about, n, seed=n)
        assert torch.equal(drawn(about, given, compiled), drawn(about, given, Plain))
