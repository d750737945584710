"""Does what is measured on a GPU run, and is it counted rightly, at a toy size and without one?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from storymodels.storydalle.decoding import Decoding
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.steps import Plain
from storymodels.training.memory import bytes_of
from tests.bench import measuring
from tests.storydalle import trainable

CPU = torch.device("cpu")
PRESET = trainable.preset()


class Read(TorchDispatchMode):
    """Adds up weights, each once, and the keys and values of every attention, in bytes."""

    def __init__(self, model: StoryDalle) -> None:
        super().__init__()
        self._weights = {w.untyped_storage().data_ptr(): bytes_of([w]) for w in model.parameters()}
        self._seen: set[int] = set()
        self._attended = 0

    @property
    def n_bytes(self) -> int:
        """So far."""
        return sum(self._weights[at] for at in self._seen) + self._attended

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        name = func._schema.name
        if name != "aten::embedding":
            places = {x.untyped_storage().data_ptr() for x in args if isinstance(x, Tensor)}
            self._seen |= places & self._weights.keys()
        if "scaled_dot_product" in name:
            self._attended += bytes_of(args[1:3])
        return func(*args, **kwargs or {})


@torch.no_grad()
@pytest.mark.parametrize("n_stories", [1, 3])
@pytest.mark.parametrize("name", ["twin-full", "twin-full-no-retro", "twin-prompt"])
def test_what_steps_read_is_counted(name: str, n_stories: int) -> None:
    """It is what the operations of all steps are given, but for embeddings."""
    model = measuring.on(CPU, trainable.preset(name).size).eval()
    decoding = Decoding(model, measuring.given(model, n_stories))
    found = 0
    for _ in range(model.size.transformer.n_codes - 1):
        with Read(model) as read:
            decoding.take(decoding.logits.argmax(1))
        found += read.n_bytes
    counted = measuring.weights_read(model) + measuring.keys_read(model, n_stories)
    assert counted == found


def test_operations_of_a_step_are_counted() -> None:
    """Six for a weight of the transformer and a row, nearly; however the stories are divided."""
    recipe = replace(PRESET.recipe, precision="bf16")
    one_by_one, at_once = (
        measuring.training(PRESET, replace(recipe, batch=batch, accumulate=4 // batch))
        for batch in (1, 4)
    )
    assert one_by_one.operations == at_once.operations
    assert min(one_by_one.seconds, at_once.seconds) > 0
    size = PRESET.size.transformer
    model = measuring.on(CPU, PRESET.size)
    n_weights = sum(weight.numel() for weight in model.transformer.blocks.parameters())
    n_rows = 4 * PRESET.size.story.n_targets * (size.n_text + size.n_codes)
    assert 1 < one_by_one.operations / (6 * n_weights * n_rows) < 1.2


@pytest.mark.usefixtures("pretended_gpu")
def test_everything_measured_is_on_the_gpu() -> None:
    """Drawing, a step and the device itself run where there is one, and nothing lies elsewhere."""
    gpu = torch.device("cuda", 0)
    model = measuring.on(gpu, PRESET.size).eval().requires_grad_(False)
    drawing = measuring.drawing(model, Plain, gpu, many=2)
    step = measuring.training(PRESET, replace(PRESET.recipe, precision="bf16"))
    able = measuring.bandwidth(gpu, n_bytes=64), measuring.arithmetic(gpu, side=8)
    assert min(drawing.one, drawing.many, step.seconds, *able) > 0
    assert min(measuring.weights_read(model), measuring.keys_read(model, 1)) > 0
    assert min(drawing.peak, step.peak) > 0
