"""Is every preset what its name says, with the numbers of the paper or of the public code?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from storybench.errors import UnknownNameError
from storymodels.storydalle.presets import PRESETS, WORDS, find, fitted
from storymodels.storydalle.sizes import MINDALLE, TWIN
from storymodels.storydalle.switches import PAPER, RELEASED


def test_there_is_a_preset_of_each_kind() -> None:
    """Two sizes, two tunings, whole and in four ways otherwise."""
    assert len(PRESETS) == 20
    assert all(preset.name == name for name, preset in PRESETS.items())
    assert len({preset.about for preset in PRESETS.values()}) == 20


@pytest.mark.parametrize("size", ["mindalle", "twin"])
def test_full_tuning_is_that_of_the_paper(size: str) -> None:
    """AdamW at 1e-4 with a cosine, 5 epochs, one story at a time and four a step."""
    preset = find(f"{size}-full")
    recipe = preset.recipe
    assert (recipe.rate, recipe.schedule, recipe.n_epochs) == (1e-4, "cosine", 5)
    assert (recipe.batch, recipe.accumulate, recipe.n_warm_up) == (1, 4, 0)
    assert (recipe.betas, recipe.epsilon, recipe.weight_decay) == ((0.9, 0.99), 1e-8, 0.0)
    assert (recipe.gradients, recipe.window) == ("mean", "whole")
    assert preset.switches == PAPER
    assert preset.size == (MINDALLE if size == "mindalle" else TWIN)


def test_prompt_tuning_is_that_of_the_paper() -> None:
    """AdamW at 5e-4 with a line; 32 prompts."""
    preset = find("mindalle-prompt")
    assert (preset.recipe.rate, preset.recipe.schedule) == (5e-4, "linear")
    assert preset.recipe == replace(find("mindalle-full").recipe, rate=5e-4, schedule="linear")
    assert preset.size.story.n_prompts == 32
    for found in PRESETS.values():
        assert found.size.n_prefix <= found.size.transformer.n_text, "a position for each"
    assert preset.tuning == "prompt"


@pytest.mark.parametrize(
    ("ending", "field", "value"),
    [("no-retro", "has_retro", False), ("no-story", "sentence_width", 0),
     ("no-source", "sees_source", False)],
)  # fmt: skip
def test_an_ablation_leaves_out_one_thing(ending: str, field: str, value: bool | int) -> None:
    """And all else is as in the whole model."""
    whole, without = find("twin-full"), find(f"twin-full-{ending}")
    assert getattr(without.size.story, field) == value != getattr(whole.size.story, field)
    story = replace(without.size.story, **{field: getattr(whole.size.story, field)})  # type: ignore[arg-type]
    assert replace(without.size, story=story) == whole.size
    assert (without.recipe, without.switches, without.tuning) == (
        whole.recipe, whole.switches, whole.tuning,
    )  # fmt: skip


def test_as_released_is_what_the_public_code_does() -> None:
    """A constant rate, sums, a step at batches 0, 4, 8, and its own model."""
    preset = find("mindalle-full-released")
    recipe = preset.recipe
    assert (recipe.rate, recipe.schedule, recipe.n_epochs) == (1e-4, "constant", 50)
    assert (recipe.gradients, recipe.window) == ("sum", "first-batch-alone")
    assert preset.switches == RELEASED
    assert (recipe.batch, recipe.accumulate) == (1, 4)
    prompt = find("mindalle-prompt-released").recipe
    assert (prompt.rate, prompt.batch, prompt.accumulate) == (1e-3, 2, 4)
    assert replace(prompt, rate=1e-4, batch=1) == recipe


def test_a_preset_is_fitted_to_its_dataset() -> None:
    """Targets and sentences; eight stories a step on DiDeMoSV; a smaller released rate."""
    toy: Any = {"dataset": "didemosv-rebuilt-twin", "n_targets": 2, "sentence_width": 384}
    didemo = fitted(find("twin-full"), **toy)
    assert (didemo.size.story.n_targets, didemo.size.story.sentence_width) == (2, 384)
    assert didemo.recipe.accumulate == 8
    without = fitted(find("twin-full-no-story"), dataset="own", n_targets=4, sentence_width=384)
    assert without.size.story.sentence_width == 0
    assert without.recipe.accumulate == 4
    for name, rate in (("mindalle-full-released", 1e-5), ("mindalle-full", 1e-4)):
        preset = fitted(find(name), dataset="flintstonessv", n_targets=4, sentence_width=512)
        assert preset.recipe.rate == rate


def test_where_there_are_no_clips_frames_are_as_stored() -> None:
    """The public code draws a frame of each clip, if there is more than one."""
    toy: Any = {"dataset": "didemosv", "n_targets": 2, "sentence_width": 384}
    released = find("twin-full-released")
    assert fitted(released, **toy).frames == "random"
    assert fitted(released, **toy, has_clips=False).frames == "stored"
    assert find("twin-full").frames == "stored"


def test_names_get_tokens_in_the_order_of_the_public_code() -> None:
    """Nine and seven."""
    assert [len(words) for words in WORDS.values()] == [9, 7]
    assert WORDS["pororosv"][0] == "pororo"
    assert WORDS["flintstonessv"][-1] == "slate"


def test_an_unknown_preset_is_answered_with_all() -> None:
    """After those that are close, if any are."""
    with pytest.raises(UnknownNameError, match="Did you mean twin-prompt") as error:
        find("twin-promt")
    assert str(error.value).endswith(f"? Known: {', '.join(PRESETS)}.")
    with pytest.raises(UnknownNameError, match=r"Known: mindalle-full, .*twin-prompt-released\."):
        find("xyz")
