"""What share of a GPU StoryDALL-E uses at its real size, with random weights.

What the device can do, moving bytes and multiplying in bfloat16, is measured in the same run.
Skipped without a GPU; `test_measuring.py` tries the measures at a toy size.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from storymodels.storydalle import presets
from storymodels.storydalle.compiled import Compiled
from storymodels.storydalle.steps import Plain, Steps
from tests.bench import measuring

pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"),
    pytest.mark.filterwarnings("ignore:TensorFloat32"),  # of the compiler: it is off on purpose
]

PRESET = "mindalle-full"
GB = 1e9

BANDWIDTH, MANY_OVER_ONE, MANY = 0.5, 5.0, 64
ARITHMETIC = 0.4
ROOM_TO_DRAW, ROOM_TO_TRAIN = 8 * GB, 80 * GB

DEVICE = torch.device("cuda")


def test_drawing() -> None:
    """One story reads at half the bandwidth, in 8 GB; 64 stories draw 5 times as fast.

    Plain or compiled, whichever is faster. Half is promised of weights that are read once a step;
    beside it stands what keys and values add. The seconds are of the whole drawing, first codes and
    choices too.
    """
    model = measuring.on(DEVICE, presets.find(PRESET).size)
    model = model.bfloat16().eval().requires_grad_(False)
    read, moved = measuring.weights_read(model), measuring.bandwidth(DEVICE)
    whole = read + measuring.keys_read(model, 1)
    ways: dict[str, Steps] = {"plain": Plain, "compiled": Compiled()}
    found = {
        name: measuring.drawing(model, steps, DEVICE, many=MANY) for name, steps in ways.items()
    }
    for name, drawing in found.items():
        print(
            f"\n1.3B in bfloat16, {name}, one story: {drawing.one:.2f} s, "
            f"{read / drawing.one / moved:.0%} of the bandwidth for weights, "
            f"{whole / drawing.one / moved:.0%} for all, {drawing.peak / GB:.1f} GB; "
            f"{MANY} stories: {MANY / drawing.many:.1f} a second, "
            f"{MANY * drawing.one / drawing.many:.1f} times as many"
        )
    one, many = (min(getattr(way, n) for way in found.values()) for n in ("one", "many"))
    share, faster = read / one / moved, MANY * one / many
    print(
        f"the faster of both: {share:.0%} (at least {BANDWIDTH:.0%}), {faster:.1f} times (at least "
        f"{MANY_OVER_ONE:.0f}), at most {ROOM_TO_DRAW / GB:.0f} GB"
    )
    assert max(drawing.peak for drawing in found.values()) <= ROOM_TO_DRAW
    assert faster >= MANY_OVER_ONE
    assert share >= BANDWIDTH


def test_training() -> None:
    """A step of the published four stories multiplies at 40 % of what the device can, in 80 GB.

    It is the step of `storybench train --precision bf16`, with the stories one by one as published
    or all at once (`--batch 4 --accumulate 1`), whichever is faster.
    """
    preset = presets.find(PRESET)
    published = replace(preset.recipe, precision="bf16")
    n_stories = published.batch * published.accumulate
    at_once = replace(published, batch=n_stories, accumulate=1)
    able = measuring.arithmetic(DEVICE)
    found = [(recipe, measuring.training(preset, recipe)) for recipe in (published, at_once)]
    for recipe, step in found:
        print(
            f"\n1.3B, --batch {recipe.batch} --accumulate {recipe.accumulate}: "
            f"{step.seconds:.2f} s a step, {step.operations / step.seconds / able:.0%} of bfloat16 "
            f"products, {step.peak / GB:.1f} GB (at most {ROOM_TO_TRAIN / GB:.0f})"
        )
    share = max(step.operations / step.seconds / able for _, step in found)
    print(f"the faster of both: {share:.0%} (at least {ARITHMETIC:.0%})")
    assert max(step.peak for _, step in found) <= ROOM_TO_TRAIN
    assert share >= ARITHMETIC
