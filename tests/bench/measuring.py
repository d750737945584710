"""How StoryDALL-E is measured on a GPU: seconds, bytes and operations of drawing and of a step.

Weights and stories are random. What the device can do, moving bytes and multiplying in bfloat16, is
measured too.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from storymodels.storydalle.finetuning.train import LearnStories
from storymodels.storydalle.inputs.reading import Batch
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.presets import Preset
from storymodels.storydalle.sampling import PUBLISHED, sample
from storymodels.storydalle.sizes import Size
from storymodels.storydalle.steps import Steps
from storymodels.training.machine import Machine, launched, moved_to
from storymodels.training.memory import bytes_of
from storymodels.training.plan import Plan
from storymodels.training.recipe import Recipe
from storymodels.training.stepping import Stepping
from storymodels.training.task import freeze_others
from tests.storydalle.trainable import tokenizer

ROUNDS = 3


@dataclass(frozen=True)
class Drawing:
    """Seconds for the codes of one and of many stories, and the most bytes in use for one."""

    one: float
    many: float
    peak: int


@dataclass(frozen=True)
class Training:
    """Seconds of a step, floating-point operations of its products, and the most bytes in use."""

    seconds: float
    operations: int
    peak: int


def on(device: torch.device, size: Size) -> StoryDalle:
    """A model with random weights."""
    with device:
        return StoryDalle(size)


def given(model: StoryDalle, n: int) -> Given:
    """Anything that it may be given of n stories, where it is."""
    like = model.transformer.norm.weight
    with like.device:
        return _given(model.size, n, like.dtype)


def drawing(model: StoryDalle, steps: Steps, device: torch.device, *, many: int) -> Drawing:
    """One way to draw; what is compiled is compiled before it counts."""
    _forget()
    one = seconds(lambda: drawn(model, 1, steps), device)
    peak = torch.cuda.max_memory_allocated()
    return Drawing(one, seconds(lambda: drawn(model, many, steps), device, rounds=1), peak)


def drawn(model: StoryDalle, n: int, steps: Steps) -> Tensor:
    """Codes of n stories, by the setting of the public code."""
    about = given(model, n)
    numbers = torch.rand(*about.text.shape[:2], model.size.transformer.n_codes)
    return sample(
        model,
        about,
        choice=PUBLISHED["code"],
        numbers=numbers.to(about.source_codes.device),
        steps=steps,
    )


def weights_read(model: StoryDalle) -> int:
    """Bytes of weights that steps must read to draw, from the first codes to the last.

    Of each step those of blocks, last norm and head of codes, and those by which rows look at the
    source; of tables of embeddings a step takes single rows, which are not counted.
    """
    parts = [model.transformer.blocks, model.transformer.norm, model.transformer.image_head]
    for layer in model.retro.layers if model.retro else ():
        parts += [layer.norm_rows, layer.query, layer.out]
    weights = bytes_of(weight for part in parts for weight in part.parameters())
    return (model.size.transformer.n_codes - 1) * weights


def keys_read(model: StoryDalle, n: int) -> int:
    """Bytes of keys and values that they must read for n stories: of the source, of rows so far."""
    size, about = model.size, given(model, n)
    source = model.source(about.source_codes, n=about.n_frames)
    seen = source.in_steps() if source else None
    projected = seen.projected if seen else ()
    n_before, n_codes = size.n_prefix + size.transformer.n_text, size.transformer.n_codes
    row = bytes_of(model.transformer.room(about.n_frames, n_rows=1))
    n_rows = sum(n_before + number for number in range(1, n_codes))
    return (n_codes - 1) * bytes_of(part for pair in projected for part in pair) + n_rows * row


def training(preset: Preset, recipe: Recipe) -> Training:
    """The step that `storybench train` makes; the GPU is taken if there is one."""
    _forget()
    machine, n_items = Machine(), (ROUNDS + 2) * recipe.batch * recipe.accumulate
    model = on(machine.place, preset.size)
    anything: Any = _Anything(preset.size, n_items)
    about = {"tokenizer": tokenizer()}
    task = LearnStories(model, preset, reading=anything, shown=anything, about=about)
    freeze_others(model, task.moved)
    with launched(machine, recipe.precision, task.units) as fabric:
        plan = Plan(task.n_items, recipe)
        stepping = Stepping(task, recipe, recipe.rates(plan.n_steps), fabric)
        steps = plan.steps(0)

        def step() -> None:
            number, parts = next(steps)
            batches = task.batches(plan.epoch_of(number), [part.items for part in parts])
            stepping.make(parts, (moved_to(batch, fabric.device) for batch in batches))

        with FlopCounterMode(display=False) as counted:
            step()
        taken = seconds(step, fabric.device)
    return Training(taken, counted.get_total_flops(), torch.cuda.max_memory_allocated())


def seconds(run: Callable[[], object], device: torch.device, *, rounds: int = ROUNDS) -> float:
    """The shortest of some runs, after one that is not counted."""
    run()
    taken = []
    for _ in range(rounds):
        _wait_for(device)
        started = time.perf_counter()
        run()
        _wait_for(device)
        taken.append(time.perf_counter() - started)
    return min(taken)


def bandwidth(device: torch.device, *, n_bytes: int = 2**30) -> float:
    """Bytes read and written a second by a copy."""
    first = torch.empty(n_bytes, dtype=torch.uint8, device=device)
    second = torch.empty_like(first)
    return 2 * n_bytes / seconds(lambda: second.copy_(first), device, rounds=10)


def arithmetic(device: torch.device, *, side: int = 8192) -> float:
    """Operations a second of a product of square matrices in bfloat16."""
    first, second = torch.randn(2, side, side, dtype=torch.bfloat16, device=device)
    return 2 * side**3 / seconds(lambda: first @ second, device, rounds=10)


class _Anything:
    """Stories to learn from, the same for every item: what a task needs of a `Reading`."""

    def __init__(self, size: Size, n_items: int) -> None:
        self._size, self._n_items = size, n_items

    def __len__(self) -> int:
        return self._n_items

    def set_epoch(self, epoch: int, *, on_progress: object) -> None:
        """There is nothing to be read."""

    def batch(self, items: Sequence[int]) -> Batch:
        """As many as are asked for."""
        about = _given(self._size, len(items), torch.float32)
        codes = about.source_codes[:, None].expand(-1, self._size.story.n_targets, -1)
        return Batch(about, codes, ids=(), captions=())


def _given(size: Size, n: int, dtype: torch.dtype) -> Given:
    shape = (n, size.story.n_targets)
    return Given(
        text=torch.randint(size.transformer.text_vocabulary, (*shape, size.transformer.n_text)),
        sentences=torch.randn(*shape, size.story.sentence_width, dtype=dtype),
        source_codes=torch.randint(size.vqgan.n_codes, (n, size.transformer.n_codes)),
    )


def _forget() -> None:
    """Let go of what was measured before, and of what it used."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _wait_for(device: torch.device) -> None:
    if device.type != "cpu":
        torch.accelerator.synchronize(device)
